"""Checkout and payment when things go wrong: races, repetitions, conflicts, sudden death."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tenantql.commerce import products
from tenantql.commerce.model import Stock
from tenantql.table import calls, retries
from tenantql.table.expressions import Change, Set
from tenantql.table.retries import CONFLICT_ATTEMPTS
from tenantql.table.transport import Transport
from tenantql.table.writes import Update
from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.faults import Between, Colliding, Dying, at_once
from tests.integration.commerce.shop import ADD, CHECKOUT, PAY, REFUND, Shop, codes, payload
from tests.integration.installation import Answer, Installation, Instance, id_of, member
from tests.unit.commerce.builders import id_of_number

CALLS = 3
"""Of a checkout: the cart, the stock, the transaction."""

PAYING = 2
"""The invoice, the transaction."""


@pytest.fixture
def several(installation: Installation) -> Callable[[int], list[Instance]]:
    """Makes so many instances of the function."""
    return lambda count: [installation.endpoint() for _ in range(count)]


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What collides with nobody need not wait for anybody."""
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.0)


def outcome(answer: Answer) -> str:
    """OK, the code of the one user error, or that of the one error."""
    if answer.codes:
        (code,) = answer.codes
        return code
    (code,) = codes(payload(answer)) or ["OK"]
    return code


def insistent(instance: Instance, who: Identity, text: str, **fields: Any) -> str:
    """The outcome for a client that tries again after a conflict."""
    found = "CONFLICT"
    for _ in range(8):
        if found == "CONFLICT":
            found = outcome(instance.ask(who, text, i=fields))
    return found


@pytest.mark.parametrize("buyers", [2, 5])
def test_the_last_piece_is_sold_once(
    shop: Shop, several: Callable[[int], list[Instance]], buyers: int
) -> None:
    made = shop.stocked(1)
    people = [member(shop.tenant, Role.CUSTOMER, subject=id_of_number(n)) for n in range(buyers)]
    for person in people:
        shop.fill((made, 1), customer=person.subject)

    def buy(instance: Instance, number: int) -> str:
        return outcome(instance.ask(people[number], CHECKOUT, i={"idempotencyKey": "a"}))

    found = at_once(several(buyers), buy)
    assert found.count("OK") == 1
    assert {*found} <= {"OK", "OUT_OF_STOCK", "CONFLICT"}
    books = shop.books().balance()
    assert [(stock.available, stock.reserved) for stock in books.stocks] == [(0, 1)]
    assert len(books.orders) == 1
    # Who has lost keeps the cart, and hears the same when trying again.
    assert len(books.carts) == buyers - 1
    loser = next(person for person, end in zip(people, found, strict=True) if end != "OK")
    assert codes(shop.check_out(who=loser)) == ["OUT_OF_STOCK"]


def test_many_buyers_share_what_there_is(
    shop: Shop, several: Callable[[int], list[Instance]]
) -> None:
    made = [shop.stocked(4), shop.stocked(5)]
    people = [member(shop.tenant, Role.CUSTOMER, subject=id_of_number(n)) for n in range(6)]
    for person in people:
        shop.fill((made[0], 1), (made[1], 1), customer=person.subject)

    def buy(instance: Instance, number: int) -> str:
        return insistent(instance, people[number], CHECKOUT, idempotencyKey="a")

    assert sorted(at_once(several(6), buy)) == ["OK"] * 4 + ["OUT_OF_STOCK"] * 2
    assert len(shop.books().balance().orders) == 4


def test_a_repetition_at_the_same_time_is_one_order(
    shop: Shop, several: Callable[[int], list[Instance]]
) -> None:
    made = shop.stocked(9)
    shop.fill((made, 3))

    def buy(instance: Instance, _number: int) -> str:
        answer = instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
        assert outcome(answer) == "OK", answer.body
        return payload(answer)["order"]["id"]

    assert len({*at_once(several(5), buy)}) == 1
    books = shop.books().balance()
    assert len(books.orders) == 1
    assert books.stocks[0].available == 6


def test_two_keys_at_the_same_time_do_not_sell_a_cart_twice(
    shop: Shop, several: Callable[[int], list[Instance]]
) -> None:
    made = shop.stocked(9)
    shop.fill((made, 3))

    def buy(instance: Instance, number: int) -> str:
        return outcome(instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": str(number)}))

    found = at_once(several(4), buy)
    assert found.count("OK") == 1
    assert {*found} <= {"OK", "CONFLICT", "CART_EMPTY"}
    assert len(shop.books().balance().orders) == 1


def test_a_cart_that_was_filled_again_is_another_cart(shop: Shop) -> None:
    """Its version is that of the old cart; a checkout that has read the old one must notice."""
    made, more = shop.stocked(9), shop.stocked(9)
    add = partial(shop.change, shop.customer, ADD)
    add(productId=id_of(made))

    def meanwhile() -> None:
        assert shop.check_out("first")["order"]
        add(productId=id_of(more))

    slow = shop.instance_over(lambda transport: Between(transport, CALLS, meanwhile))
    answer = slow.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "second"})
    assert outcome(answer) == "CONFLICT"
    books = shop.books().balance()
    assert [order.lines[0].product for order in books.orders] == [made.id]
    assert [cart.products for cart in books.carts] == [{more.id}]
    assert shop.check_out("second")["order"]["lines"][0]["title"] == more.title


CHANGES: dict[str, tuple[Change, str]] = {
    "dearer": (Set("price", 1001), "PRICE_CHANGED"),
    "cheaper": (Set("price", 999), "PRICE_CHANGED"),
    "in another currency": (Set("currency", "USD"), "PRICE_CHANGED"),
    "not offered": (Set("active", value=False), "GONE"),
    "sold": (Set("available", 1), "OUT_OF_STOCK"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changes_in_the_last_moment_is_noticed(shop: Shop, what: str) -> None:
    made, other = shop.stocked(5), shop.stocked(5)
    shop.fill((made, 2), (other, 1))
    change, code = CHANGES[what]
    before = shop.books().balance()

    def meanwhile() -> None:
        write = Update(Stock, products.stock_key(shop.tenant, made.id), (change,))
        calls.run(shop.installation.transport, write, shop.installation.access(shop.tenant))

    slow = shop.instance_over(lambda transport: Between(transport, CALLS, meanwhile))
    answer = slow.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    (problem,) = payload(answer)["userErrors"]
    assert (problem["code"], problem["field"]) == (code, ["cart", id_of(made)])
    # The condition brings the item as it is: no read is needed to say what is wrong.
    assert answer.operations == ["GetItem", "BatchGetItem", "TransactWriteItems", "GetItem"]
    after = shop.books()
    assert (after.orders, after.invoices, after.carts) == ([], [], before.carts)


def test_two_checkouts_of_a_cart_for_the_last_pieces(shop: Shop) -> None:
    """The second is told that the cart has changed, not that somebody took the pieces."""
    shop.fill((shop.stocked(1), 1))

    def meanwhile() -> None:
        assert shop.check_out("first")["order"]

    slow = shop.instance_over(lambda transport: Between(transport, CALLS, meanwhile))
    answer = slow.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "second"})
    assert outcome(answer) == "CONFLICT"
    assert len(shop.books().balance().orders) == 1


def _again(shop: Shop, found: list[Any]) -> None:
    found.append(shop.check_out("a")["order"])


def test_a_repetition_that_reads_before_the_first_call_ends(shop: Shop) -> None:
    shop.fill((shop.stocked(1), 1))
    first = list[Any]()
    for at in range(1, CALLS + 1):
        meanwhile = partial(_again, shop, first)
        slow = shop.instance_over(lambda inner, at=at, happen=meanwhile: Between(inner, at, happen))
        answer = slow.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
        assert payload(answer)["order"] == first[0]
    assert len(shop.books().balance().orders) == 1


@pytest.mark.usefixtures("no_pause")
def test_a_repetition_that_is_in_the_way_of_its_first_call(shop: Shop) -> None:
    """It meets conflicts until it gives up; meanwhile the first call has ended."""
    shop.fill((shop.stocked(1), 1))
    first = list[Any]()

    def wrap(inner: Transport) -> Transport:
        return Between(
            Colliding(inner, CALLS, CONFLICT_ATTEMPTS), CALLS, partial(_again, shop, first)
        )

    slow = shop.instance_over(wrap)
    answer = slow.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    assert payload(answer)["order"] == first[0]
    assert len(shop.books().balance().orders) == 1


@pytest.mark.parametrize("at", [1, 2])
def test_a_payment_during_its_own_repetition(shop: Shop, at: int) -> None:
    invoice = _order(shop)
    shop.change(shop.staff, PAY, id=invoice)
    fields = {"id": invoice, "amount": 600, "idempotencyKey": "a"}
    first = list[Any]()

    def meanwhile() -> None:
        first.append(shop.change(shop.staff, REFUND, **fields))

    slow = shop.instance_over(lambda transport: Between(transport, at, meanwhile))
    answer = slow.ask(shop.staff, REFUND, i=fields)
    assert payload(answer) == first[0]
    assert shop.books().balance().invoices[0].refunded == 600


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("again", [0, 1, CALLS])
def test_a_checkout_that_dies_is_repeated(shop: Shop, at: int, again: int, after: bool) -> None:
    """The repetition dies at its call number `again` too (0: it does not); then one goes well."""
    made, other = shop.stocked(2), shop.stocked(7, seller="b")
    shop.fill((made, 2), (other, 1))
    for death in (at, again):
        if not death:
            continue
        transport = None
        mortal = shop.instance_over(lambda inner, n=death: Dying(inner, n, after))
        answer = mortal.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
        transport = mortal._transport._transport
        assert isinstance(transport, Dying)
        assert transport.made == death
        assert answer.codes == ["INTERNAL"]
        books = shop.books().balance()
        placed = death == CALLS and after and death == at
        if death == at:
            assert len(books.orders) == placed
            assert len(books.carts) == (not placed)
    first = shop.check_out("a")
    assert codes(first) == []
    assert shop.check_out("a")["order"] == first["order"]
    books = shop.books().balance()
    assert [order.id[-10:] for order in books.orders] == [first["order"]["number"]]
    assert not books.carts
    assert sorted(stock.available for stock in books.stocks) == [0, 6]


@pytest.mark.parametrize("times", [1, CONFLICT_ATTEMPTS - 1, CONFLICT_ATTEMPTS])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.usefixtures("no_pause")
def test_a_conflict_leaves_nothing_half_written(shop: Shop, at: int, times: int) -> None:
    made = shop.stocked(5)
    shop.fill((made, 2))
    busy = shop.instance_over(lambda transport: Colliding(transport, at, times))
    answer = busy.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    # DynamoDB answers a write with a conflict, which is tried again; a read is not.
    placed = at == CALLS and times < CONFLICT_ATTEMPTS
    assert outcome(answer) == ("OK" if placed else "CONFLICT")
    books = shop.books().balance()
    assert (len(books.orders), len(books.carts)) == (placed, not placed)
    assert codes(shop.check_out("a")) == []
    assert len(shop.books().balance().orders) == 1


def _order(shop: Shop, pieces: int = 1) -> str:
    """The global id of the invoice of an order."""
    made = shop.stocked(pieces)
    shop.fill((made, pieces))
    return shop.invoice_of(shop.check_out()["order"])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, PAYING + 1))
@pytest.mark.parametrize("mutation", ["payInvoice", "refundInvoice"])
def test_money_moves_once_whenever_the_function_dies(
    shop: Shop, mutation: str, at: int, after: bool
) -> None:
    invoice = _order(shop)
    text, fields = PAY, {"id": invoice, "idempotencyKey": "a"}
    if mutation == "refundInvoice":
        shop.change(shop.staff, PAY, id=invoice)
        text, fields = REFUND, fields | {"amount": 400}
    mortal = shop.instance_over(lambda transport: Dying(transport, at, after))
    answer = mortal.ask(shop.staff, text, i=fields)
    assert answer.codes == ["INTERNAL"]
    shop.books().balance()
    results = [shop.change(shop.staff, text, **fields) for _ in range(2)]
    assert results[0] == results[1]
    assert codes(results[0]) == []
    (stored,) = shop.books().balance().invoices
    paying = mutation == "payInvoice"
    assert (stored.status, stored.refunded) == (("PAID", 0) if paying else ("PARTLY_REFUNDED", 400))


@pytest.mark.parametrize("times", [1, CONFLICT_ATTEMPTS - 1, CONFLICT_ATTEMPTS])
@pytest.mark.parametrize("at", range(1, PAYING + 1))
@pytest.mark.parametrize("mutation", ["payInvoice", "refundInvoice"])
@pytest.mark.usefixtures("no_pause")
def test_money_stays_where_it_is_after_a_conflict(
    shop: Shop, mutation: str, at: int, times: int
) -> None:
    invoice = _order(shop)
    text, fields = PAY, {"id": invoice}
    if mutation == "refundInvoice":
        shop.change(shop.staff, PAY, id=invoice)
        text, fields = REFUND, fields | {"amount": 400, "idempotencyKey": "a"}
    before = shop.books()
    busy = shop.instance_over(lambda transport: Colliding(transport, at, times))
    answer = busy.ask(shop.staff, text, i=fields)
    done = at == PAYING and times < CONFLICT_ATTEMPTS
    assert outcome(answer) == ("OK" if done else "CONFLICT")
    assert (shop.books().balance() == before) is not done


def test_an_invoice_is_paid_once(shop: Shop, several: Callable[[int], list[Instance]]) -> None:
    invoice = _order(shop)

    def pay(instance: Instance, _number: int) -> str:
        return outcome(instance.ask(shop.staff, PAY, i={"id": invoice}))

    found = at_once(several(5), pay)
    assert found.count("OK") == 1
    assert {*found} <= {"OK", "CONFLICT", "NOT_ALLOWED"}
    assert shop.books().balance().accounts[0].spend == {"EUR": 1000}


def test_no_more_is_given_back_than_was_paid(
    shop: Shop, several: Callable[[int], list[Instance]]
) -> None:
    invoice = _order(shop)
    shop.change(shop.staff, PAY, id=invoice)

    def give(instance: Instance, number: int) -> str:
        key = str(number)
        return insistent(instance, shop.staff, REFUND, id=invoice, amount=300, idempotencyKey=key)

    assert sorted(at_once(several(5), give)) == ["INVALID"] * 2 + ["OK"] * 3
    assert shop.books().balance().invoices[0].refunded == 900


def test_repeated_refunds_at_the_same_time_are_one(
    shop: Shop, several: Callable[[int], list[Instance]]
) -> None:
    invoice = _order(shop)
    shop.change(shop.staff, PAY, id=invoice)
    fields = {"id": invoice, "amount": 1000, "idempotencyKey": "a"}

    def give(instance: Instance, _number: int) -> tuple[str, Answer]:
        answer = instance.ask(shop.staff, REFUND, i=fields)
        return outcome(answer), answer

    found = at_once(several(5), give)
    assert {end for end, _ in found} == {"OK"}
    assert all(payload(answer) == payload(found[0][1]) for _, answer in found)
    assert shop.books().balance().invoices[0].refunded == 1000
