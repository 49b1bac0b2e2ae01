"""Connections: lists by the Relay specification, over collections of the table.

https://relay.dev/graphql/connections.htm
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Window:
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


async def connection[T: msgspec.Struct](
    context: Context, name: str, queries: Sequence[Query[T]], window: Window
) -> dict[str, Any]:
    """The items of a collection that `window` shows, as a connection.

    `name` names the collection with its arguments: a cursor is good for one name, tenant, index
    and order. `queries` are its shards. Raises BadUserInput and CursorRefused.
    """
    size = window.size
    shown = queries[0]
    scope = Scope(context.tenant, name, shown.index or "", shown.descending)
    start = start_of(context, scope, window)
    read = first_of if window.last is None else last_of
    return connection_of(context, scope, await read(queries, size, start))


def start_of(context: Context, scope: Scope, window: Window) -> Position | None:
    """Where the cursor of `window` stands, None if it has none. Raises CursorRefused."""
    cursor = window.after if window.before is None else window.before
    return None if cursor is None else context.cursors.open(scope, cursor)


def connection_of(context: Context, scope: Scope, found: Slice[Any]) -> dict[str, Any]:
    """A part of a collection as a connection, with cursors of `scope`."""

    def seal(position: Position) -> str:
        return context.cursors.seal(scope, position)

    cursors = [seal(position) for position in found.positions]
    return {
        "nodes": found.items,
        "edges": [
            {"node": item, "cursor": cursor}
            for item, cursor in zip(found.items, cursors, strict=True)
        ],
        "page_info": {
            "has_next_page": found.has_next,
            "has_previous_page": found.has_previous,
            "start_cursor": cursors[0] if cursors else None,
            "end_cursor": cursors[-1] if cursors else None,
        },
    }
