"""The shop, from an empty catalogue to a refund: what each pattern answers, and what it costs."""

from datetime import UTC, datetime

from tests.integration.commerce.shop import ADD, CHECKOUT, PAY, REFUND, Shop
from tests.integration.installation import Installation, Instance


def test_from_an_empty_catalogue_to_a_refund(shop: Shop) -> None:
    product = shop.product(price=1250, pieces=10)
    cart = shop.change(shop.customer, ADD, productId=product, quantity=2)["cart"]
    assert cart == {"total": {"amount": 2500, "currency": "EUR"}, "lines": [{"quantity": 2}]}

    placed = shop.instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    order = placed.data["checkout"]["order"]
    assert order["status"] == "PLACED"
    assert order["total"] == {"amount": 2500, "currency": "EUR"}
    assert order["lines"] == [{"title": "Kettle", "quantity": 2, "total": {"amount": 2500}}]
    assert placed.operations == ["GetItem", "BatchGetItem", "TransactWriteItems"]

    again = shop.instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    assert again.data["checkout"]["order"]["id"] == order["id"]
    assert again.operations == ["GetItem", "GetItem", "GetItem"]

    text = "query($id: ID!) { product(id: $id) { stock { available reserved } } }"
    stock = shop.instance.ask(shop.seller, text, id=product).data["product"]["stock"]
    assert stock == {"available": 8, "reserved": 2}
    assert shop.instance.ask(shop.customer, "{ cart { lines { quantity } } }").data["cart"] is None

    invoice = shop.invoice_of(order)
    paid = shop.instance.ask(shop.staff, PAY, i={"id": invoice})
    assert paid.data["payInvoice"]["invoice"]["status"] == "PAID"
    assert paid.operations == ["GetItem", "TransactWriteItems"]
    assert shop.change(shop.staff, PAY, id=invoice)["userErrors"][0]["code"] == "NOT_ALLOWED"

    given = shop.change(shop.staff, REFUND, id=invoice, amount=500, idempotencyKey="r")["invoice"]
    assert given == {"status": "PARTLY_REFUNDED", "refunded": {"amount": 500}}
    too_much = shop.change(shop.staff, REFUND, id=invoice, amount=2001, idempotencyKey="s")
    assert too_much["userErrors"][0]["code"] == "INVALID"
    given = shop.change(shop.staff, REFUND, id=invoice, amount=2000, idempotencyKey="t")["invoice"]
    assert given == {"status": "REFUNDED", "refunded": {"amount": 2500}}
    assert len(shop.books().balance().orders) == 1


REVENUE = """query($from: Month!, $to: Month!) {
  revenue(currency: "EUR", from: $from, to: $to) {
    total { paid { amount } refunded { amount } net { amount } }
    months { month sums { net { amount } } } days { day sums { paid { amount } } }
  }
}"""


def test_revenue_is_one_query_a_shard_and_exact(
    installation: Installation, endpoint: Instance
) -> None:
    shop = Shop(installation, endpoint, shards=3)
    product = shop.product(price=100, pieces=50)
    for number in range(6):
        invoice = shop.invoice_of(shop.order(product, key=f"k{number}"))
        assert shop.change(shop.staff, PAY, id=invoice, idempotencyKey=f"p{number}")["invoice"]
        if number % 2:
            shop.change(shop.staff, REFUND, id=invoice, amount=40, idempotencyKey=f"r{number}")
            shop.change(shop.staff, REFUND, id=invoice, amount=40, idempotencyKey=f"r{number}")
    answer = shop.instance.ask(shop.staff, REVENUE, **{"from": "2020-01", "to": "2022-12"})
    assert answer.data["revenue"]["months"] == []
    assert answer.data["revenue"]["total"] == {
        "paid": {"amount": 600},
        "refunded": {"amount": 120},
        "net": {"amount": 480},
    }
    assert answer.operations == ["Query"] * 3
    assert len(shop.books().balance().orders) == 6
    month = datetime.now(UTC).strftime("%Y-%m")
    answer = shop.instance.ask(shop.staff, REVENUE, **{"from": month, "to": month})
    assert answer.data["revenue"]["months"] == [{"month": month, "sums": {"net": {"amount": 480}}}]
    assert [day["sums"]["paid"] for day in answer.data["revenue"]["days"]] == [{"amount": 600}]
