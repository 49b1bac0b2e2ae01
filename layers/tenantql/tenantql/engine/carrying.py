"""Carrying: what a consumer does to many items, page by page, and after a crash from where it was.

A name stands in many items, so following a rename may take longer than a function lives. The first
page is done at once. If there are more, a Carry item remembers where to go on; its own record in
the stream leads to the next page, which writes the next cursor. A record that comes again, or
late, does its page again and moves nothing: so a page must compute what it writes from what is
there.
"""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from tenantql.engine.changes import Change
from tenantql.table.entity import Item, Key, entity, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Condition, Set, absent, all_of, any_of, below, equals
from tenantql.table.requests import Position
from tenantql.table.writes import Delete, Update


@entity(name="Carry", pk="TENANT#{tenant}#SYS#CARRY#{kind}#{id}", sk="CARRY")
class Carry(Item, frozen=True, kw_only=True):
    """How far a change of the item `id` was carried: everything up to `cursor` is done.

    `kind` names what is carried, `source_version` the version of the item that started it.
    """

    kind: str
    id: str
    source_version: int
    cursor: Position = ()


type Page = Callable[[Carry], Coroutine[Any, Any, Position | None]]
"""Does the page behind the cursor; the next cursor, or None at the end."""


class Carrying(msgspec.Struct, frozen=True):
    """What is carried, by kind. `resume` is the consumer of Carry items."""

    pages: Mapping[str, Page]

    async def begin(self, kind: str, id: str, source: Item) -> None:
        """Carries a change of `source`, of which the first page at once.

        A change of the same item that came later, and is being carried, goes on instead.
        """
        first = Carry(
            tenant=source.tenant,
            created_at=source.updated_at,
            created_by=source.updated_by,
            updated_at=source.updated_at,
            updated_by=source.updated_by,
            kind=kind,
            id=id,
            source_version=source.version,
        )
        cursor = await self.pages[kind](first)
        if cursor is None:
            return
        changes = (Set("cursor", cursor), Set("source_version", source.version))
        newer = any_of(absent("PK"), below("source_version", source.version))
        with suppress(ConditionFailed):
            await Update(Carry, _key(first), changes, newer, otherwise=first)

    async def resume(self, change: Change[Carry]) -> None:
        """Does the next page, and remembers it; at the end nothing is left to remember."""
        carry = change.after
        if carry is None or carry.kind not in self.pages:
            return
        cursor = await self.pages[carry.kind](carry)
        with suppress(ConditionFailed):
            # Somebody was faster, with this page or with a later change.
            if cursor is None:
                await Delete(Carry, _key(carry), _same(carry))
            else:
                await Update(Carry, _key(carry), (Set("cursor", cursor),), _same(carry))


def _key(carry: Carry) -> Key:
    return entity_of(Carry).key_of(carry)


def _same(carry: Carry) -> Condition:
    return all_of(equals("version", carry.version), equals("source_version", carry.source_version))
