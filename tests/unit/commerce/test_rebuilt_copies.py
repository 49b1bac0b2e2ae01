"""Rebuilt copies: each is found wrong, missing or nobody's, and is again what the stream makes."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from tenantql.commerce.model import (
    CardSet,
    Product,
    ProductCard,
    Stock,
)
from tenantql.table.entity import entity_of
from tests.unit.commerce.builders import (
    id_of_number,
)
from tests.unit.commerce.rebuilt_shop import BY_NAME, WRONG, Shop, named
from tests.unit.commerce.till import TENANT


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_each_has_a_way_to_be_wrong() -> None:
    assert WRONG.keys() == BY_NAME.keys()


@pytest.mark.parametrize("name", BY_NAME)
def test_what_agrees_is_one_look_and_writes_nothing(shop: Shop, name: str) -> None:
    before = dict(shop.memory.items)
    pauses: list[int] = []
    outcome = shop.check(name, mend=True, pause=lambda: pauses.append(1))
    assert (outcome.agrees, outcome.mended, pauses) == (True, [], [])
    assert outcome.owners > 0
    assert shop.memory.items == before


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("seed", range(2))
def test_what_is_wrong_is_found_and_mended(shop: Shop, name: str, seed: int) -> None:
    kind, fields = WRONG[name]
    good = shop.said()
    shop.alter(Random(seed).choice(named(shop.of(kind), fields)), **fields)
    planted = dict(shop.memory.items)
    found = shop.check(name)
    assert (len(found.differences), found.moving, found.mended) == (1, [], [])
    assert shop.memory.items == planted
    mended = shop.check(name, mend=True)
    assert (mended.agrees, mended.mended) == (True, found.differences)
    assert shop.said() == good
    again = shop.check(name, mend=True)
    assert (again.agrees, again.mended) == (True, [])
    shop.books()


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in {"names", "stock"}])
def test_what_is_missing_is_made_again(shop: Shop, name: str) -> None:
    kind, _ = WRONG[name]
    good = shop.said()
    item = Random(1).choice(shop.of(kind))
    shop.memory.drop(entity_of(kind).key_of(item))
    (found,) = shop.check(name).differences
    assert [each.found for each in found.wrong.values()] == [None]
    assert shop.check(name, mend=True).agrees
    # Which shard of the directory lists an item follows from its key.
    assert shop.said() == good
    assert shop.check(name).agrees


STRAYS: Mapping[str, Mapping[str, Any]] = {
    "fulfilments": {"order": id_of_number(99)},
    "paths": {"category": id_of_number(99)},
    "cards": {"product": id_of_number(99)},
    "search-products": {"term": "zz", "head": "zz"},
    "search-orders": {"term": "zz"},
    "search-categories": {"category": id_of_number(99)},
}


@pytest.mark.parametrize("name", STRAYS)
def test_what_is_nobodys_is_deleted(shop: Shop, name: str) -> None:
    kind, _ = WRONG[name]
    good = shop.said()
    shop.alter(shop.of(kind)[0], **STRAYS[name])
    assert len(shop.memory.items) == len(good) + 1
    (found,) = shop.check(name).differences
    assert [(each.found, each.expected) for each in found.wrong.values()] == [("there", None)]
    assert shop.check(name, mend=True).agrees
    assert shop.said() == good


@pytest.mark.parametrize("name", BY_NAME)
def test_everything_at_once_is_made_anew(shop: Shop, name: str) -> None:
    good = shop.said()
    kind, fields = WRONG[name]
    for item in named(shop.of(kind), fields):
        shop.alter(item, **fields)
    if name in {"cards", "search-products", "search-orders", "paths"}:
        for kept in BY_NAME[name].kept:
            for item in shop.of(kept):
                shop.memory.drop(entity_of(kept).key_of(item))
    assert shop.check(name, mend=True).agrees
    assert shop.said() == good


def test_cards_are_deleted_with_a_product_that_is_gone(shop: Shop) -> None:
    gone = next(each for each in shop.of(Product) if each.deleted_at is None)
    shop.memory.drop(entity_of(Product).key(tenant=TENANT, id=gone.id))
    shop.memory.drop(entity_of(Stock).key(tenant=TENANT, product=gone.id))
    outcome = shop.check("cards", mend=True)
    assert (outcome.agrees, len(outcome.mended)) == (True, 1)
    left: list[ProductCard | CardSet] = [*shop.of(ProductCard), *shop.of(CardSet)]
    assert gone.id not in {each.product for each in left}
