"""Sums: aggregates that add up all items of their sources, in numbers by owner.

An aggregate that changes in its sources' transactions has had the same versions from before a pass
until after it only if no source changed meanwhile. So these are what a difference rests on.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

import msgspec

from tenantql.engine.rebuilds.settling import Outcome, Suspicion, Suspicions, Watcher, Wrong, settle
from tenantql.engine.rebuilds.walking import everything
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import BatchGet
from tenantql.tenancy.routing import RoutingRecord

type Owner = str
"""Whom or what a few numbers are of, such as a customer, or a currency and a month."""

type Counts = Iterable[tuple[Owner, str, int]]
"""What an item counts for: numbers by owner and name. Those that are nothing may be left out."""

type Versions = tuple[tuple[Key, int], ...]


class Unequal(msgspec.Struct, frozen=True):
    """What is wrong with an owner's numbers, by their names, and the items that they are in."""

    route: RoutingRecord
    owner: Owner
    numbers: Mapping[str, Wrong]
    items: tuple[Any, ...]


class Sums(msgspec.Struct, frozen=True):
    """An aggregate, how it follows from its sources, and how it is mended.

    `keys` are those of all items of type `kept` that an owner's numbers can be in; `mend` writes
    under the condition that these have not changed. With `made_elsewhere`, an owner without an item
    is nothing to mend: who makes the item is no business of the aggregate.
    """

    name: str
    about: str
    sources: Mapping[type[Item], Callable[[RoutingRecord, Any], Counts]]
    kept: type[Item]
    said: Callable[[RoutingRecord, Any], Counts]
    keys: Callable[[RoutingRecord, Owner], tuple[Key, ...]]
    mend: Callable[[Unequal], Coroutine[Any, Any, None]]
    made_elsewhere: bool = False

    @property
    def made_of(self) -> tuple[type[Item], ...]:
        """The types that it is computed from."""
        return tuple(self.sources)

    @property
    def makes(self) -> tuple[type[Item], ...]:
        """The types that it compares and mends."""
        return (self.kept,)

    async def run(self, route: RoutingRecord, watcher: Watcher, *, mend: bool) -> Outcome:
        """Compares, and with `mend` puts right what differs: level administer."""
        owners = 0

        async def look() -> Suspicions:
            nonlocal owners
            owners, found = await self._pass(route, watcher)
            return found

        outcome = await settle(look, watcher, mend=mend)
        outcome.owners = owners
        return outcome

    async def _pass(
        self, route: RoutingRecord, watcher: Watcher
    ) -> tuple[int, dict[Owner, Suspicion]]:
        """How many owners there are, and what is wrong."""
        said: defaultdict[Owner, Counter[str]] = defaultdict(Counter)
        versions: defaultdict[Owner, dict[Key, int]] = defaultdict(dict)
        async for item in everything(self.kept, route, watcher):
            for owner, name, number in self.said(route, item):
                said[owner][name] += number
                versions[owner][entity_of(self.kept).key_of(item)] = item.version
        expected: defaultdict[Owner, Counter[str]] = defaultdict(Counter)
        for source, counts in self.sources.items():
            async for item in everything(source, route, watcher):
                for owner, name, number in counts(route, item):
                    expected[owner][name] += number
        owners = said.keys() if self.made_elsewhere else said.keys() | expected.keys()
        suspects: dict[Owner, Suspicion] = {}
        for owner in owners:
            if numbers := _wrong(said[owner], expected[owner]):
                before = tuple(sorted(versions[owner].items(), key=repr))
                after = _versions(await self._items(route, owner))
                suspects[owner] = self._suspicion(
                    route, owner, numbers, after if before == after else None
                )
        return len(owners), suspects

    def _suspicion(
        self,
        route: RoutingRecord,
        owner: Owner,
        numbers: Mapping[str, Wrong],
        versions: Versions | None,
    ) -> Suspicion:
        async def mend() -> bool:
            items = await self._items(route, owner)
            if _versions(items) != versions:
                return False
            try:
                await self.mend(Unequal(route, owner, numbers, items))
            except (ConditionFailed, Conflict):
                return False
            return True

        return Suspicion(numbers, versions, mend)

    async def _items(self, route: RoutingRecord, owner: Owner) -> tuple[Any, ...]:
        """The items that an owner's numbers are in, as they are now."""
        found = await BatchGet(self.kept, self.keys(route, owner))
        return tuple(item for item in found if item is not None)


def _wrong(found: Counter[str], expected: Counter[str]) -> dict[str, Wrong]:
    return {
        name: Wrong(found[name], expected[name])
        for name in sorted(found.keys() | expected.keys())
        if found[name] != expected[name]
    }


def _versions(items: Iterable[Item]) -> Versions:
    found = {entity_of(type(item)).key_of(item): item.version for item in items}
    return tuple(sorted(found.items(), key=repr))
