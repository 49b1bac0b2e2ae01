"""Orders keep their books, whatever many people do with them at once while calls fail."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import pytest

from tenantql.commerce import cancellation, checkout, fulfilments, payments, refunds
from tenantql.commerce.checkout import Terms
from tenantql.commerce.fulfilments import BEFORE, Step
from tenantql.commerce.model import FulfilmentStatus, Invoice, Order, Product
from tenantql.commerce.refunds import Repayment
from tenantql.commerce.returns import Goods
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds
from tenantql.table.entity import Key, entity_of
from tenantql.tenancy.identity import Role
from tests.unit.builders import access, identity
from tests.unit.commerce.books import Books
from tests.unit.commerce.builders import cart, id_of_number, product, stock
from tests.unit.commerce.memory import Memory
from tests.unit.commerce.money import Client, Crowd, Failing

TENANT = "acme"
CUSTOMERS = [id_of_number(number) for number in range(6)]
PRICE = 1000
WAVES = 14


@dataclass
class Market:
    """A tenant in memory, and what its people try to do next."""

    chance: Random
    memory: Memory = field(default_factory=Memory)
    products: list[Product] = field(default_factory=list[Product])
    tried: int = 0

    def __post_init__(self) -> None:
        for number in range(5):
            made = product(TENANT, id_of_number(100 + number), seller=f"seller-{number % 3}")
            self.products.append(made)
            self.memory.add(made, stock(made, 40))

    @property
    def books(self) -> Books:
        return Books.of(self.memory.items.values())

    def context(self, subject: str, role: Role) -> Context:
        who = identity(role, tenant=TENANT, subject=subject)
        return Context(who, Rounds(self.memory, access))

    def client(self, write: Any, *arguments: Any, who: Context | None = None) -> Client:
        """Somebody who does this once, and tries again with the same key."""
        self.tried += 1
        context = who or self.context("clerk", Role.STAFF)
        one = partial(write, context, *arguments, str(self.tried))
        return Client(one, insistent=self.chance.random() < 0.8)

    def buyers(self) -> Iterator[Client]:
        """Customers with a cart each, who check out: some of them twice at once."""
        points = {account.customer: account.points for account in self.books.accounts}
        for customer in CUSTOMERS:
            chosen = self.chance.sample(self.products, self.chance.choice((1, 2, 4)))
            quantities = {each.id: self.chance.choice((1, 1, 3)) for each in chosen}
            self.memory.add(cart(TENANT, quantities, customer))
            there = points.get(customer, 0)
            redeemed = self.chance.choice((0, 0, there, there // 2, there + 1))
            for _ in range(self.chance.choice((1, 2))):
                yield self._buyer(customer, redeemed)

    def _buyer(self, customer: str, points: int) -> Client:
        self.tried += 1
        context, key = self.context(customer, Role.CUSTOMER), str(self.tried)
        write = partial(checkout.check_out, context, key, Terms(points=points))
        return Client(write, insistent=self.chance.random() < 0.8)

    def doings(self, order: Order) -> Iterator[Client]:
        """What a few people want of an order, whether or not it is for this moment."""
        own = entity_of(Order).key_of(order)
        invoice = self._invoice_key(order)
        for _ in range(2):
            match self.chance.randrange(12):
                case 0 | 1 | 2 | 3:
                    yield self.client(payments.pay, invoice)
                case 4 | 5 | 6 | 7:
                    seller = self.chance.choice(sorted(order.sellers))
                    yield self.client(fulfilments.advance, self._step(order, seller))
                case 8:
                    yield self.client(cancellation.cancel, own)
                case 9:
                    who = self.context(order.customer, Role.CUSTOMER)
                    yield self.client(cancellation.cancel, own, who=who)
                case 10:
                    amount = self.chance.choice((1, 150, PRICE, order.total))
                    repayment = Repayment(invoice=invoice, amount=amount)
                    yield self.client(refunds.refund, repayment)
                case _:
                    yield self.client(refunds.refund, self._return(order, invoice))

    def _step(self, order: Order, seller: str) -> Step:
        """The next step of a part of an order, now and then another."""
        now = order.fulfilments[seller].status
        following = [after for after, before in BEFORE.items() if before is now]
        status = self.chance.choice(following * 8 + [*FulfilmentStatus])
        shipped = status is FulfilmentStatus.SHIPPED
        place = "berlin" if shipped and self.chance.random() < 0.9 else None
        key = fulfilments.key_of(order, seller)
        return Step(fulfilment=key, status=status, warehouse=place)

    def _return(self, order: Order, invoice: Key) -> Repayment:
        line = self.chance.choice(order.lines)
        shipped = order.fulfilments[line.seller].status in {"SHIPPED", "DELIVERED"}
        goods = Goods(product=line.product, quantity=1, warehouse="paris" if shipped else None)
        return Repayment(invoice=invoice, amount=100, goods=(goods,))

    @staticmethod
    def _invoice_key(order: Order) -> Key:
        return entity_of(Invoice).key(
            tenant=TENANT, shard=order.invoice_shard, issued_at=order.placed_at, id=order.id
        )


@pytest.mark.pattern("O1", "O4", "O5", "I3", "U12")
@pytest.mark.parametrize("seed", range(3))
def test_many_people_and_failing_calls_leave_the_books_right(seed: int) -> None:
    chance = Random(seed)
    market = Market(chance)
    failing = Failing(market.memory, chance, share=0.2)
    outcomes: Counter[str] = Counter()
    for _ in range(WAVES):
        clients = [*market.buyers()]
        for order in market.books.orders:
            if order.status.is_open or chance.random() < 0.2:
                clients += market.doings(order)
        chance.shuffle(clients)
        Crowd(failing, access(), chance).run(clients)
        outcomes.update(client.outcome for client in clients)
        # Stock, points, money, counts, statuses, index keys: nothing is half written.
        market.books.balance()
    statuses = {order.status for order in market.books.orders}
    assert len(statuses) >= 5, statuses
    assert "CANCELLED" in statuses
    assert any(order.points_redeemed for order in market.books.orders)
    assert min(outcomes[each] for each in ("done", "refused", "unknown")) > 20, outcomes
    assert failing.failures > 100


@pytest.mark.parametrize("seed", range(3))
def test_a_repetition_gives_the_first_result(seed: int) -> None:
    """Also when others have changed the order meanwhile: then as it is, and nothing twice."""
    chance = Random(seed)
    market = Market(chance)
    crowd = Crowd(market.memory, access(), chance)
    crowd.run([*market.buyers()])
    repeated: list[Client] = []
    for _ in range(8):
        clients = [each for order in market.books.orders for each in market.doings(order)]
        crowd.run(clients)
        repeated += [client for client in clients if client.outcome == "done"]
        before = market.memory.items.copy()
        for client in repeated:
            client.outcome = "unknown"
        crowd.run(repeated)
        assert {client.outcome for client in repeated} <= {"done"}
        assert market.memory.items == before
    assert len(repeated) > 10
