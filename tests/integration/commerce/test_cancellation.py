"""Cancelling an order: what goes back, who may do it, and until when."""

from typing import Any

import pytest

from tenantql.commerce.model import Order
from tenantql.tenancy.identity import Role
from tests.integration.commerce.shop import PAY, PROBLEMS, REFUND, Shop, codes, payload
from tests.integration.commerce.test_fulfilments import SHIPPED, Sale
from tests.integration.installation import Answer, member
from tests.unit.commerce.builders import CUSTOMER, id_of_number

CANCEL = f"""mutation($i: CancelOrderInput!) {{ cancelOrder(input: $i) {{
  order {{ id status fulfilments {{ status }} invoice {{ status refunded {{ amount }} }} }}
  {PROBLEMS} }} }}"""


def _cancel(shop: Shop, sale: Sale, who: Any = None, **more: Any) -> Answer:
    return shop.instance.ask(who or shop.staff, CANCEL, i={"id": sale.order, **more})


def _order(shop: Shop) -> Order:
    (order,) = shop.books().balance().orders
    return order


def _untouched(shop: Shop) -> None:
    """Nothing is reserved, and everything can be bought as before the order."""
    for stock in shop.books().stocks:
        assert (stock.available, stock.reserved, stock.warehouses) == (5, 0, {"berlin": 5})


@pytest.mark.pattern("O4")
@pytest.mark.parametrize("paid", [False, True], ids=["unpaid", "paid"])
def test_everything_goes_back(shop: Shop, paid: bool) -> None:
    sale = Sale(shop, paid=paid)
    answer = _cancel(shop, sale, idempotencyKey="a")
    assert payload(answer)["order"] == {
        "id": sale.order,
        "status": "CANCELLED",
        "fulfilments": [{"status": "CANCELLED"}] * 2,
        "invoice": {
            "status": "REFUNDED" if paid else "VOID",
            "refunded": {"amount": 750 if paid else 0},
        },
    }
    # The last call is for the invoice, which the client has asked for.
    assert answer.operations == ["GetItem", "TransactWriteItems", "GetItem"]
    lines, sellers = 2, 2
    actions = answer.calls[1].parameters["TransactItems"]
    assert len(actions) == (6 if paid else 4) + lines + sellers
    _untouched(shop)
    books = shop.books().balance()
    assert books.accounts[0].orders == {"PLACED": 0, "CANCELLED": 1} | ({"PAID": 0} if paid else {})
    assert books.accounts[0].points == 0
    (invoice,) = books.invoices
    if paid:
        assert [(each.amount, each.points) for each in invoice.refunds] == [(750, 7)]
        assert books.accounts[0].spend == {"EUR": 0}


@pytest.mark.pattern("O4")
def test_a_packed_order_is_cancelled(shop: Shop) -> None:
    sale = Sale(shop)
    sale.go(shop.staff, "pan", "PACKED")
    assert codes(payload(_cancel(shop, sale))) == []
    assert _order(shop).status == "CANCELLED"
    _untouched(shop)
    (problem,) = payload(sale.ask(shop.staff, "pot", "PACKED"))["userErrors"]
    assert problem["code"] == "NOT_ALLOWED"


@pytest.mark.pattern("O4")
def test_what_has_left_the_warehouse_is_not_cancelled(shop: Shop) -> None:
    sale = Sale(shop)
    sale.go(shop.staff, "pan", "PACKED", SHIPPED)
    for status in ("SHIPPED", "DELIVERED"):
        before = shop.books()
        answer = _cancel(shop, sale)
        (problem,) = payload(answer)["userErrors"]
        assert (problem["code"], problem["field"]) == ("NOT_ALLOWED", ["id"])
        assert answer.operations == ["GetItem"]
        assert shop.books() == before
        if status == "SHIPPED":
            sale.go(shop.staff, "pan", "DELIVERED")


@pytest.mark.pattern("O4")
def test_an_order_is_cancelled_once(shop: Shop) -> None:
    sale = Sale(shop)
    first = payload(_cancel(shop, sale, idempotencyKey="a"))
    again = _cancel(shop, sale, idempotencyKey="a")
    assert payload(again) == first
    # The order, the record of the key, the order as it is; then the invoice.
    assert again.operations == ["GetItem"] * 4
    for more in ({}, {"idempotencyKey": "b"}):
        assert codes(payload(_cancel(shop, sale, **more))) == ["NOT_ALLOWED"]
    shop.fill((sale.pan, 1))
    other = shop.check_out("another")["order"]["id"]
    fields = {"id": other, "idempotencyKey": "a"}
    assert codes(shop.change(shop.staff, CANCEL, **fields)) == ["KEY_REUSED"]
    (problem,) = shop.change(shop.staff, CANCEL, id=other, idempotencyKey="")["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", ["idempotencyKey"])
    statuses = sorted(order.status for order in shop.books().balance().orders)
    assert statuses == ["CANCELLED", "PLACED"]


@pytest.mark.pattern("O4")
def test_what_was_given_back_is_not_given_back_again(shop: Shop) -> None:
    sale = Sale(shop)
    invoice = shop.invoice_of({"id": sale.order})
    goods = [{"productId": sale.goods["pan"], "quantity": 1}]
    refunds: list[dict[str, Any]] = [{"amount": 300, "goods": goods}, {"amount": 99}]
    for number, fields in enumerate(refunds):
        given = shop.change(shop.staff, REFUND, id=invoice, idempotencyKey=f"{number}", **fields)
        assert codes(given) == []
    assert codes(payload(_cancel(shop, sale))) == []
    _untouched(shop)
    (bill,) = shop.books().balance().invoices
    assert [each.amount for each in bill.refunds] == [300, 99, 351]
    assert bill.status == "REFUNDED"


def test_an_order_whose_money_is_back_is_cancelled_for_the_goods(shop: Shop) -> None:
    sale = Sale(shop)
    invoice = shop.invoice_of({"id": sale.order})
    shop.change(shop.staff, REFUND, id=invoice, amount=750, idempotencyKey="a")
    answer = _cancel(shop, sale)
    assert codes(payload(answer)) == []
    # Without the key, the invoice, and the two counters of the revenue.
    assert len(answer.calls[1].parameters["TransactItems"]) == 2 + 2 + 2
    _untouched(shop)
    (bill,) = shop.books().balance().invoices
    assert [each.amount for each in bill.refunds] == [750]


@pytest.mark.pattern("O4")
def test_an_order_is_cancelled_by_its_customer_and_staff(shop: Shop) -> None:
    sale = Sale(shop)
    for who in (
        member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5)),
        member(shop.tenant, Role.SELLER, Role.CUSTOMER, subject=sale.other.subject),
    ):
        answer = _cancel(shop, sale, who)
        assert (answer.codes, answer.operations) == (["NOT_FOUND"], ["GetItem"])
    answer = _cancel(shop, sale, member(shop.installation.new_tenant(), Role.ADMIN))
    assert (answer.codes, answer.operations) == (["NOT_FOUND"], [])
    assert _cancel(shop, sale, shop.seller).codes == ["FORBIDDEN"]
    wrong = shop.instance.ask(shop.staff, CANCEL, i={"id": sale.parts["pan"]})
    assert (wrong.codes, wrong.operations) == (["BAD_USER_INPUT"], [])
    assert _order(shop).status == "PAID"
    assert codes(payload(_cancel(shop, sale, shop.customer))) == []
    assert _order(shop).updated_by == CUSTOMER


@pytest.mark.pattern("O4", "U12")
def test_points_that_are_spent_already_are_forgiven(shop: Shop) -> None:
    sale = Sale(shop)
    root: Any = shop.installation.cloud.client("dynamodb")
    root.update_item(
        TableName=shop.installation.stack.data_table,
        Key={"PK": {"S": f"TENANT#{shop.tenant}#USER#{CUSTOMER}"}, "SK": {"S": "ACCOUNT"}},
        UpdateExpression="SET points = :some",
        ExpressionAttributeValues={":some": {"N": "3"}},
    )
    answer = _cancel(shop, sale)
    assert codes(payload(answer)) == []
    calls = ["GetItem", "TransactWriteItems", "TransactWriteItems", "GetItem"]
    assert answer.operations == calls
    books = shop.books()
    assert books.accounts[0].points == 0
    assert books.invoices[0].refunds[0].points == 3
    assert books.orders[0].points_earned == 4


def test_a_cancelled_order_is_not_paid(shop: Shop) -> None:
    sale = Sale(shop, paid=False)
    invoice = shop.invoice_of({"id": sale.order})
    assert codes(payload(_cancel(shop, sale))) == []
    fields = {"id": invoice, "idempotencyKey": "a"}
    assert codes(shop.change(shop.staff, PAY, **fields)) == ["NOT_ALLOWED"]
    for text, found in (
        ("{ ordersByStatus(status: PLACED) { nodes { id } } }", []),
        ("{ ordersByStatus(status: CANCELLED) { nodes { id } } }", [{"id": sale.order}]),
        ("{ invoices(status: OPEN) { nodes { id } } }", []),
        ("{ invoices(status: VOID) { nodes { id } } }", [{"id": invoice}]),
    ):
        (listed,) = shop.instance.ask(shop.staff, text).data.values()
        assert listed["nodes"] == found, text
