"""Connections: lists by the Relay specification, over collections of the table.

https://relay.dev/graphql/connections.htm
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from tenantql.engine.context import Context
from tenantql.engine.errors import BadUserInput
from tenantql.table.collections import Slice, first_of, last_of
from tenantql.table.cursors import Scope
from tenantql.table.requests import Position, Query

DEFAULT_SIZE: Final = 20
MAX_SIZE: Final = 100
"""The largest page; so what a list costs is known before it runs."""


class Window(msgspec.Struct, frozen=True):
    """The part of a list that is asked for: `first` items `after` a cursor, or `last` `before`."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """How many items are asked for. Raises BadUserInput for what no list answers."""
        if self.first is not None and self.last is not None:
            raise BadUserInput("give first or last, not both")
        if (self.after is not None and self.last is not None) or (
            self.before is not None and self.last is None
        ):
            raise BadUserInput("after goes with first, before goes with last")
        asked = self.first if self.last is None else self.last
        size = DEFAULT_SIZE if asked is None else asked
        if not 1 <= size <= MAX_SIZE:
            raise BadUserInput(f"a list gives 1 to {MAX_SIZE} items at a time")
        return size


type Seal = Callable[[Position], str]
"""Makes a cursor of a position."""


class Edge[T](msgspec.Struct, frozen=True, gc=False):
    """An item of a list. Its cursor is sealed when it is asked for."""

    node: T
    position: Position
    seal: Seal

    @property
    def cursor(self) -> str:
        """Behind this item, or ahead of it, a list goes on."""
        return self.seal(self.position)


class PageInfo(msgspec.Struct, frozen=True):
    """Where a part of a list begins and ends, and whether it goes on."""

    found: Slice[Any]
    seal: Seal

    @property
    def has_next_page(self) -> bool:
        """Whether there is more behind it."""
        return self.found.has_next

    @property
    def has_previous_page(self) -> bool:
        """Whether there is more ahead of it."""
        return self.found.has_previous

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first item."""
        return self.seal(self.found.positions[0]) if self.found.positions else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last item."""
        return self.seal(self.found.positions[-1]) if self.found.positions else None


class Connection[T: msgspec.Struct](msgspec.Struct, frozen=True):
    """A part of a list, as the type of the schema with this ending."""

    found: Slice[T]
    seal: Seal

    @property
    def nodes(self) -> Sequence[T]:
        """The items."""
        return self.found.items

    @property
    def edges(self) -> list[Edge[T]]:
        """The items with their cursors."""
        pairs = zip(self.found.items, self.found.positions, strict=True)
        return [Edge(item, position, self.seal) for item, position in pairs]

    @property
    def page_info(self) -> PageInfo:
        """About this part of the list."""
        return PageInfo(self.found, self.seal)


async def connection[T: msgspec.Struct](
    context: Context, name: str, queries: Sequence[Query[T]], window: Window
) -> Connection[T]:
    """The items of a collection that `window` shows, as a connection.

    `name` names the collection with its arguments: a cursor is good for one name, tenant, index
    and order. `queries` are its shards. Raises BadUserInput and CursorRefused.
    """
    size = window.size
    shown = queries[0]
    scope = Scope(context.tenant, name, shown.index or "", shown.descending)
    start = start_of(context, scope, window)
    read = first_of if window.last is None else last_of
    return Connection(await read(queries, size, start), sealer(context, scope))


def start_of(context: Context, scope: Scope, window: Window) -> Position | None:
    """Where the cursor of `window` stands, None if it has none. Raises CursorRefused."""
    cursor = window.after if window.before is None else window.before
    return None if cursor is None else context.cursors.open(scope, cursor)


def sealer(context: Context, scope: Scope) -> Seal:
    """What makes cursors of `scope`."""
    made: list[Seal] = []

    def seal(position: Position) -> str:
        if not made:
            # Not before a cursor is asked for.
            made.append(context.cursors.sealer(scope))
        return made[0](position)

    return seal
