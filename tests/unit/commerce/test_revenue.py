"""Revenue equals the sum over the invoices, whatever happens while they are paid and refunded."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

import pytest

from local.memory import Memory
from tenantql.commerce import payments, refunds, revenue
from tenantql.commerce.model import Invoice
from tenantql.commerce.refunds import Repayment
from tenantql.commerce.revenue import Money
from tenantql.engine.user_errors import UserError
from tenantql.table import calls
from tenantql.table.access import Credentials
from tenantql.table.driving import drive
from tenantql.table.encoding import Call
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import Conflict
from tenantql.table.sending import Surroundings
from tenantql.table.transport import OneByOne
from tests.unit.builders import access
from tests.unit.commerce.money import Client, Crowd, Failing
from tests.unit.commerce.till import Till


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Till]:
    """Makes a till; which shard a payment takes is repeatable too."""
    chance = Random(2026)
    monkeypatch.setattr(revenue.secrets, "token_hex", lambda: f"{chance.getrandbits(64):x}")

    def make(time_zone: str = "UTC", shards: int = 1) -> Till:
        return Till(Memory(), chance, time_zone, shards)

    return make


@pytest.mark.parametrize(
    ("time_zone", "shards"), [("America/Los_Angeles", 3), ("Pacific/Auckland", 1)]
)
def test_no_money_is_lost_or_doubled(
    till: Callable[..., Till], time_zone: str, shards: int
) -> None:
    shop = till(time_zone, shards)
    chance = shop.chance
    keys = [shop.order(number) if number % 8 else shop.bill(number) for number in range(200)]
    shop.books().balance(time_zone)
    payers: dict[Key, list[Client]] = {}
    givers: dict[int, tuple[Key, Client]] = {}
    clients: list[Client] = []
    amounts = iter(range(1, 10_000))
    for number, key in enumerate(keys):
        payers[key] = [
            Client(partial(_pay, shop, key, f"p{number}-{payer}"), insistent=chance.random() < 0.8)
            for payer in range(2)
        ]
        clients += payers[key]
        for _ in range(4):
            # Each amount is of one refund, so that the invoice tells which of them were made.
            amount = next(amounts)
            write = partial(_refund, shop, key, amount, f"r{amount}")
            givers[amount] = (key, Client(write, insistent=chance.random() < 0.8))
    refunds = [client for _, client in givers.values()]
    chance.shuffle(refunds)
    failing = Failing(shop.memory, chance, share=0.15)
    crowd = Crowd(failing, access(), chance)
    # Refunds begin when a part of the invoices is paid.
    half = len(clients) // 2
    crowd.run(clients[:half])
    rest = clients[half:] + refunds
    chance.shuffle(rest)
    crowd.run(rest)

    books = shop.books().balance(time_zone)
    by_key = {entity_of(Invoice).key_of(each): each for each in books.invoices}
    for key, own in payers.items():
        done = sum(client.outcome == "done" for client in own)
        assert done <= 1, "an invoice is paid once"
        if done:
            assert by_key[key].booked_day is not None
    for amount, (key, client) in givers.items():
        made = [each for each in by_key[key].refunds if each.amount == amount]
        expected = {"done": {1}, "refused": {0}, "unknown": {0, 1}}[client.outcome]
        assert len(made) in expected, (client.outcome, made)
    outcomes = Counter(client.outcome for client in clients + refunds)
    assert min(outcomes[each] for each in ("done", "refused", "unknown")) > 20, outcomes
    assert failing.failures > 200
    assert len({each.booked_day for each in books.invoices}) > 30
    used = {each.shard for each in books.items["RevenueTotal"]}
    assert len(used) == shards

    first, *_, last = sorted(each.booked_day[:7] for each in books.invoices if each.booked_day)
    found = drive(revenue.of(shop.context(), "EUR", first, last), shop.answer)
    paid = [each for each in books.invoices if each.booked_day and each.currency == "EUR"]
    total = Money(sum(each.total for each in paid), sum(each.refunded for each in paid))
    assert found.total == total
    assert sum(found.months.values(), Money()) == sum(found.days.values(), Money()) == total
    assert list(found.days) == sorted(found.days)


def _pay(shop: Till, key: Key, once: str) -> Any:
    return payments.pay(shop.context(), key, once)


def _refund(shop: Till, key: Key, amount: int, once: str) -> Any:
    return refunds.refund(shop.context(), Repayment(invoice=key, amount=amount), once)


@pytest.mark.parametrize(
    ("moment", "time_zone", "day"),
    [
        ("2026-11-21T23:59:59.999+00:00", "UTC", "2026-11-21"),
        ("2026-11-22T00:00:00.000+00:00", "UTC", "2026-11-22"),
        ("2026-11-21T22:59:59.999+00:00", "Europe/Berlin", "2026-11-21"),
        ("2026-11-21T23:00:00.000+00:00", "Europe/Berlin", "2026-11-22"),
        ("2026-06-21T22:00:00.000+00:00", "Europe/Berlin", "2026-06-22"),
        ("2026-12-01T07:59:59.999+00:00", "America/Los_Angeles", "2026-11-30"),
        ("2026-12-31T11:00:00.000+00:00", "Pacific/Auckland", "2027-01-01"),
        # The hour that comes twice, and the one that never comes.
        ("2026-11-01T08:30:00.000+00:00", "America/Los_Angeles", "2026-11-01"),
        ("2026-03-29T01:30:00.000+00:00", "Europe/Berlin", "2026-03-29"),
        ("2026-11-22T05:44:59.000+05:45", "UTC", "2026-11-21"),
    ],
)
def test_a_day_is_the_tenants(moment: str, time_zone: str, day: str) -> None:
    assert revenue.day_of(datetime.fromisoformat(moment), time_zone) == day


def test_a_refund_is_booked_on_the_day_of_the_payment(till: Callable[..., Till]) -> None:
    shop = till("Europe/Berlin")
    key = shop.bill(1)
    paid = drive(payments.pay(shop.context(), key, None), shop.answer)
    for number in range(5):
        drive(_refund(shop, key, 10, str(number)), shop.answer)
    books = shop.books().balance("Europe/Berlin")
    (month,) = books.items["RevenueMonth"]
    day = str(paid.booked_day)
    assert month.month == day[:7]
    assert month.days == {f"{day[8:]}_paid": 1250, f"{day[8:]}_refunded": 50}


def test_a_change_of_the_time_zone_leaves_booked_days(till: Callable[..., Till]) -> None:
    shop = till("Pacific/Auckland")
    key = shop.bill(1)
    drive(payments.pay(shop.context(), key, None), shop.answer)
    shop.time_zone = "America/Los_Angeles"
    drive(_refund(shop, key, 1250, "a"), shop.answer)
    (month,) = shop.books().balance("Pacific/Auckland").items["RevenueMonth"]
    assert (month.paid, month.refunded) == (1250, 1250)


def test_a_shard_that_readers_do_not_know_yet_gets_nothing(till: Callable[..., Till]) -> None:
    """While the shards grow, some instances read more of them than others know of."""
    shop = till(shards=8)
    for number in range(40):
        context = shop.context(write=2)
        drive(payments.pay(context, shop.bill(number), None), shop.answer)
    totals = shop.books().balance().items["RevenueTotal"]
    assert {each.shard for each in totals} == {"00", "01"}
    month = shop.context().timestamp[:7]
    read = drive(revenue.of(shop.context(), "EUR", month, month), shop.answer)
    assert read.total == Money(paid=40 * 1250)


def test_every_page_is_read(till: Callable[..., Till], monkeypatch: pytest.MonkeyPatch) -> None:
    shop = till(shards=2)
    for number in range(30):
        drive(payments.pay(shop.context(), shop.bill(number), None), shop.answer)
    days = [str(each.booked_day) for each in shop.books().invoices]
    ends = min(days)[:7], max(days)[:7]
    assert ends[0] < ends[1]
    whole = drive(revenue.of(shop.context(), "EUR", *ends), shop.answer)
    monkeypatch.setattr(revenue, "PAGE", 1)
    assert drive(revenue.of(shop.context(), "EUR", *ends), shop.answer) == whole
    assert whole.total == Money(paid=30 * 1250)


def test_a_hundred_refunds_are_the_most(till: Callable[..., Till]) -> None:
    shop = till()
    key = shop.bill(1)
    drive(payments.pay(shop.context(), key, None), shop.answer)
    for number in range(refunds.MAX_REFUNDS):
        drive(_refund(shop, key, 1, str(number)), shop.answer)
    with pytest.raises(UserError):
        drive(_refund(shop, key, 1, "one more"), shop.answer)
    assert shop.books().balance().invoices[0].refunded == 100


class Busy(OneByOne):
    """A table on which the revenue of one shard is always being written to."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.met = 0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        if "REVENUE#00" in repr(call.parameters.get("TransactItems")):
            self.met += 1
            raise Conflict("another write was in the way; try again")
        return self._memory.send(call, credentials)


def test_each_attempt_books_on_a_shard_of_its_own_choice(till: Callable[..., Till]) -> None:
    shop = till(shards=8)
    busy, around = Busy(shop.memory), Surroundings(sleep=lambda _seconds: None)

    def answer(request: Any) -> Any:
        return calls.run(busy, request, access(), around)

    for number in range(40):
        key = shop.bill(number)
        drive(_pay(shop, key, f"p{number}"), answer)
        drive(_refund(shop, key, 10, f"r{number}"), answer)
    assert busy.met > 5
    assert "00" not in {each.shard for each in shop.books().balance().items["RevenueTotal"]}
