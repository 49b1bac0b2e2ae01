"""Rebuilds: aggregates computed anew from their sources, compared with what is kept, and mended.

A rebuild declares what each source item counts for, and what the aggregate's items say. Both are
found through the directory, which lists a tenant's items by type, and read strongly consistent.

The tenant may be written to meanwhile. So a difference is believed only if two passes find the very
same one, and the aggregate's items have had the same versions from before the first pass until
after the second: an aggregate that changes in its sources' transactions then had no source that
changed. What is written to all the time is told as moving, and is not mended. Mending is a write
under the condition that the item still has that version.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.requests import MAX_GETS, BatchGet, ListedKey, Query
from tenantql.table.shards import shard_names
from tenantql.tenancy.routing import RoutingRecord, ShardCount

PASSES: Final = 5

type Owner = str
"""Whom or what a few numbers are of, such as a customer, or a currency and a month."""

type Counts = Iterable[tuple[Owner, str, int]]
"""What an item counts for: numbers by owner and name. Those that are nothing may be left out."""

type Versions = tuple[tuple[Key, int], ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A number that is not what the sources add up to."""

    found: int
    expected: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with an owner's numbers, by their names, and the items that they are in."""

    route: RoutingRecord
    owner: Owner
    numbers: Mapping[str, Wrong]
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rebuild:
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
    mend: Callable[[Difference], Coroutine[Any, Any, None]]
    made_elsewhere: bool = False


@dataclass(slots=True)
class Outcome:
    """What a rebuild found: how many owners, what differs, what was mended, what is moving."""

    owners: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    mended: list[Difference] = field(default_factory=list[Difference])
    moving: list[Owner] = field(default_factory=list[Owner])

    @property
    def agrees(self) -> bool:
        """Whether everything is as it must be, as far as is known."""
        return not self.differences and not self.moving


@dataclass(frozen=True, slots=True)
class Watcher:
    """Told how many items of a type were read, of how many; and how to wait between passes."""

    read: Callable[[str, int, int], None] = lambda _type, _done, _all: None
    pause: Callable[[], None] = lambda: None


@dataclass(slots=True)
class _Suspicion:
    """What a pass found wrong; `versions` is None if the items changed during the pass."""

    numbers: Mapping[str, Wrong]
    versions: Versions | None


async def run(rebuild: Rebuild, route: RoutingRecord, watcher: Watcher, *, mend: bool) -> Outcome:
    """Compares, and with `mend` puts right what differs: level administer.

    In the outcome `differences` and `moving` are as the last pass found them.
    """
    outcome = Outcome()
    seen: dict[Owner, _Suspicion] = {}
    for number in range(PASSES):
        if number:
            watcher.pause()
        outcome.owners, now = await _pass(rebuild, route, watcher)
        sure = [owner for owner in sorted(now) if _same(seen.get(owner), now[owner])]
        outcome.differences = [Difference(route, owner, now[owner].numbers, ()) for owner in sure]
        outcome.moving = sorted(now.keys() - set(sure))
        if not outcome.moving and not (mend and sure):
            break
        if mend and number < PASSES - 1:
            for difference in outcome.differences:
                if await _mended(rebuild, difference, now[difference.owner].versions):
                    outcome.mended.append(difference)
        seen = now
    left = {each.owner for each in outcome.differences} | {*outcome.moving}
    outcome.mended = [each for each in outcome.mended if each.owner not in left]
    return outcome


def _same(before: _Suspicion | None, now: _Suspicion) -> bool:
    return now.versions is not None and before == now


async def _mended(rebuild: Rebuild, difference: Difference, versions: Versions | None) -> bool:
    """Whether it could be put right: not if somebody has written there meanwhile."""
    items = await _items(rebuild, difference.route, difference.owner)
    if _versions(items) != versions:
        return False
    try:
        await rebuild.mend(replace(difference, items=items))
    except ConditionFailed:
        return False
    return True


async def _pass(
    rebuild: Rebuild, route: RoutingRecord, watcher: Watcher
) -> tuple[int, dict[Owner, _Suspicion]]:
    """How many owners there are, and what is wrong."""
    said: defaultdict[Owner, Counter[str]] = defaultdict(Counter)
    versions: defaultdict[Owner, dict[Key, int]] = defaultdict(dict)

    def keep(item: Any) -> None:
        for owner, name, number in rebuild.said(route, item):
            said[owner][name] += number
            versions[owner][entity_of(rebuild.kept).key_of(item)] = item.version

    await _each(rebuild.kept, route, keep, watcher)
    expected: defaultdict[Owner, Counter[str]] = defaultdict(Counter)

    def count(counts: Callable[[RoutingRecord, Any], Counts], item: Any) -> None:
        for owner, name, number in counts(route, item):
            expected[owner][name] += number

    for source, counts in rebuild.sources.items():
        await _each(source, route, lambda item, counts=counts: count(counts, item), watcher)
    owners = said.keys() if rebuild.made_elsewhere else said.keys() | expected.keys()
    suspects: dict[Owner, _Suspicion] = {}
    for owner in owners:
        if numbers := _wrong(said[owner], expected[owner]):
            before = tuple(sorted(versions[owner].items(), key=repr))
            after = _versions(await _items(rebuild, route, owner))
            suspects[owner] = _Suspicion(numbers, after if before == after else None)
    return len(owners), suspects


def _wrong(found: Counter[str], expected: Counter[str]) -> dict[str, Wrong]:
    return {
        name: Wrong(found[name], expected[name])
        for name in sorted(found.keys() | expected.keys())
        if found[name] != expected[name]
    }


async def _items(rebuild: Rebuild, route: RoutingRecord, owner: Owner) -> tuple[Any, ...]:
    """The items that an owner's numbers are in, as they are now."""
    found = await BatchGet(rebuild.kept, rebuild.keys(route, owner))
    return tuple(item for item in found if item is not None)


def _versions(items: Iterable[Item]) -> Versions:
    found = {entity_of(type(item)).key_of(item): item.version for item in items}
    return tuple(sorted(found.items(), key=repr))


async def _each(
    kind: type[Item], route: RoutingRecord, use: Callable[[Any], None], watcher: Watcher
) -> None:
    """Every item of a type: a Query of the directory for a hundred keys, a batch for the items."""
    entity, done = entity_of(kind), 0
    count = route.shards.get("directory", ShardCount()).read
    for position, shard in enumerate(shard_names(count)):
        query = Query(
            ListedKey,
            entity.directory_key(route.tenant, shard),
            index="directory",
            limit=MAX_GETS,
        )
        while True:
            page = await query
            if page.items:
                found = await BatchGet(kind, tuple(each.key for each in page.items))
                for item in filter(None, found):
                    use(item)
                done += len(found)
            more = position + 1 < count or page.resume is not None
            watcher.read(entity.name, done, done + MAX_GETS if more else done)
            if page.resume is None:
                break
            query = replace(query, after=page.resume)
