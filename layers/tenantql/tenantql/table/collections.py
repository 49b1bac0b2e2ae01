"""Collections: pages of one partition key or of several shards, in one order, with one cursor.

A sharded collection is spread over several partition keys. All shards are read at once, every
page of each is followed, and what comes back is merged by the position, which is unique in the
collection and the same in every shard. A page ends behind the last item that was handed out, and
each shard goes on from there: so a cursor names no shard and stays good while their number grows.
A shard that fails fails the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tenantql.table.errors import ModelError
from tenantql.table.requests import Page, Position, Query, together


@dataclass(frozen=True, slots=True)
class Slice[T: msgspec.Struct]:
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


class _Shard[T: msgspec.Struct]:
    """What was read of one shard and not handed out yet, and where it goes on."""

    def __init__(self, query: Query[T]) -> None:
        self.query = query
        self.read: list[tuple[Position, T]] = []
        self.ended = False

    @property
    def waits(self) -> bool:
        """Whether its next item is not known."""
        return not self.read and not self.ended

    def add(self, page: Page[T]) -> None:
        """Takes the next page in."""
        self.read += zip(page.positions, page.items, strict=True)
        self.ended = page.resume is None
        self.query = replace(self.query, after=page.resume)


async def _merged[T: msgspec.Struct](
    queries: Sequence[Query[T]], count: int, after: Position | None
) -> tuple[tuple[T, ...], tuple[Position, ...], bool]:
    """The next `count` items in order, their positions, and whether there are more."""
    _check(queries, count)
    descending = queries[0].descending
    # One item more than is asked for tells whether there are more.
    shards = [_Shard(replace(query, limit=count + 1, after=after)) for query in queries]
    found: list[tuple[Position, T]] = []
    pick = max if descending else min
    while len(found) <= count:
        waiting = [shard for shard in shards if shard.waits]
        if waiting:
            for shard, page in zip(
                waiting, await together([shard.query for shard in waiting]), strict=True
            ):
                shard.add(page)
            continue
        heads: list[_Shard[T]] = [shard for shard in shards if shard.read]
        if not heads:
            break
        found.append(pick(heads, key=_position).read.pop(0))
    items = tuple(item for _, item in found[:count])
    positions = tuple(position for position, _ in found[:count])
    return items, positions, len(found) > count


def _check(queries: Sequence[Query[Any]], count: int) -> None:
    if not queries or len({query.pk for query in queries}) < len(queries):
        raise ModelError("a collection has one query for each of its shards, at least one")
    if any(replace(query, pk=queries[0].pk) != queries[0] for query in queries):
        raise ModelError("the queries of a collection differ in the partition key alone")
    if count < 0:
        raise ModelError("a page has no fewer items than none")


def _position(shard: _Shard[Any]) -> Position:
    return shard.read[0][0]
