"""Unique values under races: whatever meets, each value has one holder, and no claim is left over.

Against the local cloud with IAM on, with the tenant's own credentials.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import msgspec.structs
import pytest

from tenantql.table import calls
from tenantql.table.entity import Item, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import Get, Request
from tenantql.table.unique import UniqueClaim, change, creation, deletion, taken
from tenantql.table.writes import Transact
from tests.integration.installation import Installation
from tests.unit.table.packages import Package, package

THREADS = 12


class Shop:
    """A tenant of its own; what happens at once, and what it leaves."""

    def __init__(self, installation: Installation) -> None:
        self.id = installation.new_tenant()
        self._installation = installation
        self._access = installation.access(self.id)

    def run[R](self, request: Request[R]) -> R:
        return calls.run(self._installation.transport, request, self._access)

    def package(self, id: int, **changed: Any) -> Package:
        return package(f"{id:03d}", tenant=self.id, **changed)

    def found(self, id: int) -> Package | None:
        return self.run(Get(Package, entity_of(Package).key_of(self.package(id))))

    def at_once(self, *work: Callable[[], Any]) -> list[Exception | None]:
        """What each piece of work raised, all of them started together."""
        start = threading.Barrier(len(work), timeout=30)

        def run(piece: Callable[[], Any]) -> Exception | None:
            start.wait()
            try:
                piece()
            except (ConditionFailed, Conflict) as error:
                return error
            return None

        with ThreadPoolExecutor(len(work)) as pool:
            return [*pool.map(run, work)]

    def check(self) -> dict[str, str]:
        """Every value of every item is claimed by it, nothing else is; the holder of each code."""
        items: list[Item] = []
        for raw in self._installation.items(self.id):
            kind = Package if raw["type"] == {"S": "Package"} else UniqueClaim
            items.append(entity_of(kind).decode(raw))
        claims = {
            (each.attribute, each.value): each.owner_pk
            for each in items
            if isinstance(each, UniqueClaim)
        }
        held: dict[tuple[str, str], str] = {}
        for each in items:
            if isinstance(each, Package):
                for word, value in (("CODE", each.code), ("ALIAS", each.alias)):
                    if value is not None:
                        assert (word, value) not in held, "two items have the same value"
                        held[word, value] = entity_of(Package).key_of(each).pk
        assert claims == held
        return {
            value: pk.rpartition("#")[2] for (word, value), pk in held.items() if word == "CODE"
        }


@pytest.fixture
def shop(installation: Installation) -> Shop:
    return Shop(installation)


def lost(errors: list[Exception | None]) -> list[Exception]:
    return [error for error in errors if error is not None]


def are_told(errors: list[Exception]) -> bool:
    """Whether each loser knows that the code is taken, or that somebody was in the way."""
    return all(
        taken(error) == ["code"] if isinstance(error, ConditionFailed) else True for error in errors
    )


def test_of_many_that_create_one_gets_the_value(shop: Shop) -> None:
    def create(id: int) -> Callable[[], Any]:
        new = shop.package(id, code="X", alias=f"alias-{id}")
        return lambda: shop.run(Transact(creation(new)))

    errors = shop.at_once(*(create(id) for id in range(THREADS)))
    assert len(lost(errors)) == THREADS - 1
    assert are_told(lost(errors))
    assert shop.check() == {"X": f"{errors.index(None):03d}"}


def test_of_many_that_change_one_gets_the_value(shop: Shop) -> None:
    packages = [shop.package(id, code=f"own-{id}") for id in range(THREADS)]
    for each in packages:
        shop.run(Transact(creation(each)))

    def rename(before: Package) -> Callable[[], Any]:
        after = msgspec.structs.replace(before, code="X")
        return lambda: shop.run(Transact(change(before, after)))

    errors = shop.at_once(*(rename(each) for each in packages))
    assert len(lost(errors)) == THREADS - 1
    assert are_told(lost(errors))
    holders = shop.check()
    assert holders["X"] == f"{errors.index(None):03d}"
    assert len(holders) == THREADS


def test_a_value_that_is_given_up_is_free(shop: Shop) -> None:
    first = shop.package(0, code="X")
    shop.run(Transact(creation(first)))
    with pytest.raises(ConditionFailed):
        shop.run(Transact(creation(shop.package(1, code="X"))))
    renamed = msgspec.structs.replace(first, code="Y")
    shop.run(Transact(change(first, renamed)))
    shop.run(Transact(creation(shop.package(1, code="X"))))
    found = shop.found(0)
    assert found is not None
    assert found.version == 2
    shop.run(Transact(deletion(found)))
    shop.run(Transact(creation(shop.package(2, code="Y"))))
    assert shop.check() == {"X": "001", "Y": "002"}


def test_one_change_of_an_item_wins_against_another_and_against_its_deletion(shop: Shop) -> None:
    before = shop.package(0, code="X", alias="a")
    shop.run(Transact(creation(before)))
    renames = [change(before, msgspec.structs.replace(before, code=f"Y{n}")) for n in range(5)]
    work = [partial(shop.run, Transact(actions)) for actions in (*renames, *[deletion(before)] * 5)]
    errors = shop.at_once(*work)
    assert len(lost(errors)) == len(work) - 1
    assert len(shop.check()) == (1 if errors.index(None) < 5 else 0)


def test_what_was_read_before_a_change_changes_and_deletes_nothing(shop: Shop) -> None:
    """It does not know of the claims that were made since: they would be left over."""
    read = shop.package(0, code="X")
    shop.run(Transact(creation(read)))
    shop.run(Transact(change(read, msgspec.structs.replace(read, alias="a"))))
    late = msgspec.structs.replace(read, alias="b")
    for actions in (change(read, late), deletion(read)):
        with pytest.raises(ConditionFailed) as raised:
            shop.run(Transact(actions))
        assert (raised.value.failed, taken(raised.value)) == ((0,), [])
    assert shop.check() == {"X": "000"}
    found = shop.found(0)
    assert found is not None
    assert found.alias == "a"


@pytest.mark.parametrize("seed", range(3))
def test_no_claim_is_lost_or_left_over_after_a_storm(shop: Shop, seed: int) -> None:
    """Each thread creates, changes and deletes the same few items with the same few values."""

    def storm(number: int) -> Callable[[], Any]:
        chance = random.Random(f"{seed}-{number}")

        def step() -> None:
            id = chance.randrange(4)
            values = {name: chance.choice([None, *"XYZ"]) for name in ("code", "alias")}
            found = shop.found(id)
            if found is None:
                shop.run(Transact(creation(shop.package(id, **values))))
            elif chance.random() < 0.3:
                shop.run(Transact(deletion(found)))
            else:
                after = msgspec.structs.replace(found, **values, weight=found.weight + 1)
                shop.run(Transact(change(found, after)))

        def run() -> None:
            for _ in range(8):
                try:
                    step()
                except (ConditionFailed, Conflict):
                    continue

        return run

    assert lost(shop.at_once(*(storm(number) for number in range(6)))) == []
    shop.check()
