"""Withdrawing an invoice: once, unpaid, and with its order."""

from typing import Any

import pytest

from tenantql.commerce.model import InvoiceStatus, OrderStatus
from tests.integration.commerce.faults import Between
from tests.integration.commerce.shop import PAY, PROBLEMS, Shop, codes, payload
from tests.integration.installation import id_of
from tests.unit.builders import invoice
from tests.unit.commerce.builders import CUSTOMER, id_of_number

VOID = f"""mutation($i: VoidInvoiceInput!) {{ voidInvoice(input: $i) {{
  invoice {{ id status }} {PROBLEMS} }} }}"""


def _ordered(shop: Shop) -> str:
    """The global id of the invoice of an order of 2 pieces."""
    shop.fill((shop.stocked(3), 2))
    return shop.invoice_of(shop.check_out()["order"])


@pytest.mark.pattern("I3", "O4")
def test_an_orders_invoice_takes_the_order_with_it(shop: Shop) -> None:
    bill = _ordered(shop)
    fields = {"id": bill, "idempotencyKey": "a"}
    answer = shop.instance.ask(shop.staff, VOID, i=fields)
    assert payload(answer)["invoice"] == {"id": bill, "status": "VOID"}
    assert answer.operations == ["GetItem", "GetItem", "TransactWriteItems", "GetItem"]
    books = shop.books().balance()
    assert [each.status for each in books.orders] == [OrderStatus.CANCELLED]
    assert [(each.available, each.reserved) for each in books.stocks] == [(3, 0)]
    assert shop.change(shop.staff, VOID, **fields) == payload(answer)
    assert codes(shop.change(shop.staff, VOID, id=bill)) == ["NOT_ALLOWED"]
    assert codes(shop.change(shop.staff, PAY, id=bill)) == ["NOT_ALLOWED"]
    assert shop.books() == books


@pytest.mark.pattern("I3")
def test_an_invoice_without_an_order_is_one_read_and_one_transaction(shop: Shop) -> None:
    bill = invoice(shop.tenant, id=id_of_number(3), customer=CUSTOMER)
    shop.installation.write(bill)
    for _ in range(2):
        fields: dict[str, Any] = {"id": id_of(bill), "idempotencyKey": "a"}
        answer = shop.instance.ask(shop.staff, VOID, i=fields)
        assert payload(answer)["invoice"]["status"] == "VOID"
        assert answer.operations[:2] == ["GetItem", answer.operations[1]]
    (stored,) = shop.books().balance().invoices
    assert (stored.status, stored.version) == (InvoiceStatus.VOID, 2)


def test_a_paid_invoice_is_not_withdrawn(shop: Shop) -> None:
    bill = _ordered(shop)
    assert codes(shop.change(shop.staff, PAY, id=bill)) == []
    before = shop.books().balance()
    refused = shop.change(shop.staff, VOID, id=bill)
    assert (codes(refused), refused["userErrors"][0]["field"]) == (["NOT_ALLOWED"], ["id"])
    assert shop.books() == before


@pytest.mark.parametrize("at", [2, 3])
def test_an_invoice_that_is_paid_in_the_last_moment(shop: Shop, at: int) -> None:
    """Ahead of the read of the order, or of the transaction: money stays where it is."""
    bill = _ordered(shop)

    def meanwhile() -> None:
        assert codes(shop.change(shop.staff, PAY, id=bill)) == []

    slow = shop.instance_over(lambda inner: Between(inner, at, meanwhile))
    answer = slow.ask(shop.staff, VOID, i={"id": bill})
    assert answer.codes == [] if at == 2 else ["CONFLICT"]
    assert at != 2 or codes(payload(answer)) == ["NOT_ALLOWED"]
    assert [each.status for each in shop.books().balance().orders] == [OrderStatus.PAID]


def test_it_is_for_staff(shop: Shop) -> None:
    bill = _ordered(shop)
    for who in (shop.customer, shop.seller):
        assert shop.instance.ask(who, VOID, i={"id": bill}).codes == ["FORBIDDEN"]
    elsewhere = invoice("globex")
    answer = shop.instance.ask(shop.staff, VOID, i={"id": id_of(elsewhere)})
    assert (answer.codes, answer.operations) == (["NOT_FOUND"], [])
