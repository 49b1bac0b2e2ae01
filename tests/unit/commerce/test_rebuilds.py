"""Rebuilt sums: what is wrong is found, nothing else, and mended; whatever is written meanwhile."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest

from local.memory import Memory
from tenantql.commerce import payments, refunds, spend, statistics
from tenantql.commerce.model import (
    CustomerAccount,
    CustomerSpend,
    Fulfilment,
    Product,
    Review,
    SellerDay,
    Stock,
)
from tenantql.commerce.rebuilds import rebuilds
from tenantql.commerce.refunds import Repayment
from tenantql.engine.changes import Change
from tenantql.engine.rebuilds import Outcome, Sums, Watcher
from tenantql.table import calls
from tenantql.table.access import Credentials
from tenantql.table.driving import drive
from tenantql.table.encoding import Call
from tenantql.table.entity import Entity, Item, Key, declared, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.transport import OneByOne
from tenantql.tenancy.routing import ShardCount
from tests.unit.builders import access, route
from tests.unit.commerce.builders import AUDIT, SELLER, id_of_number
from tests.unit.commerce.till import TENANT, Till

BY_NAME = {each.name: each for each in rebuilds if isinstance(each, Sums)}
SHARDS = 3
ROUTE = route(shards=SHARDS)


def _key(item: Item) -> Key:
    return entity_of(type(item)).key_of(item)


class Shop(Till):
    """A tenant with orders, some of them paid and refunded, and all that follows from that."""

    def __init__(self) -> None:
        super().__init__(Memory(), Random(7), "Europe/Berlin", SHARDS)
        self.keys = [self.order(number) for number in range(24)]
        for number, key in enumerate(self.keys):
            if number % 4:
                self.pay(key)
            if number % 4 == 3:
                self.refund(key, 100)
        made = self.of(Product)[0]
        for number, rating in enumerate((5, 3, 4)):
            customer = id_of_number(500 + number)
            self.memory.add(
                Review(
                    tenant=TENANT,
                    **AUDIT,
                    product=made.id,
                    customer=customer,
                    rating=rating,
                    author="Bea",
                )
            )
        self.alter(made, rating_sum=12, rating_count=3)
        self.follow()

    def pay(self, key: Key) -> None:
        drive(payments.pay(self.context(), key, None), self.answer)

    def refund(self, key: Key, amount: int) -> None:
        repayment = Repayment(invoice=key, amount=amount)
        drive(refunds.refund(self.context(), repayment, str(self.chance.random())), self.answer)

    def of(self, kind: type[Any]) -> list[Any]:
        """All items of a type."""
        entity: Entity[Any] = entity_of(kind)
        found = [raw for raw in self.memory.items.values() if raw["type"]["S"] == entity.name]
        return [entity.decode(raw) for raw in found]

    def follow(self) -> None:
        """What the stream does."""
        for account in self.of(CustomerAccount):
            for standing in spend.standings(account, SHARDS):
                self.answer(standing)
        items = [*self.of(Product), *self.of(Fulfilment)]
        changes = [Change(None, item, ROUTE, f"{n}") for n, item in enumerate(items)]
        drive(statistics.count(changes), self.answer)

    def alter(self, item: Any, **numbers: int) -> None:
        """Writes wrong numbers, as no code of ours does."""
        raw = self.memory.items[_key(item)]
        changed = {name: {"N": str(number)} for name, number in numbers.items()}
        self.memory.put(raw | changed)

    def check(
        self, name: str, *, mend: bool = False, transport: Any = None, pause: Any = None
    ) -> Outcome:
        watcher = Watcher(pause=pause or (lambda: None))
        over = transport or self.memory
        return drive(
            BY_NAME[name].run(ROUTE, watcher, mend=mend),
            lambda request: calls.run(over, request, access()),
        )

    def snapshot(self) -> Mapping[Key, Any]:
        return dict(self.memory.items)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def numbers(outcome: Outcome) -> dict[str, dict[str, tuple[int, int]]]:
    """What differs: found and expected."""
    return {
        each.owner: {name: (wrong.found, wrong.expected) for name, wrong in each.wrong.items()}
        for each in outcome.differences
    }


@pytest.mark.parametrize("name", BY_NAME)
def test_what_agrees_is_one_pass_and_writes_nothing(shop: Shop, name: str) -> None:
    before = shop.snapshot()
    pauses: list[int] = []
    outcome = shop.check(name, mend=True, pause=lambda: pauses.append(1))
    assert (outcome.agrees, outcome.mended, pauses) == (True, [], [])
    assert outcome.owners > 0 or name == "categories"
    assert shop.snapshot() == before


@pytest.mark.parametrize(
    "name", [name for name in BY_NAME if name not in {"categories", "reserved"}]
)
@pytest.mark.parametrize("seed", range(2))
def test_what_is_wrong_is_found_and_mended(shop: Shop, name: str, seed: int) -> None:
    chance, rebuild = Random(seed), BY_NAME[name]
    item = chance.choice(shop.of(rebuild.kept))
    owner, number, right = chance.choice([*rebuild.said(ROUTE, item)])
    # Of several shards, only the sum is wrong.
    wrong = right + chance.choice((-1, 1, 100))
    if name == "spend":
        wrong = max(wrong, 1)
    shop.alter(item, **{number: wrong})
    found = shop.check(name)
    assert numbers(found) == {owner: {number: found_and_expected(found, wrong - right)}}
    assert found.moving == []
    mended = shop.check(name, mend=True)
    assert (mended.agrees, [each.owner for each in mended.mended]) == (True, [owner])
    assert shop.check(name).agrees
    shop.books()


def found_and_expected(outcome: Outcome, off: int) -> tuple[int, int]:
    """The one number that differs, if it does by so much."""
    ((wrong,),) = [each.wrong.values() for each in outcome.differences]
    assert wrong.found - wrong.expected == off
    return wrong.found, wrong.expected


@pytest.mark.parametrize("name", ["accounts", "spend", "seller-totals", "seller-days"])
def test_what_is_missing_is_made_again(shop: Shop, name: str) -> None:
    before = shop.snapshot()
    key = next(
        _key(item)
        for item in shop.of(BY_NAME[name].kept)
        if any(number for _, _, number in BY_NAME[name].said(ROUTE, item))
    )
    shop.memory.drop(key)
    assert len(shop.check(name).differences) == 1
    assert shop.check(name, mend=True).agrees
    again = shop.memory.items[key]
    entity: Entity[Any] = declared()[again["type"]["S"]]
    assert shop.check(name).agrees
    owner = BY_NAME[name].said(ROUTE, entity.decode(before[key]))
    now = BY_NAME[name].said(ROUTE, entity.decode(again))
    assert {one for one in owner if one[2]} == {one for one in now if one[2]}


def test_revenue_of_no_shard_at_all_is_made_again(shop: Shop) -> None:
    for name in ("revenue-months", "revenue-totals"):
        for item in shop.of(BY_NAME[name].kept):
            shop.memory.drop(_key(item))
        assert shop.check(name, mend=True).agrees
    shop.books().balance("Europe/Berlin")


def test_everything_at_once_balances_again(shop: Shop) -> None:
    for account in shop.of(CustomerAccount):
        shop.alter(account, orders_PAID=7, spend_EUR=1, points=9)
    assert {*numbers(shop.check("accounts"))} == {
        each.customer for each in shop.of(CustomerAccount)
    }
    assert shop.check("accounts", mend=True).agrees
    shop.books().balance("Europe/Berlin")


class Live(OneByOne):
    """A transport that lets something else happen ahead of some calls."""

    def __init__(self, memory: Memory, happen: Callable[[int], None]) -> None:
        self._memory = memory
        self._happen = happen
        self.made = 0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self.made += 1
        self._happen(self.made)
        return self._memory.send(call, credentials)


@pytest.mark.parametrize("name", ["accounts", "revenue-months", "revenue-totals"])
@pytest.mark.parametrize("at", range(1, 14, 3))
def test_a_payment_during_a_rebuild_is_no_difference(shop: Shop, name: str, at: int) -> None:
    def happen(number: int) -> None:
        if number == at:
            shop.pay(shop.keys[0])

    outcome = shop.check(name, mend=True, transport=Live(shop.memory, happen))
    assert (outcome.agrees, outcome.mended) == (True, [])
    assert shop.check(name).agrees
    shop.books().balance("Europe/Berlin")


@pytest.mark.parametrize("name", ["accounts", "revenue-months", "revenue-totals"])
@pytest.mark.parametrize("at", range(1, 50, 9))
def test_a_refund_while_something_is_mended_is_not_lost(shop: Shop, name: str, at: int) -> None:
    (_, key, *_) = shop.keys
    item = shop.of(BY_NAME[name].kept)[0]
    ((_, number, right), *_) = BY_NAME[name].said(ROUTE, item)
    shop.alter(item, **{number: right + 1000})

    def happen(made: int) -> None:
        if made == at:
            shop.refund(key, 50)

    shop.check(name, mend=True, transport=Live(shop.memory, happen))
    assert shop.check(name, mend=True).agrees
    shop.books().balance("Europe/Berlin")


def test_what_is_written_to_all_the_time_is_told_and_left_alone(shop: Shop) -> None:
    item = shop.of(BY_NAME["revenue-totals"].kept)[0]
    shop.alter(item, paid=item.paid + 5)
    paid = [key for number, key in enumerate(shop.keys) if number % 4]

    def happen(made: int) -> None:
        shop.refund(paid[made % len(paid)], 1)

    outcome = shop.check("revenue-totals", mend=True, transport=Live(shop.memory, happen))
    assert not outcome.agrees
    assert item.currency in outcome.moving
    assert outcome.mended == []
    assert list(numbers(shop.check("revenue-totals"))) == [item.currency]


def test_a_directory_that_is_behind_is_no_difference(shop: Shop) -> None:
    """An index lists an item a moment after it was written."""
    late = shop.order(100)
    hidden = {late.sk.rpartition("#")[2]}

    class Behind(OneByOne):
        def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
            answer = shop.memory.send(call, credentials)
            if call.parameters.get("IndexName") != "directory":
                return answer
            items = [
                item
                for item in answer["Items"]
                if not any(id in item["PK"]["S"] + item["SK"]["S"] for id in hidden)
            ]
            return {**answer, "Items": items}

    outcome = shop.check("accounts", mend=True, transport=Behind(), pause=hidden.clear)
    assert (outcome.agrees, outcome.mended) == (True, [])


def test_who_was_faster_is_not_overwritten(shop: Shop) -> None:
    """Between the look at the versions and the write, somebody writes."""
    account = shop.of(CustomerAccount)[0]
    shop.alter(account, points=account.points + 7)
    writes: list[int] = []

    class Faster(OneByOne):
        def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
            if call.operation == "UpdateItem" and not writes:
                writes.append(1)
                raise ConditionFailed((0,))
            return shop.memory.send(call, credentials)

    outcome = shop.check("accounts", mend=True, transport=Faster())
    assert outcome.agrees
    assert len(outcome.mended) == 1
    assert writes == [1], "and it was tried again, after another look"


def test_a_days_sums_expire_as_they_would_have(shop: Shop) -> None:
    day = next(each for each in shop.of(SellerDay) if each.seller == SELLER)
    shop.memory.drop(entity_of(SellerDay).key_of(day))
    assert shop.check("seller-days", mend=True).agrees
    assert day.expires_at in {
        each.expires_at for each in shop.of(SellerDay) if each.date == day.date
    }


def test_a_customer_moves_to_the_shard_of_the_day(shop: Shop) -> None:
    entry = next(each for each in shop.of(CustomerSpend) if each.spend > 0)
    shop.alter(entry, spend=entry.spend + 1)
    assert shop.check("spend", mend=True).agrees
    found = next(
        each
        for each in shop.of(CustomerSpend)
        if (each.customer, each.currency) == (entry.customer, entry.currency)
    )
    assert (found.shard, found.spend) == (entry.shard, entry.spend)
    raw = shop.memory.items[entity_of(CustomerSpend).key_of(found)]
    assert raw["GSI1SK"] == {"S": f"{entry.spend:018d}#{entry.customer}"}
    assert ROUTE.shards["spend"] == ShardCount(read=SHARDS, write=SHARDS)


def test_what_is_reserved_is_what_orders_have_in_the_warehouse(shop: Shop) -> None:
    stock = next(each for each in shop.of(Stock) if each.reserved == 2)
    shop.alter(stock, reserved=4)
    assert numbers(shop.check("reserved")) == {
        stock.product: {"reserved": (4, 2), "more than in warehouses": (2, 0)}
    }
    shop.alter(stock, reserved=1, available=4)
    assert shop.check("reserved", mend=True).agrees
    again = next(each for each in shop.of(Stock) if each.product == stock.product)
    assert (again.reserved, again.available) == (2, 3)
    assert again.updated_by == "rebuild"
    shop.books()


def test_more_orders_than_pieces_are_for_people_to_decide(shop: Shop) -> None:
    stock = next(each for each in shop.of(Stock) if each.reserved == 2)
    shop.alter(stock, reserved=0, available=1)
    short = shop.memory.items[_key(stock)]
    shop.memory.put(short | {"warehouses": {"M": {"berlin": {"N": "1"}}}})
    pauses: list[int] = []
    outcome = shop.check("reserved", mend=True, pause=lambda: pauses.append(1))
    (left,) = outcome.differences
    assert (left.why_left, outcome.mended) == (
        "orders are for more pieces than there are: count the warehouses",
        [],
    )
    assert len(pauses) == 2, "it is tried once"
