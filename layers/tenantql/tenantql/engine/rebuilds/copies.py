"""Copies: items, or parts of items, that repeat what one source says.

Each source is looked at by itself: what its copies are to be, and what is there. Then each copy is
asked whose it is, for there may be some that no source has.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from itertools import batched
from typing import Any, Final

import msgspec
import msgspec.structs

from tenantql.engine.rebuilds.settling import (
    Outcome,
    Suspicion,
    Suspicions,
    Watcher,
    Wrong,
    audit_of_now,
    settle,
)
from tenantql.engine.rebuilds.walking import listed
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import absent, equals
from tenantql.table.keys import tenant_prefix
from tenantql.table.requests import MAX_GETS, BatchGet
from tenantql.table.writes import (
    MAX_ACTIONS,
    Action,
    Check,
    Create,
    Delete,
    Put,
    Transact,
    key_of,
    revise,
)
from tenantql.tenancy.routing import RoutingRecord

THERE: Final = "there"
"""Stands for an item as a whole, which is missing or nobody's."""

_AUDIT: Final = frozenset(
    {"PK", "SK", "type", "version", "created_at", "created_by", "updated_at", "updated_by"}
)


class Wanted(msgspec.Struct, frozen=True):
    """The copies of a source as they are to be, by key, and what must hold for that to be so.

    `holds` was read ahead of everything else that the copies follow from, or is all of that.
    """

    items: Mapping[Key, Item] = {}
    holds: tuple[Check, ...] = ()


type Want = Callable[[RoutingRecord, Mapping[Key, Any]], Coroutine[Any, Any, Mapping[Key, Wanted]]]
"""What is wanted of these sources, by their keys; None stands for one that is gone."""


class Copies(msgspec.Struct, frozen=True):
    """Copies of the items of type `source`; `besides` are further types that they follow from.

    `owner_of` leads from a copy to the key of its source: copies of these types that no source
    wants are deleted. Those of the types in `parts` are items that others write as well: of them
    only what differs is written, over the version that the wanted one has. `unsaid` are fields that
    no comparison looks at. With `only`, there is one owner of that key, be it there or not.
    """

    name: str
    about: str
    source: type[Item]
    want: Want
    kept: tuple[type[Item], ...]
    owner_of: Mapping[type[Item], Callable[[Any], Key]] = {}
    parts: frozenset[type[Item]] = frozenset()
    besides: tuple[type[Item], ...] = ()
    unsaid: frozenset[str] = frozenset()
    only: Callable[[str], Key] | None = None

    @property
    def made_of(self) -> tuple[type[Item], ...]:
        """The types that it is computed from."""
        return (*(() if self.only else (self.source,)), *self.besides)

    @property
    def makes(self) -> tuple[type[Item], ...]:
        """The types that it compares and mends."""
        return self.kept

    async def run(self, route: RoutingRecord, watcher: Watcher, *, mend: bool) -> Outcome:
        """Compares, and with `mend` puts right what differs: level administer.

        What is wrong is held in memory until the end, what is right is not.
        """
        walk = _Walk(self, route, watcher)
        outcome = await settle(walk.look, watcher, mend=mend)
        outcome.owners = walk.owners
        return outcome


def as_read(kind: type[Item], key: Key, item: Item | None) -> Check:
    """That an item is as it was read, or still not there."""
    return Check(kind, key, absent("PK") if item is None else equals("version", item.version))


class _Walk(msgspec.Struct):
    """One run: after the walk over everything, only what was suspicious is looked at."""

    copies: Copies
    route: RoutingRecord
    watcher: Watcher
    owners: int = 0
    suspects: dict[Key, dict[Key, type[Item]]] | None = None
    """The keys of sources, each with copies that were not wanted."""

    async def look(self) -> Suspicions:
        """What is wrong now."""
        if self.suspects is None:
            self.suspects = await self._everything()
        found: dict[str, Suspicion] = {}
        for part in batched(self.suspects, MAX_GETS, strict=False):
            found |= await self._compare(part, self.suspects)
        return found

    async def _everything(self) -> dict[Key, dict[Key, type[Item]]]:
        suspects: dict[Key, dict[Key, type[Item]]] = {}
        async for keys in self._owners():
            self.owners += len(keys)
            suspicious = await self._compare(keys, {})
            suspects |= {key: {} for key in keys if self._label(key) in suspicious}
        for kind, owner_of in self.copies.owner_of.items():
            async for keys in listed(kind, self.route, self.watcher):
                for owner, stray in await self._strays(kind, owner_of, keys):
                    suspects.setdefault(owner, {})[stray] = kind
        return suspects

    async def _owners(self) -> AsyncGenerator[tuple[Key, ...]]:
        if self.copies.only is not None:
            yield (self.copies.only(self.route.tenant),)
            return
        async for keys in listed(self.copies.source, self.route, self.watcher):
            yield keys

    async def _strays(
        self, kind: type[Item], owner_of: Callable[[Any], Key], keys: tuple[Key, ...]
    ) -> list[tuple[Key, Key]]:
        """Copies that their sources do not want, each behind its source's key."""
        found = await BatchGet(kind, keys)
        of = {
            key: owner_of(item) for key, item in zip(keys, found, strict=True) if item is not None
        }
        wanted = await self._wanted(tuple(dict.fromkeys(of.values())))
        return [(owner, key) for key, owner in of.items() if key not in wanted[owner].items]

    async def _wanted(self, owners: tuple[Key, ...]) -> Mapping[Key, Wanted]:
        if not owners:
            return {}
        sources = await BatchGet(self.copies.source, owners)
        return await self.copies.want(self.route, dict(zip(owners, sources, strict=True)))

    async def _compare(
        self, owners: tuple[Key, ...], strays: Mapping[Key, Mapping[Key, type[Item]]]
    ) -> dict[str, Suspicion]:
        wanted = await self._wanted(owners)
        kinds = {key: type(item) for each in wanted.values() for key, item in each.items.items()}
        for owner in owners:
            kinds = {**strays.get(owner, {}), **kinds}
        found = await _present(kinds)
        suspicions: dict[str, Suspicion] = {}
        for owner in owners:
            keys = {**wanted[owner].items, **strays.get(owner, {})}
            there = {key: found[key] for key in keys}
            suspicion = self._suspicion(wanted[owner], there, kinds)
            if suspicion is not None:
                suspicions[self._label(owner)] = suspicion
        return suspicions

    def _suspicion(
        self,
        wanted: Wanted,
        there: Mapping[Key, Item | None],
        kinds: Mapping[Key, type[Item]],
    ) -> Suspicion | None:
        wrong: dict[str, Wrong] = {}
        writes: list[Action] = []
        moving = False
        for key, item in there.items():
            new = wanted.items.get(key)
            differs = dict(self._differences(key, item, new))
            if not differs:
                continue
            wrong |= differs
            is_part = kinds[key] in self.copies.parts
            if is_part and item is not None and new is not None and item.version != new.version:
                moving = True
            else:
                writes.append(_write(kinds[key], key, item, new, is_part=is_part))
        if not wrong:
            return None
        evidence = None if moving else (wanted.holds, dict(there))
        return Suspicion(wrong, evidence, partial(_mend, wanted.holds, writes))

    def _differences(
        self, key: Key, item: Item | None, wanted: Item | None
    ) -> Iterator[tuple[str, Wrong]]:
        """What is wrong with a copy, by the names to show."""
        name = self._label(key)
        if item is None or wanted is None:
            if item is not wanted:
                yield name, Wrong(item and THERE, wanted and THERE)
            return
        old, new = self._said(item), self._said(wanted)
        lead = "" if type(item) in self.copies.parts else f"{name} "
        for each in sorted(old.keys() | new.keys()):
            if old.get(each) != new.get(each):
                yield lead + each, Wrong(old.get(each), new.get(each))

    def _said(self, item: Item) -> dict[str, Any]:
        attributes = entity_of(type(item)).attributes(item)
        left_out = _AUDIT | self.copies.unsaid
        return {name: value for name, value in attributes.items() if name not in left_out}

    def _label(self, key: Key) -> str:
        """A key as people are told it: the tenant is known."""
        return f"{key.pk.removeprefix(tenant_prefix(self.route.tenant))} {key.sk}"


async def _present(kinds: Mapping[Key, type[Item]]) -> dict[Key, Item | None]:
    """The items of these keys, as they are now."""
    found: dict[Key, Item | None] = {}
    for kind in dict.fromkeys(kinds.values()):
        keys = [key for key, each in kinds.items() if each is kind]
        for part in batched(keys, MAX_GETS, strict=False):
            found |= zip(part, await BatchGet(kind, part), strict=True)
    return found


def _write(
    kind: type[Item], key: Key, item: Item | None, wanted: Item | None, *, is_part: bool
) -> Action:
    """What makes a copy that was read as `item` the one that is wanted."""
    if item is None:
        assert wanted is not None
        return Create(wanted)
    unchanged = equals("version", item.version)
    if wanted is None:
        return Delete(kind, key, unchanged)
    if not is_part:
        return Put(wanted, unchanged)
    now = audit_of_now(item.tenant)
    touched = {name: now[name] for name in ("updated_at", "updated_by")}
    return revise(item, msgspec.structs.replace(wanted, **touched))


async def _mend(holds: Sequence[Check], writes: Sequence[Action]) -> bool:
    """Writes while everything is as it was read. Who was faster knows as much."""
    try:
        for part in batched(writes, MAX_ACTIONS - len(holds), strict=False):
            written = {key_of(action) for action in part}
            await Transact((*(each for each in holds if each.key not in written), *part))
    except (ConditionFailed, Conflict):
        return False
    return True
