"""Rebuilt copies: each is found wrong, missing or nobody's, and is again what the stream makes."""

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

import msgspec.structs
import pytest

from tenantql.accounts.model import orderable
from tenantql.commerce import cards, catalogue, copies, search
from tenantql.commerce.consumers import consumers
from tenantql.commerce.model import (
    CardSet,
    Category,
    CategoryPath,
    CategoryTree,
    Fulfilment,
    Order,
    Product,
    ProductCard,
    SellerProfile,
    Stock,
)
from tenantql.commerce.model.terms import CategoryTerm, OrderTerm, ProductTerm
from tenantql.commerce.rebuilds import rebuilds
from tenantql.engine.changes import Change
from tenantql.engine.rebuilds import Copies, Outcome, Watcher
from tenantql.search import TermIndex, keep
from tenantql.table import calls
from tenantql.table.access import Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.driving import drive
from tenantql.table.encoding import Call
from tenantql.table.entity import Item, Key, declared, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.transport import OneByOne
from tenantql.table.writes import revise
from tests.unit.builders import access, route, user
from tests.unit.commerce.builders import (
    AUDIT,
    SELLER,
    category,
    category_tree,
    id_of_number,
    product,
    stock,
)
from tests.unit.commerce.memory import Memory
from tests.unit.commerce.till import TENANT, Till

BY_NAME = {each.name: each for each in rebuilds if isinstance(each, Copies)}
OTHER_SELLER = "01J00000000000000000000013"
ROUTE = route()
AUDITED = ("created_at", "created_by", "updated_at", "updated_by", "version")


class Shop(Till):
    """A tenant with categories, products and orders, and everything that follows from them."""

    def __init__(self) -> None:
        super().__init__(Memory(), Random(7), "UTC", 1)
        self.refused = list[Call]()
        top = category(TENANT, id_of_number(900), name="Kitchen")
        under = category(TENANT, id_of_number(901), name="Kettles", parent=top.id)
        deep = category(TENANT, id_of_number(902), name="Red kettles", parent=under.id)
        shelves = (top, under, deep)
        self.memory.add(*shelves, category_tree(None, *shelves))
        self.memory.add(SellerProfile(tenant=TENANT, **AUDIT, seller=SELLER, name="Sel"))
        self.memory.add(user(TENANT, id=OTHER_SELLER, display_name="Otto"))
        for number in range(12):
            made = product(
                TENANT,
                id_of_number(700 + number),
                title=f"Kettle {number}",
                category=(top.id, deep.id, None)[number % 3],
                seller=(SELLER, OTHER_SELLER)[number % 2],
                images=(f"{TENANT}/{number}.png",) if number % 4 else (),
                deleted_at=AUDIT["created_at"] if number == 11 else None,
            )
            own = msgspec.structs.replace(
                stock(made, number % 3),
                image=next(iter(made.images), None),
                active=made.deleted_at is None,
            )
            self.memory.add(made, own)
        for number in range(6):
            self.order(number)
        self.follow()

    def of(self, kind: type[Any]) -> list[Any]:
        """All items of a type, in no order that matters."""
        entity = entity_of(kind)
        raw = [each for each in self.memory.items.values() if each["type"]["S"] == entity.name]
        return [entity.decode(each) for each in raw]

    def follow(self) -> None:
        """What the stream makes of everything that is there."""
        for each in self.of(Category):
            drive(catalogue.category_changed(Change(None, each, ROUTE)), self.answer)
        for each in self.of(Product):
            drive(copies.fill(TENANT, each.id), self.answer)
        for each in self.of(Product):
            drive(cards.renew(TENANT, each.id), self.answer)
        indexes: list[TermIndex[Any, Any]] = [search.PRODUCTS, search.ORDERS, search.CATEGORIES]
        for index in indexes:
            for each in self.of(index.source):
                drive(keep(index, Change(None, each, ROUTE)), self.answer)

    def change(self, item: Item, **fields: Any) -> None:
        """Changes an item as the shop does, in a version of its own."""
        self.answer(revise(item, msgspec.structs.replace(item, **fields)))

    def alter(self, item: Item, **fields: Any) -> None:
        """Writes something wrong into an item, as no code of ours does."""
        self.memory.add(msgspec.structs.replace(item, **fields))

    def check(
        self,
        name: str,
        *,
        mend: bool = False,
        happen: Callable[[Call], None] | None = None,
        pause: Callable[[], None] = lambda: None,
    ) -> Outcome:
        over = self.memory if happen is None else _Live(self.memory, happen, self.refused)
        return drive(
            BY_NAME[name].run(ROUTE, Watcher(pause=pause), mend=mend),
            lambda request: calls.run(over, request, access()),
        )

    def said(self) -> Mapping[Key, RawItem]:
        """Everything, without who wrote it when."""
        unsaid = {*AUDITED, "tree_version"}
        return {
            key: {name: value for name, value in item.items() if name not in unsaid}
            for key, item in self.memory.items.items()
        }


class _Live(OneByOne):
    """A transport that lets something else happen ahead of calls."""

    def __init__(self, memory: Memory, happen: Callable[[Call], None], refused: list[Call]) -> None:
        self._memory = memory
        self._happen = happen
        self._refused = refused

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self._happen(call)
        try:
            return self._memory.send(call, credentials)
        except ConditionFailed:
            self._refused.append(call)
            raise


@pytest.fixture
def shop() -> Shop:
    return Shop()


WRONG: Mapping[str, tuple[type[Any], Mapping[str, Any]]] = {
    "fulfilments": (Fulfilment, {"order_paid": True, "tracking": "T1"}),
    "tree": (CategoryTree, {"count": 9, "parents": {id_of_number(901): "ROOT", "X": "ROOT"}}),
    "paths": (CategoryPath, {"steps": ()}),
    "names": (Product, {"category_name": "Old", "seller_name": None}),
    "stock": (Stock, {"price": 1, "title": "Old", "active": False}),
    "cards": (ProductCard, {"price": 1, "title": "Old"}),
    "search-products": (ProductTerm, {"title": "Old", "shared": 7}),
    "search-orders": (OrderTerm, {"number": "Old"}),
    "search-categories": (CategoryTerm, {"name": "Old"}),
}


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
    shop.alter(Random(seed).choice(_named(shop.of(kind), fields)), **fields)
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


def _named(items: Iterable[Any], fields: Mapping[str, Any]) -> list[Any]:
    """Those of which the fields would be wrong; products that were taken off keep what they say."""
    return [
        each
        for each in items
        if any(getattr(each, name) != value for name, value in fields.items())
        if getattr(each, "deleted_at", None) is None
    ]


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
    for item in _named(shop.of(kind), fields):
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
    for item in _named(shop.of(kind), fields):
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
