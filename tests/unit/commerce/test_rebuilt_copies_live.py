"""Rebuilt copies while the shop is open: what changes meanwhile, or stops, loses nothing."""

from collections.abc import Mapping
from typing import Any

import msgspec.structs
import pytest

from tenantql.accounts.model import orderable
from tenantql.commerce.consumers import consumers
from tenantql.commerce.model import (
    CardSet,
    Category,
    CategoryPath,
    CategoryTree,
    Order,
    Product,
    ProductCard,
    SellerProfile,
    Stock,
)
from tenantql.engine.changes import Change
from tenantql.table.driving import drive
from tenantql.table.encoding import Call
from tenantql.table.entity import Key, declared, entity_of
from tests.unit.commerce.builders import (
    category,
    id_of_number,
)
from tests.unit.commerce.rebuilt_shop import ROUTE, WRONG, Shop, named
from tests.unit.commerce.till import TENANT


@pytest.fixture
def shop() -> Shop:
    return Shop()


SOURCES: Mapping[str, tuple[type[Any], Mapping[str, Any]]] = {
    "fulfilments": (Order, {"points_earned": 1}),
    "paths": (CategoryTree, {"updated_by": "mover"}),
    "names": (SellerProfile, {"name": "Selma"}),
    "stock": (Product, {"title": "New"}),
    "cards": (Product, {"title": "New"}),
    "search-products": (Product, {"title": "New"}),
    "search-orders": (Order, {"number": "NEW"}),
    "search-categories": (Category, {"name": "New", "name_key": orderable("New")}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_change_of_the_source_is_not_overwritten(shop: Shop, name: str) -> None:
    """Between the second look and the write, the source changes; the stream tells of it later."""
    kind, fields = WRONG[name]
    for item in named(shop.of(kind), fields):
        shop.alter(item, **fields)
    happened: list[Key] = []

    def happen(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not happened:
            for item in shop.of(SOURCES[name][0]):
                happened.append(entity_of(SOURCES[name][0]).key_of(item))
                shop.change(item, **SOURCES[name][1])

    shop.check(name, mend=True, happen=happen)
    assert happened
    assert shop.refused, "what was computed from the old source is not written"
    outcome = shop.check(name, mend=True)
    assert outcome.agrees
    changed = [shop.memory.items[key] for key in happened]
    for item in changed:
        now = declared()[item["type"]["S"]].decode(item)
        for field, value in SOURCES[name][1].items():
            assert getattr(now, field) == value


def test_a_sale_while_stock_is_mended_is_not_lost(shop: Shop) -> None:
    """Another writer of the item that is mended: its pieces stay what it made of them."""
    wrong = next(each for each in shop.of(Stock) if each.available > 1)
    shop.alter(wrong, title="Old")
    sold: list[Call] = []

    def happen(call: Call) -> None:
        if call.operation == "TransactWriteItems" and not sold:
            sold.append(call)
            (now,) = (each for each in shop.of(Stock) if each.product == wrong.product)
            shop.change(now, available=now.available - 1, reserved=now.reserved + 1)

    assert shop.check("stock", mend=True, happen=happen).agrees
    assert sold
    (now,) = (each for each in shop.of(Stock) if each.product == wrong.product)
    assert (now.title, now.available, now.reserved) == (
        wrong.title,
        wrong.available - 1,
        wrong.reserved + 1,
    )


def test_what_the_stream_is_about_to_do_is_no_difference(shop: Shop) -> None:
    """A product changes during the walk; its record is handled while the rebuild waits."""
    made = next(each for each in shop.of(Product) if each.deleted_at is None)
    shop.change(made, title="Samovar")
    (now,) = (each for each in shop.of(Product) if each.id == made.id)

    def follow() -> None:
        for consumer in consumers[Product][:3]:
            assert callable(consumer)
            drive(consumer(Change(made, now, ROUTE)), shop.answer)

    for name in ("cards", "search-products"):
        assert len(shop.check(name).differences) == 1
    outcome = shop.check("cards", mend=True, pause=follow)
    assert (outcome.agrees, outcome.mended) == (True, [])
    assert shop.check("search-products").agrees


def test_what_changes_all_the_time_is_told_and_left_alone(shop: Shop) -> None:
    wrong = next(each for each in shop.of(Product) if each.deleted_at is None)
    shop.alter(wrong, category_name="Old")

    def view() -> None:
        (now,) = (each for each in shop.of(Product) if each.id == wrong.id)
        shop.change(now, rating_sum=now.rating_sum + 1)

    outcome = shop.check("names", mend=True, pause=view)
    assert (outcome.agrees, outcome.mended, len(outcome.moving)) == (False, [], 1)
    assert shop.check("names", mend=True).agrees


@pytest.mark.parametrize("at", range(3))
def test_what_was_interrupted_is_finished_the_next_time(shop: Shop, at: int) -> None:
    good = shop.said()
    for kind in (ProductCard, CardSet):
        for item in shop.of(kind):
            shop.memory.drop(entity_of(kind).key_of(item))
    made: list[Call] = []

    def happen(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            made.append(call)
            if len(made) > at:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.check("cards", mend=True, happen=happen)
    assert shop.check("cards", mend=True).agrees
    assert shop.said() == good


def test_a_deletion_is_of_the_item_that_was_read(shop: Shop) -> None:
    """A copy that somebody has made meanwhile of a source that is back stays."""
    stray = shop.of(CategoryPath)[0]
    gone = category(TENANT, id_of_number(99), name="Pans")
    steps = (msgspec.structs.replace(stray.steps[0], id=gone.id, name="Pans"),)
    shop.alter(stray, category=gone.id, steps=steps)

    def happen(call: Call) -> None:
        if call.operation == "TransactWriteItems" and gone not in shop.of(Category):
            (tree,) = shop.of(CategoryTree)
            shop.memory.add(gone)
            parents = tree.parents | {gone.id: "ROOT"}
            shop.change(tree, parents=parents, count=len(parents))

    assert shop.check("paths", mend=True, happen=happen).agrees
    assert gone.id in {each.category for each in shop.of(CategoryPath)}
