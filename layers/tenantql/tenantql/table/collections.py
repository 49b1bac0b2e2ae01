"""Collections: pages of one partition key or of several shards, in one order, with one cursor.

A sharded collection is spread over several partition keys. All shards are read at once, every
page of each is followed, and what comes back is merged by the position, which is unique in the
collection and the same in every shard. A page ends behind the last item that was handed out, and
each shard goes on from there: so a cursor names no shard and stays good while their number grows.
A shard that fails fails the page.
"""

from collections.abc import Sequence
from copy import replace
from operator import itemgetter
from typing import Any, Final

import msgspec

from tenantql.table.errors import ModelError
from tenantql.table.requests import Position, Query, together

_position: Final = itemgetter(0)


class Slice[T: msgspec.Struct](msgspec.Struct, frozen=True):
    """Part of a collection: items with their positions, and whether it goes on either way.

    `before` says that the collection has items ahead of the first, as far as is known without
    another read: when the slice began behind a position, it has.
    """

    items: tuple[T, ...]
    positions: tuple[Position, ...]
    has_next: bool
    has_previous: bool


async def first_of[T: msgspec.Struct](
    queries: Sequence[Query[T]], count: int, after: Position | None = None
) -> Slice[T]:
    """The first `count` items of the shards behind `after`, in the order of the queries.

    `queries` differ in the partition key alone. The sort key of a sharded collection in an index
    ends with an id: where two are equal, DynamoDB does not say which comes first. Raises
    ModelError.
    """
    items, positions, more = await _merged(queries, count, after)
    return Slice(items, positions, has_next=more, has_previous=after is not None)


async def last_of[T: msgspec.Struct](
    queries: Sequence[Query[T]], count: int, before: Position | None = None
) -> Slice[T]:
    """The last `count` items of the shards ahead of `before`, in the order of the queries."""
    backwards = [replace(query, descending=not query.descending) for query in queries]
    items, positions, more = await _merged(backwards, count, before)
    return Slice(items[::-1], positions[::-1], has_next=before is not None, has_previous=more)


async def _merged[T: msgspec.Struct](
    queries: Sequence[Query[T]], count: int, after: Position | None
) -> tuple[tuple[T, ...], tuple[Position, ...], bool]:
    """The next `count` items in order, their positions, and whether there are more."""
    _check(queries, count)
    descending = queries[0].descending
    nearest = max if descending else min
    # One item more than is asked for tells whether there are more.
    unread = [replace(query, limit=count + 1, after=after) for query in queries]
    ahead: list[tuple[Position, Query[T]]] = []
    read: list[tuple[Position, T]] = []
    while True:
        for query, page in zip(unread, await together(unread), strict=True):
            read += zip(page.positions, page.items, strict=True)
            if page.resume is not None:
                ahead.append((page.resume, query))
        read.sort(key=_position, reverse=descending)
        if not ahead:
            break
        # Up to there every shard has been read; behind it, some may have what comes earlier.
        edge = nearest(ahead, key=_position)[0]
        if len(read) > count and nearest(read[count][0], edge) == read[count][0]:
            break
        unread = [replace(query, after=at) for at, query in ahead if at == edge]
        ahead = [(at, query) for at, query in ahead if at != edge]
    items = tuple([item for _, item in read[:count]])
    positions = tuple([position for position, _ in read[:count]])
    return items, positions, len(read) > count


def _check(queries: Sequence[Query[Any]], count: int) -> None:
    if not queries or len({query.pk for query in queries}) < len(queries):
        raise ModelError("a collection has one query for each of its shards, at least one")
    if any(replace(query, pk=queries[0].pk) != queries[0] for query in queries[1:]):
        raise ModelError("the queries of a collection differ in the partition key alone")
    if count < 0:
        raise ModelError("a page has no fewer items than none")
