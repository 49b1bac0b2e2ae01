"""The table in memory answers as the local cloud does, request by request."""

from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from local.memory import Memory
from tenantql.commerce import (
    carts,
    checkout,
    invoices,
    orders,
    payments,
    refunds,
    revenue,
    stocks,
)
from tenantql.commerce.carts import Addition, Shown
from tenantql.commerce.model import Invoice, OrderStatus
from tenantql.commerce.refunds import Repayment
from tenantql.commerce.search import PRODUCTS
from tenantql.commerce.stocks import Adjustment
from tenantql.engine.changes import Change
from tenantql.engine.connections import Window
from tenantql.engine.context import Context
from tenantql.engine.rebuilds import Watcher
from tenantql.engine.rounds import Rounds
from tenantql.engine.user_errors import UserError
from tenantql.errors import TenantqlError
from tenantql.search import find, keep
from tenantql.search.rebuilding import rebuild
from tenantql.table import calls
from tenantql.table.collections import first_of, last_of
from tenantql.table.driving import drive
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import AnyRequest
from tenantql.tenancy.identity import Role
from tenantql.tenancy.policy import Level
from tests.integration.commerce.shop import Shop
from tests.unit.builders import identity, route
from tests.unit.commerce.builders import CUSTOMER, id_of_number


class Both:
    """Answers requests from the local cloud and from memory, and compares."""

    def __init__(self, shop: Shop) -> None:
        self.access = shop.installation.access(shop.tenant)
        self.cloud = shop.installation.transport
        self.memory = Memory()
        self.made = 0
        self.refused = 0

    def answer(self, request: AnyRequest) -> Any:
        self.made += 1
        found, other = (self._tried(transport, request) for transport in (self.cloud, self.memory))
        assert type(found) is type(other), (request, found, other)
        if not isinstance(found, Exception):
            assert found == other
            return found
        # Nothing else is to go wrong here, in either.
        assert isinstance(found, ConditionFailed)
        assert vars(found) == vars(other)
        self.refused += 1
        raise found

    def _tried(self, transport: Any, request: AnyRequest) -> Any:
        try:
            return calls.run(transport, request, self.access)
        except TenantqlError as error:
            return error


def test_memory_answers_as_the_local_cloud(shop: Shop) -> None:
    both, chance = Both(shop), Random(7)
    made = [shop.stocked(6, price=price, seller=f"seller-{price}") for price in (30, 50)]
    for item in shop.installation.items(shop.tenant):
        both.memory.put(item)

    def context(subject: str) -> Context:
        rounds = Rounds(both.memory, lambda: both.access)
        who = identity(Role.STAFF, tenant=shop.tenant, subject=subject)
        return Context(who, rounds)

    def do(write: Coroutine[AnyRequest, Any, Any]) -> None:
        # What the domain refuses is part of it; what must not go wrong is caught in `answer`.
        with suppress(UserError, Conflict):
            drive(write, both.answer)

    placed: list[Invoice] = []
    for number in range(30):
        product, quantity = chance.choice(made), chance.choice((1, 2, 3))
        someone, key = context(chance.choice((CUSTOMER, id_of_number(1)))), str(number // 2)
        adjustment = Adjustment(warehouse=chance.choice("ab"), by=chance.choice((-2, 1, 9)))
        shown = Shown(product.price, "EUR")
        do(carts.add(someone, Addition(product.id, quantity, shown), chance.choice((None, key))))
        if number % 4 == 0:
            do(carts.change(someone, product.id, quantity + 1, chance.choice((None, shown))))
        if number % 5 == 0:
            do(carts.clear(someone) if number % 2 else carts.remove(someone, product.id))
        do(stocks.adjust(someone, product.id, adjustment, None))
        do(checkout.check_out(someone, key))
        page = drive(first_of(invoices.newest(someone), 3), both.answer)
        placed = list(page.items) or placed
        if placed:
            bill = chance.choice(placed)
            own = entity_of(Invoice).key_of(bill)
            do(payments.pay(someone, own, key))
            do(refunds.refund(someone, Repayment(invoice=own, amount=20), key))
            month = bill.issued_at[:7]
            drive(revenue.of(someone, "EUR", month, month), both.answer)
        for status in (OrderStatus.PLACED, OrderStatus.PAID):
            queries = orders.of_status(someone, status, since="2020")
            found = drive(first_of(queries, 2), both.answer)
            if found.positions:
                drive(last_of(queries, 2, found.positions[-1]), both.answer)
                drive(first_of(queries, 2, found.positions[0]), both.answer)
    kept = [*both.memory.items.values()]
    assert sorted(kept, key=repr) == sorted(shop.installation.items(shop.tenant), key=repr)
    assert (both.made > 300, both.refused > 5) == (True, True)


def test_memory_keeps_an_index_as_the_local_cloud(shop: Shop) -> None:
    """Batches of writes, and the directory: what the stream and a rebuild make of them."""
    both = Both(shop)
    both.access = shop.installation.access(shop.tenant, Level.ADMINISTER)
    made = [shop.stocked(1, title=f"Kettle {number} tea teapot") for number in range(7)]
    for item in shop.installation.items(shop.tenant):
        both.memory.put(item)
    for product in made[:3]:
        drive(keep(PRODUCTS, Change(None, product, route(shop.tenant))), both.answer)
    index, own = rebuild(PRODUCTS), route(shop.tenant)
    outcomes = [drive(index.run(own, Watcher(), mend=True), both.answer) for _ in "ab"]
    missing = [sum(len(each.wrong) for each in outcome.mended) for outcome in outcomes]
    assert missing == [4 * len(PRODUCTS.entries(made[0])), 0]
    who = identity(Role.STAFF, tenant=shop.tenant)
    rounds = Rounds(both.memory, lambda: both.access)
    reader = Context(who, rounds, cursor_keys=[b"k" * 32])
    for text in ("te", "tea", "kettle tea", "5"):
        for window in (Window(first=3), Window(last=2)):
            drive(find(reader, PRODUCTS, text, window), both.answer)
    kept = [*both.memory.items.values()]
    assert sorted(kept, key=repr) == sorted(shop.installation.items(shop.tenant), key=repr)
