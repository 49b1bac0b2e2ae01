"""Requests: immutable values that say what to read or write, and nothing of how.

Code that needs data is an `async def` that awaits requests. Awaiting one hands it to whoever
drives the coroutine (`tenantql.engine.rounds`, or a test with a table of answers); a request
does no I/O itself.

    user = await Get(User, entity_of(User).key(tenant="acme", id="01J..."))
    first, second = await together(Query(Invoice, pk_00), Query(Invoice, pk_01))

Here are the reads; `tenantql.table.writes` has the writes.
"""

from collections.abc import Generator, Sequence
from typing import Any, Final

import msgspec

from tenantql.table.entity import INDEX_ATTRIBUTES, KEYS_ONLY, Key, entity_of
from tenantql.table.errors import ModelError

MAX_GETS: Final = 100
"""Items of one BatchGetItem, by DynamoDB's quota."""

type Position = tuple[str, ...]
"""Where an item stands in the collection that a query reads, under its partition key.

In the table it is the sort key; in an index the index's sort key, then the table's two keys.
"""


class Request[R]:
    """A value that stands for one call and, awaited, becomes its result."""

    __slots__ = ()

    def __await__(self) -> "Generator[Request[R], R, R]":
        return (yield self)


type AnyRequest = Request[Any]


class Get[T: msgspec.Struct](Request[T | None], msgspec.Struct, frozen=True):
    """One item by its table key; None if there is none, or if it has expired."""

    item: type[T]
    key: Key
    consistent: bool = True


class BatchGet[T: msgspec.Struct](Request[tuple[T | None, ...]], msgspec.Struct, frozen=True):
    """Items by their table keys, in the order of `keys`; None for each that is not there.

    One call for at most 100 keys. What DynamoDB leaves out of an answer is asked for again;
    Throttled if it stays so.
    """

    item: type[T]
    keys: tuple[Key, ...]
    consistent: bool = True

    def __post_init__(self) -> None:
        if not 0 < len(set(self.keys)) <= MAX_GETS:
            raise ModelError(f"a batch has 1 to {MAX_GETS} keys")


class Page[T: msgspec.Struct](msgspec.Struct, frozen=True):
    """Items in key order, where each of them stands, and where the collection goes on.

    `resume` is None at the end. A page can be short, even empty, before the end: it ends after
    1 MB, and leaves expired items out.
    """

    items: tuple[T, ...]
    positions: tuple[Position, ...] = ()
    resume: Position | None = None

    @property
    def more(self) -> bool:
        """Whether the collection goes on."""
        return self.resume is not None


class ListedKey(msgspec.Struct, frozen=True):
    """An item as an index lists it: its table key, and its keys in that index, `pk` and `sk`.

    All that `directory` and `platform` hold. An index is behind its table, and such a one does
    not tell that an item has expired: a Get or BatchGet of `key` does.
    """

    key: Key
    pk: str
    sk: str


class Query[T: msgspec.Struct](Request[Page[T]], msgspec.Struct, frozen=True):
    """The items of one partition key, of the table or of `index`, in order of the sort key.

    `item` is the type of the items, or several: an item collection, read as typed results; or
    ListedKey, for the keys alone that an index lists.
    `sk`, `sk_begins` and `sk_between` (both ends included) narrow the sort key: one of them.
    `after` goes on behind a position, in the order of the query. `consistent` is for the table
    only: an index is always eventually consistent. Raises ModelError.
    """

    item: type[T] | tuple[type[T], ...]
    pk: str
    index: str | None = None
    sk: str | None = None
    sk_begins: str | None = None
    sk_between: tuple[str, str] | None = None
    limit: int = 100
    descending: bool = False
    consistent: bool = False
    after: Position | None = None

    @property
    def types(self) -> tuple[type[T], ...]:
        """The types that an item of the collection may have."""
        return self.item if isinstance(self.item, tuple) else (self.item,)

    def __post_init__(self) -> None:
        if self.index is not None:
            self._check_index(self.index)
        elif ListedKey in self.types:
            raise ModelError("ListedKey is what an index lists; name the index")
        if sum(narrow is not None for narrow in (self.sk, self.sk_begins, self.sk_between)) > 1:
            raise ModelError("give one of sk, sk_begins and sk_between")
        if self.limit < 1:
            raise ModelError("a page has at least one item")

    def _check_index(self, index: str) -> None:
        if self.consistent:
            raise ModelError("DynamoDB cannot read an index consistently")
        if index not in INDEX_ATTRIBUTES:
            raise ModelError(f"no index {index}; use one of {', '.join(INDEX_ATTRIBUTES)}")
        if self.item is ListedKey:
            return
        if index in KEYS_ONLY:
            raise ModelError(f"{index} holds keys and nothing else; query it for ListedKey")
        for item in self.types:
            entity_of(item).index(index)


class Together(Request[tuple[Any, ...]], msgspec.Struct, frozen=True):
    """Requests that wait in the same round; the results in their order.

    If one fails, so does this: part of the data is never returned as all of it.
    """

    requests: tuple[AnyRequest, ...]


def together[R](requests: Sequence[Request[R]]) -> Request[tuple[R, ...]]:
    """All of `requests` at once."""
    return Together(tuple(requests))
