"""A shop with everything that follows from it, for what is rebuilt; and ways to make it wrong."""

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

import msgspec.structs

from local.memory import Memory
from tenantql.commerce import cards, catalogue, copies, search
from tenantql.commerce.model import (
    Category,
    CategoryPath,
    CategoryTree,
    Fulfilment,
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
from tenantql.table.entity import Item, Key, entity_of
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


def named(items: Iterable[Any], fields: Mapping[str, Any]) -> list[Any]:
    """Those of which the fields would be wrong; products that were taken off keep what they say."""
    return [
        each
        for each in items
        if any(getattr(each, name) != value for name, value in fields.items())
        if getattr(each, "deleted_at", None) is None
    ]
