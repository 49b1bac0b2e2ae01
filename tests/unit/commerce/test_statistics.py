"""Statistics of sellers equal what their items count for, however the stream delivers."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec.structs
import pytest

from local.memory import Memory
from tenantql.commerce import statistics
from tenantql.commerce.model import (
    Fulfilment,
    FulfilmentStatus,
    Line,
    Product,
)
from tenantql.engine.changes import Change
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import Entity, Item, declared
from tenantql.table.errors import Unavailable
from tests.unit.builders import access, route
from tests.unit.commerce.builders import AUDIT, SELLER, id_of_number, product

TODAY = datetime.now(UTC).date()


def part(number: int, back: int = 0, **changed: Any) -> Fulfilment:
    """A seller's part of order number so-and-so, placed so many days ago: 2 pieces of 100."""
    line = Line(product=id_of_number(1), seller=SELLER, title="Pan", price=100, quantity=2)
    day = TODAY - timedelta(days=back)
    values: dict[str, Any] = {
        "seller": SELLER,
        "status": FulfilmentStatus.PENDING,
        "lines": (line,),
        "currency": "EUR",
        **changed,
    }
    return Fulfilment(
        tenant="acme",
        **AUDIT,
        placed_at=f"{day}T09:00:00.000Z",
        placed_day=str(day),
        order=id_of_number(number),
        customer=id_of_number(2),
        number=str(number),
        subtotal=200,
        **values,
    )


class Stream:
    """Changes as the stream tells them, and the table of what is counted."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.changes: list[Change[Any]] = []

    def write(self, before: Item | None, after: Item | None) -> None:
        self.changes.append(Change(before, after, route(), str(len(self.changes))))

    def deliver(self, changes: Sequence[Change[Any]] | None = None) -> None:
        """Like Batch: each seller's changes together."""
        groups: dict[str, list[Change[Any]]] = {}
        for change in self.changes if changes is None else changes:
            seller = statistics.seller_of(change)
            groups.setdefault(seller, []).append(change)
        for group in groups.values():
            drive(statistics.count(group), self._answer)

    def _answer(self, request: Any) -> Any:
        return calls.run(self.memory, request, access())

    @property
    def sums(self) -> Counter[tuple[str, str, str]]:
        """What is counted, by seller, day and name; zeros left out."""
        found: Counter[tuple[str, str, str]] = Counter()
        for raw in self.memory.items.values():
            if raw["type"]["S"] not in {"SellerTotal", "SellerDay"}:
                continue
            entity: Entity[Any] = declared()[raw["type"]["S"]]
            item = entity.decode(raw)
            day = getattr(item, "date", statistics.TOTAL)
            found.update(
                {
                    (item.seller, day, name): value
                    for name, value in entity.attributes(item).items()
                    if isinstance(value, int) and name not in {"version", "expires_at"}
                }
            )
        return Counter({key: number for key, number in found.items() if number})

    def transactions(self) -> list[int]:
        """How many actions each transaction had."""
        return [
            len(call.parameters["TransactItems"])
            for call in self.memory.calls
            if call.operation == "TransactWriteItems"
        ]


def wanted(items: Sequence[Any]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for item in items:
        for (day, name), number in statistics.counted(item).items():
            found[item.seller, day, name] += number
    return found


def test_what_an_order_counts_for() -> None:
    stream, day = Stream(), str(TODAY)
    stream.write(None, part(1))
    stream.deliver()
    assert stream.sums == {
        (SELLER, "", "fulfilments_PENDING"): 1,
        **{
            (SELLER, when, name): number
            for when in ("", day)
            for name, number in {"orders": 1, "pieces": 2, "sales_EUR": 200}.items()
        },
    }
    assert stream.transactions() == [3], "a marker, the total, the day"


def test_what_is_given_back_or_cancelled_is_no_sale() -> None:
    line = part(1).lines[0]
    less = part(1, lines=(msgspec.structs.replace(line, returned=1),))
    gone = part(1, lines=less.lines, status=FulfilmentStatus.CANCELLED)
    stream = Stream()
    for before, after in ((None, part(1)), (part(1), less), (less, gone)):
        stream.write(before, after)
    stream.deliver(stream.changes[:2])
    assert (stream.sums[SELLER, "", "pieces"], stream.sums[SELLER, "", "sales_EUR"]) == (1, 100)
    stream.deliver(stream.changes[2:])
    assert stream.sums == wanted([gone])
    assert stream.sums[SELLER, "", "orders"] == 1


def test_products_that_are_offered_count() -> None:
    pan = product("acme", id_of_number(1))
    off = msgspec.structs.replace(pan, deleted_at="2026-11-21T09:30:00.123Z")
    stream = Stream()
    stream.write(None, pan)
    stream.write(None, product("acme", id_of_number(2)))
    stream.deliver()
    assert stream.sums == {(SELLER, "", "products"): 2}
    stream.write(pan, off)
    stream.write(off, None)
    stream.deliver()
    assert stream.sums == {(SELLER, "", "products"): 1}


def test_what_changes_nothing_is_not_written() -> None:
    stream = Stream()
    stream.write(part(1), msgspec.structs.replace(part(1), number="2"))
    stream.deliver()
    assert stream.memory.calls == []


def test_a_batch_is_few_transactions() -> None:
    stream = Stream()
    for number in range(200):
        stream.write(None, part(number))
    stream.deliver()
    assert stream.transactions() == [98, 98, 10]
    stream = Stream()
    for back in (0, 1, 2, 3, 3, 4):
        stream.write(None, part(back, back))
    stream.deliver()
    assert stream.transactions() == [3 + 1 + 3, 3 + 1 + 2], "a marker each, the total, the days"
    assert stream.sums == wanted([part(back, back) for back in (0, 1, 2, 3, 3, 4)])


def test_a_day_that_is_gone_is_not_counted_any_more() -> None:
    old = part(1, 399)
    stream = Stream()
    stream.write(None, old)
    stream.deliver()
    assert stream.sums[SELLER, "", "orders"] == 1
    assert {day for _, day, _ in stream.sums} == {""}
    assert statistics.expires_at(str(TODAY)) == pytest.approx(
        datetime.combine(TODAY, datetime.min.time(), UTC).timestamp() + 400 * 86400
    )


@pytest.mark.parametrize("seed", range(8))
def test_sums_equal_their_sources_however_the_stream_delivers(seed: int) -> None:
    chance, stream = Random(seed), Stream()
    sellers = [SELLER, id_of_number(31)]
    items: dict[int, Fulfilment | Product | None] = {}
    for _ in range(300):
        number = chance.randrange(60)
        before = items.get(number)
        after = _changed(chance, number, before, chance.choice(sellers))
        stream.write(before, after)
        items[number] = after
    position = 0
    while position < len(stream.changes):
        batch = stream.changes[position : position + chance.randrange(1, 60)]
        fails = chance.random() < 0.5
        try:
            _deliver(stream, batch, chance, fails=fails)
        except Unavailable:
            continue  # and it comes again, with others
        position += chance.choice((len(batch), len(batch), chance.randrange(1, len(batch) + 1)))
    stream.deliver(stream.changes[-40:])
    assert stream.sums == wanted([item for item in items.values() if item is not None])


def _changed(
    chance: Random, number: int, before: Fulfilment | Product | None, seller: str
) -> Fulfilment | Product | None:
    if before is None:
        if number % 4 == 0:
            return product("acme", id_of_number(number), seller=seller)
        return part(
            number, chance.randrange(6), seller=seller, currency=chance.choice(("EUR", "USD"))
        )
    if isinstance(before, Product):
        return None if before.deleted_at else msgspec.structs.replace(before, deleted_at="now")
    line = before.lines[0]
    returned = chance.randrange(line.quantity + 1)
    lines = (msgspec.structs.replace(line, returned=returned),)
    return msgspec.structs.replace(before, status=chance.choice([*FulfilmentStatus]), lines=lines)


def _deliver(stream: Stream, batch: Sequence[Change[Any]], chance: Random, *, fails: bool) -> None:
    """Delivers a batch; a group may have been counted when the function fails."""
    groups: dict[str, list[Change[Any]]] = {}
    for change in batch:
        seller = statistics.seller_of(change)
        groups.setdefault(seller, []).append(change)
    for group in groups.values():
        stream.deliver(group)
        if fails and chance.random() < 0.5:
            raise Unavailable
