"""Requests: immutable values that say what to read or write, and nothing of how.

Code that needs data is an `async def` that awaits requests. Awaiting one hands it to whoever
drives the coroutine (`tenantql.engine.rounds`, or a test with a table of answers); a request
does no I/O itself.

    user = await Get(User, entity_of(User).key(tenant="acme", id="01J..."))
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import msgspec

from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ModelError

MAX_ACTIONS = 100
"""Actions of one transaction, by DynamoDB's quota."""


class Request[R]:
    """A value that stands for one call and, awaited, becomes its result."""

    __slots__ = ()

    def __await__(self) -> "Generator[Request[R], R, R]":
        return (yield self)


@dataclass(frozen=True, slots=True)
class Get[T: msgspec.Struct](Request[T | None]):
    """One item by its table key; None if there is none, or if it has expired."""

    item: type[T]
    key: Key
    consistent: bool = True


@dataclass(frozen=True, slots=True)
class Page[T: msgspec.Struct]:
    """Items in key order, and whether the collection goes on after them."""

    items: tuple[T, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Query[T: msgspec.Struct](Request[Page[T]]):
    """The items of one partition key, of the table or of `index`, in order of the sort key.

    `sk` and `sk_begins` narrow the sort key (one of them). `consistent` is for the table only:
    an index is always eventually consistent.
    """

    item: type[T]
    pk: str
    index: str | None = None
    sk: str | None = None
    sk_begins: str | None = None
    limit: int = 100
    descending: bool = False
    consistent: bool = False

    def __post_init__(self) -> None:
        if self.index is not None and self.index not in entity_of(self.item).indexes:
            raise ModelError(f"{self.item.__name__} does not fill {self.index}")
        if self.index is not None and self.consistent:
            raise ModelError("DynamoDB cannot read an index consistently")
        if self.sk is not None and self.sk_begins is not None:
            raise ModelError("give sk or sk_begins, not both")


@dataclass(frozen=True, slots=True)
class Create(Request[None]):
    """Puts an item that does not exist yet; ConditionFailed if its key is taken.

    An item past its `expires_at` does not take its key.
    """

    value: msgspec.Struct


@dataclass(frozen=True, slots=True)
class Transact(Request[None]):
    """Writes that succeed or fail together; ConditionFailed tells which action did not hold.

    `token` (1 to 36 characters) makes a repetition within ten minutes the same transaction.
    """

    actions: tuple[Create, ...]
    token: str | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.actions) <= MAX_ACTIONS:
            raise ModelError(f"a transaction has 1 to {MAX_ACTIONS} actions")


type AnyRequest = Request[Any]
