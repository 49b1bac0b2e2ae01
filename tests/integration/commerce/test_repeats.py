"""A write that is repeated with its idempotency key happens once, and answers as it did."""

from typing import Any

import pytest

from tenantql.tenancy.identity import Role
from tests.integration.commerce.shop import (
    ADJUST,
    CHECKOUT,
    PAY,
    PRODUCT,
    REFUND,
    Shop,
    codes,
    payload,
)
from tests.integration.installation import Installation, Instance, id_of, member
from tests.unit.builders import invoice
from tests.unit.commerce.builders import id_of_number

PAN: dict[str, Any] = {"title": "Pan", "price": {"amount": 5, "currency": "EUR"}}


def _bills(shop: Shop, count: int = 2, **changed: Any) -> list[str]:
    """The global ids of new invoices of 1250."""
    made = [invoice(shop.tenant, id=id_of_number(number), **changed) for number in range(count)]
    shop.installation.write(*made)
    return [id_of(each) for each in made]


def test_a_product_is_created_once(shop: Shop) -> None:
    first = shop.change(shop.seller, PRODUCT, **PAN, idempotencyKey="a")
    other = shop.installation.endpoint()
    again = other.ask(shop.seller, PRODUCT, i=PAN | {"idempotencyKey": "a"})
    assert payload(again) == first
    assert again.operations == ["TransactWriteItems", "GetItem"]
    assert len(shop.books().balance().stocks) == 1

    for changed in (
        {"title": "Pot"},
        {"description": "x"},
        {"price": {"amount": 6, "currency": "EUR"}},
        {"price": {"amount": 5, "currency": "USD"}},
    ):
        refused = shop.change(shop.seller, PRODUCT, **PAN | changed, idempotencyKey="a")
        assert (refused["product"], codes(refused)) == (None, ["KEY_REUSED"])
    assert refused["userErrors"][0]["field"] == ["idempotencyKey"]
    assert len(shop.books().stocks) == 1

    another = member(shop.tenant, Role.SELLER, subject=id_of_number(1))
    theirs = shop.change(another, PRODUCT, **PAN, idempotencyKey="a")["product"]
    assert theirs["id"] != first["product"]["id"]
    for key in ("b", None):
        shop.change(shop.seller, PRODUCT, **PAN, idempotencyKey=key)
    assert len(shop.books().balance().stocks) == 4


def test_an_invoice_is_paid_once(shop: Shop) -> None:
    bill, other = _bills(shop)
    first = shop.change(shop.staff, PAY, id=bill, idempotencyKey="a")
    again = shop.instance.ask(shop.staff, PAY, i={"id": bill, "idempotencyKey": "a"})
    assert payload(again) == first
    # What is in the way of a repetition is the first call: one read more tells.
    assert again.operations == ["GetItem", "GetItem", "GetItem"]
    assert codes(shop.change(shop.staff, PAY, id=other, idempotencyKey="a")) == ["KEY_REUSED"]
    for who, key in (
        (shop.staff, "b"),
        (shop.staff, None),
        (member(shop.tenant, Role.ADMIN, subject="someone"), "a"),
    ):
        refused = shop.change(who, PAY, id=bill, idempotencyKey=key)
        assert (refused["invoice"], codes(refused)) == (None, ["NOT_ALLOWED"])
    someone = member(shop.tenant, Role.ADMIN, subject="someone")
    assert codes(shop.change(someone, PAY, id=other, idempotencyKey="a")) == []
    accounts = shop.books().balance().accounts
    assert [account.spend for account in accounts] == [{"EUR": 2500}]


def test_money_is_given_back_once(shop: Shop) -> None:
    bill, other = _bills(shop)
    for each in (bill, other):
        shop.change(shop.staff, PAY, id=each)
    first = shop.change(shop.staff, REFUND, id=bill, amount=100, idempotencyKey="a")
    again = shop.instance.ask(
        shop.staff, REFUND, i={"id": bill, "amount": 100, "idempotencyKey": "a"}
    )
    assert payload(again) == first
    assert again.operations == ["GetItem", "TransactWriteItems", "GetItem"]
    for fields in ({"id": bill, "amount": 101}, {"id": other, "amount": 100}):
        refused = shop.change(shop.staff, REFUND, **fields, idempotencyKey="a")
        assert (refused["invoice"], codes(refused)) == (None, ["KEY_REUSED"])
    # The key is another one for another user, and for another operation.
    someone = member(shop.tenant, Role.ADMIN, subject="someone")
    assert codes(shop.change(someone, REFUND, id=bill, amount=100, idempotencyKey="a")) == []
    assert codes(shop.change(shop.staff, REFUND, id=bill, amount=1050, idempotencyKey="b")) == []
    # All is given back; yet the repetitions know what they did.
    for amount, key in ((100, "a"), (1050, "b")):
        found = shop.change(shop.staff, REFUND, id=bill, amount=amount, idempotencyKey=key)
        assert found["invoice"] == {"status": "REFUNDED", "refunded": {"amount": 1250}}
    assert codes(shop.change(shop.staff, REFUND, id=bill, amount=1, idempotencyKey="z")) == [
        "NOT_ALLOWED"
    ]
    books = shop.books().balance()
    assert sorted(each.refunded for each in books.invoices) == [0, 1250]


@pytest.mark.parametrize("amount", [0, -1, 1251, 2**53 - 1])
def test_only_what_was_paid_is_given_back(shop: Shop, amount: int) -> None:
    (bill,) = _bills(shop, 1)
    shop.change(shop.staff, PAY, id=bill)
    refused = shop.change(shop.staff, REFUND, id=bill, amount=amount, idempotencyKey="a")
    assert (codes(refused), refused["userErrors"][0]["field"]) == (["INVALID"], ["amount"])
    assert shop.books().balance().invoices[0].refunded == 0


@pytest.mark.parametrize("status", ["OPEN", "VOID"])
def test_only_a_paid_invoice_is_refunded(shop: Shop, status: str) -> None:
    (bill,) = _bills(shop, 1, status=status)
    assert codes(shop.change(shop.staff, REFUND, id=bill, amount=1, idempotencyKey="z")) == [
        "NOT_ALLOWED"
    ]
    paid = shop.change(shop.staff, PAY, id=bill)
    assert codes(paid) == ([] if status == "OPEN" else ["NOT_ALLOWED"])


def test_an_invoice_that_is_not_there_is_not_found(shop: Shop) -> None:
    bill = id_of(invoice(shop.tenant))
    for text, fields in ((PAY, {}), (REFUND, {"amount": 1})):
        for key in ("b", "a"):
            answer = shop.instance.ask(
                shop.staff, text, i={"id": bill, "idempotencyKey": key, **fields}
            )
            assert (answer.codes, answer.operations) == (["NOT_FOUND"], ["GetItem"])


def test_a_checkout_is_repeated_with_another_cart_filled(shop: Shop) -> None:
    made = shop.stocked(3)
    shop.fill((made, 1))
    first = shop.check_out("a")
    shop.fill((made, 2))
    again = shop.instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    assert payload(again) == first
    assert again.operations == ["GetItem", "BatchGetItem", "TransactWriteItems", "GetItem"]
    # Also if what is in the cart now could not be bought.
    shop.change(shop.seller, ADJUST, productId=id_of(made), warehouse="berlin", by=-2)
    assert shop.check_out("a") == first
    assert codes(shop.check_out("b")) == ["OUT_OF_STOCK"]
    assert len(shop.books().balance().orders) == 1


def test_a_key_of_one_customer_is_not_anothers(shop: Shop) -> None:
    made, other = shop.stocked(2), id_of_number(1)
    orders = set[str]()
    for who in (shop.customer, member(shop.tenant, Role.CUSTOMER, subject=other)):
        shop.fill((made, 1), customer=who.subject)
        orders.add(shop.check_out("same", who)["order"]["id"])
    assert len(orders) == len(shop.books().balance().orders) == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_form(
    shop: Shop, installation: Installation, endpoint: Instance, key: str
) -> None:
    (bill,) = _bills(shop, 1)
    before = installation.items(shop.tenant)
    for who, text, fields in (
        (shop.customer, CHECKOUT, {}),
        (shop.seller, PRODUCT, PAN),
        (shop.staff, PAY, {"id": bill}),
        (shop.staff, REFUND, {"id": bill, "amount": 1}),
    ):
        answer = endpoint.ask(who, text, i=fields | {"idempotencyKey": key})
        (problem,) = payload(answer)["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", ["idempotencyKey"])
        assert answer.operations == []
    assert installation.items(shop.tenant) == before
