"""The cards of a product are those of what it is now, whatever became of the records before."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import msgspec.structs
import pytest

from local.memory import Memory
from local.memory.units import item_bytes
from tenantql.commerce import cards
from tenantql.commerce.model import CardSet, Product, ProductCard, Stock
from tenantql.commerce.products import DESCRIPTION_BYTES, MAX_PRICE, TITLE_BYTES, problems_in
from tenantql.engine.changes import Change
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import entity_of
from tenantql.table.errors import Conflict
from tenantql.table.expressions import Set
from tenantql.table.requests import AnyRequest, Get, Together
from tenantql.table.writes import Delete, Put, Transact, Update, revise
from tests.unit.builders import access, route
from tests.unit.commerce.builders import id_of_number, product, stock

TENANT = "acme"
ID = id_of_number(1)
KETTLE = product(TENANT, ID, category="C1", images=("acme/1.png",))

type Answer = Callable[[AnyRequest], Any]


def changed(before: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(before, **fields)


class Table:
    """A table with a product and its stock, and what its cards are and should be."""

    def __init__(self, goods: Product = KETTLE, pieces: int = 1) -> None:
        self.memory = Memory()
        self.memory.add(goods, stock(goods, pieces))

    def answer(self, request: AnyRequest) -> Any:
        return calls.run(self.memory, request, access())

    def found(self, item: type[Any], key: Any) -> Any:
        return self.answer(Get(item, key))

    @property
    def goods(self) -> Product | None:
        return self.found(Product, entity_of(Product).key(tenant=TENANT, id=ID))

    @property
    def stock(self) -> Stock | None:
        return self.found(Stock, entity_of(Stock).key(tenant=TENANT, product=ID))

    @property
    def known(self) -> CardSet | None:
        return self.found(CardSet, entity_of(CardSet).key(tenant=TENANT, product=ID))

    @property
    def cards(self) -> dict[str, ProductCard]:
        """Every card in the table, by its partition key."""
        items = [item for item in self.memory.items.values() if item["type"]["S"] == "ProductCard"]
        return {item["PK"]["S"]: entity_of(ProductCard).decode(item) for item in items}

    def change(self, **fields: Any) -> Change[Product]:
        """Changes the product; the record of it."""
        before = self.goods
        assert before is not None
        self.answer(revise(before, changed(before, **fields)))
        return Change(before, self.goods, route())

    def sell(self, pieces: int) -> Change[Stock]:
        """Leaves so many pieces; the record of it."""
        before = self.stock
        assert before is not None
        self.answer(revise(before, changed(before, available=pieces)))
        return Change(before, self.stock, route())

    def remove(self) -> Change[Product]:
        """Deletes product and stock for good; the record of it."""
        before = self.goods
        for item in (before, self.stock):
            assert item is not None
            self.answer(Delete(type(item), entity_of(type(item)).key_of(item)))
        return Change(before, None, route())

    def check(self) -> None:
        """Cards and their set are those of the product as it is."""
        goods, there = self.goods, self.stock
        in_stock = there is not None and there.buyable
        wanted = () if goods is None else cards.cards_of(goods, in_stock=in_stock)
        found = self.cards
        assert len(found) == len(wanted)
        for card in wanted:
            key = entity_of(ProductCard).key_of(card)
            audit = {"updated_at": card.updated_at, "updated_by": card.updated_by}
            assert changed(found[key.pk], **audit) == card
        if goods is not None and self.known is not None:
            assert self.known.cards == {
                key.pk: key.sk for key in map(entity_of(ProductCard).key_of, wanted)
            }


@pytest.mark.parametrize(
    ("category", "pieces", "count"), [("C1", 1, 16), ("C1", 0, 8), (None, 1, 8), (None, 0, 4)]
)
def test_a_product_has_a_card_for_each_list(category: str | None, pieces: int, count: int) -> None:
    table = Table(changed(KETTLE, category=category), pieces)
    drive(cards.renew(TENANT, ID), table.answer)
    assert len(table.cards) == count
    table.check()


STEPS: tuple[Callable[[Table], Change[Any]], ...] = (
    lambda table: table.change(price=5),
    lambda table: table.change(price=5, currency="USD", category="C2"),
    lambda table: table.change(category=None),
    lambda table: table.change(title="Pan", images=()),
    lambda table: table.change(rating_sum=9, rating_count=2),
    lambda table: table.change(category_name="Kitchen", seller_name="Ada"),
    lambda table: table.sell(0),
    lambda table: table.change(deleted_at="2026-11-22T00:00:00.000Z"),
    lambda table: table.remove(),
)


def test_nothing_is_left_of_a_product_that_was_taken_off() -> None:
    table = Table()
    drive(cards.renew(TENANT, ID), table.answer)
    drive(told(table.change(deleted_at="2026-11-22T00:00:00.000Z")), table.answer)
    assert table.cards == {}
    drive(told(table.remove()), table.answer)
    assert table.memory.items == {}


def told(change: Change[Any]) -> Any:
    """What the consumer of a record does."""
    of_product = isinstance(change.after or change.before, Product)
    return cards.product_changed(change) if of_product else cards.stock_changed(change)


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_cards_follow_a_change_and_a_repetition_changes_nothing(step: int) -> None:
    table = Table()
    drive(cards.renew(TENANT, ID), table.answer)
    record = STEPS[step](table)
    before = len(table.memory.calls)
    drive(told(record), table.answer)
    made = table.memory.calls[before:]
    table.check()
    assert [call.operation for call in made] == [*["GetItem"] * 3, "TransactWriteItems"]
    actions = made[-1].parameters["TransactItems"]
    assert sum("Delete" in action for action in actions) <= 16 + 1
    assert sum("Put" in action for action in actions) <= 16
    assert len(actions) <= 33
    before, items = len(table.memory.calls), dict(table.memory.items)
    drive(told(record), table.answer)
    assert table.memory.items == items
    assert [call.operation for call in table.memory.calls[before:]] == ["GetItem"] * 3


def test_records_may_come_in_any_order() -> None:
    for first, second in combinations(STEPS[:-1], 2):
        table = Table()
        drive(cards.renew(TENANT, ID), table.answer)
        records = [first(table), second(table)]
        for record in reversed(records):
            drive(told(record), table.answer)
        table.check()


def test_what_cards_do_not_show_costs_nothing() -> None:
    table = Table()
    drive(cards.renew(TENANT, ID), table.answer)
    before = len(table.memory.calls)
    # A review more: 4 stars on average before and after.
    table.change(rating_sum=4, rating_count=1)
    record = table.change(rating_sum=8, rating_count=2, description="Boils water.")
    drive(told(record), lambda request: pytest.fail(f"{request} was asked for"))
    table.sell(7)
    drive(told(table.sell(3)), lambda request: pytest.fail(f"{request} was asked for"))
    assert len(table.memory.calls) > before


class Turn:
    """A consumer that goes on by one request at a time."""

    def __init__(self, table: Table) -> None:
        self._work: Any = cards.renew(TENANT, ID)
        self._table = table
        self._answer: Any = None
        self.ended = False

    def go_on(self) -> None:
        if self.ended:
            return
        try:
            error = isinstance(self._answer, Exception)
            request = (self._work.throw if error else self._work.send)(self._answer)
        except StopIteration:
            self.ended = True
            return
        try:
            self._answer = self._answered(request)
        except Exception as error:  # noqa: BLE001 - the consumer may know what to do with it
            self._answer = error

    def _answered(self, request: Any) -> Any:
        if isinstance(request, Together):
            return tuple(self._table.answer(one) for one in request.requests)
        return self._table.answer(request)


def schedules(length: int, turns: int) -> Iterator[list[bool]]:
    """Every way to let one of two take so many of the turns."""
    for chosen in combinations(range(length), turns):
        yield [number in chosen for number in range(length)]


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("known", [True, False])
def test_however_two_consumers_interleave_the_newest_state_wins(known: bool, step: int) -> None:
    """One has begun before a change, the other is told of it."""
    for start in range(4):
        for order in schedules(6, 3):
            table = Table()
            if known:
                drive(cards.renew(TENANT, ID), table.answer)
                table.change(price=7)
            late = Turn(table)
            for _ in range(start):
                late.go_on()
            STEPS[step](table)
            fresh = Turn(table)
            for mine in order:
                (late if mine else fresh).go_on()
            while not (late.ended and fresh.ended):
                late.go_on()
                fresh.go_on()
            table.check()


def test_a_consumer_that_is_always_too_late_fails_so_that_its_record_comes_again() -> None:
    table = Table()
    drive(cards.renew(TENANT, ID), table.answer)
    table.change(price=5)

    def answer(request: AnyRequest) -> Any:
        if isinstance(request, Transact):
            key = entity_of(CardSet).key(tenant=TENANT, product=ID)
            table.answer(Update(CardSet, key, (Set("digest", "another"),)))
        return table.answer(request)

    with pytest.raises(Conflict):
        drive(cards.renew(TENANT, ID), answer)


@pytest.mark.parametrize(
    ("stars", "tenths"),
    [((0, 0), None), ((5, 1), 50), ((9, 2), 45), ((13, 3), 43), ((14, 3), 47), ((85, 20), 43)],
)
def test_an_average_is_rounded_to_a_tenth(stars: tuple[int, int], tenths: int | None) -> None:
    assert cards.average(*stars) == tenths


def test_puts_are_of_cards_alone() -> None:
    table = Table()
    made: list[AnyRequest] = []

    def answer(request: AnyRequest) -> Any:
        made.append(request)
        return table.answer(request)

    drive(cards.renew(TENANT, ID), answer)
    (transaction,) = [one for one in made if isinstance(one, Transact)]
    puts = [one.value for one in transaction.actions if isinstance(one, Put)]
    assert {type(value) for value in puts} == {ProductCard}
    assert len(transaction.actions) == 16 + 2


def test_the_largest_card_is_as_small_as_the_model_says() -> None:
    """In characters of four bytes each, as many as every limit lets in."""
    tenant, face = "t" * 32, "\N{GRINNING FACE}"
    title, category, seller = (face * (most // 4) for most in (TITLE_BYTES, 80, 200))
    assert problems_in({"title": title}) == []
    assert problems_in({"title": title + "x"}) != []
    assert problems_in({"description": face * (DESCRIPTION_BYTES // 4)}) == []
    assert problems_in({"description": face * (DESCRIPTION_BYTES // 4) + "x"}) != []
    goods = product(
        tenant,
        ID,
        title=title,
        category=ID,
        category_name=category,
        seller_name=seller,
        price=MAX_PRICE,
        images=(f"{tenant}/{ID}.avif",),
        rating_sum=50,
        rating_count=10,
    )
    memory = Memory()
    memory.add(*cards.cards_of(goods, in_stock=True))
    sizes = [item_bytes(item) for item in memory.items.values()]
    assert len(sizes) == 16
    assert 1_200 < max(sizes) <= 1_300
