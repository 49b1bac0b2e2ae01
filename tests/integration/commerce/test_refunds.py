"""Refunds with goods and points: who gets what back, and what nobody gets back twice."""

from typing import Any

import msgspec.structs
import pytest

from tenantql.commerce import loyalty, products
from tenantql.commerce.model import (
    CustomerAccount,
    Fulfilment,
    FulfilmentStatus,
    Order,
    OrderStatus,
    Product,
    Progress,
    Stock,
    status_following,
)
from tenantql.commerce.stocks import MAX_WAREHOUSES
from tenantql.table import calls
from tenantql.table.entity import entity_of
from tenantql.table.expressions import Increase, Set
from tenantql.table.requests import Request
from tenantql.table.writes import Delete, Update, revise
from tests.integration.commerce.faults import Between
from tests.integration.commerce.shop import PAY, PROBLEMS, Shop, codes, payload
from tests.integration.installation import Answer, id_of
from tests.unit.builders import invoice
from tests.unit.commerce.builders import CUSTOMER, SELLER, id_of_number, product

LAMPS = id_of_number(55)
"""Who sells lamps."""

REFUND = f"""mutation($i: RefundInvoiceInput!) {{ refundInvoice(input: $i) {{
  invoice {{ status refunded {{ amount }} refunds {{ amount {{ amount currency }} points }} }}
  {PROBLEMS} }} }}"""
LINES = "query($id: ID!) { order(id: $id) { status lines { title quantity returned } } }"


class Sale:
    """A paid order: 3 pans of 1000, and a lamp of 550 of another seller."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.pan = shop.stocked(5, title="Pan")
        self.lamp = shop.stocked(2, title="Lamp", price=550, seller=LAMPS)
        shop.fill((self.pan, 3), (self.lamp, 1))
        self.id: str = shop.check_out()["order"]["id"]
        self.invoice = shop.invoice_of({"id": self.id})
        assert codes(shop.change(shop.staff, PAY, id=self.invoice)) == []

    @property
    def order(self) -> Order:
        (found,) = self.shop.books().balance().orders
        return found

    @property
    def account(self) -> CustomerAccount:
        (found,) = self.shop.books().balance().accounts
        return found

    def stock(self, of: Product) -> tuple[int, int, dict[str, int]]:
        """What is available, reserved, and in the warehouses."""
        (found,) = [each for each in self.shop.books().stocks if each.product == of.id]
        return found.available, found.reserved, found.warehouses

    def ask(self, amount: int, *goods: dict[str, Any], key: str = "a") -> Answer:
        fields = {"id": self.invoice, "amount": amount, "goods": goods, "idempotencyKey": key}
        return self.shop.instance.ask(self.shop.staff, REFUND, i=fields)

    def refund(self, amount: int, *goods: dict[str, Any], key: str = "a") -> dict[str, Any]:
        return payload(self.ask(amount, *goods, key=key))

    def ship(self, status: FulfilmentStatus = FulfilmentStatus.SHIPPED) -> None:
        """The pans leave the warehouse: what their seller does, past the mutations."""
        before = self.order
        parts = before.fulfilments | {SELLER: Progress(status=status)}
        now = status_following(each.status for each in parts.values())
        self.write(revise(before, msgspec.structs.replace(before, fulfilments=parts, status=now)))
        key = entity_of(Fulfilment).key(
            tenant=before.tenant,
            seller=SELLER,
            placed_at=before.placed_at,
            order=before.id,
            customer=before.customer,
        )
        self.write(Update(Fulfilment, key, (Set("status", status),)))
        self.write(
            Update(
                Stock,
                products.stock_key(before.tenant, self.pan.id),
                (Increase("reserved", -3), Increase(("warehouses", "berlin"), -3)),
            )
        )
        self.count(Increase(f"orders_{before.status}", -1), Increase(f"orders_{now}", 1))

    def count(self, *changes: Increase | Set) -> None:
        key = loyalty.account_key(self.shop.tenant, CUSTOMER)
        self.write(Update(CustomerAccount, key, changes))

    def write(self, request: Request[Any]) -> None:
        access = self.shop.installation.access(self.shop.tenant)
        calls.run(self.shop.installation.transport, request, access)


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale(shop)


def of(made: Product, quantity: int, warehouse: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"productId": id_of(made), "quantity": quantity}
    return found if warehouse is None else found | {"warehouse": warehouse}


@pytest.mark.pattern("I3", "U12")
def test_points_come_with_a_payment_and_go_with_refunds(sale: Sale) -> None:
    assert (sale.account.points, sale.order.points_earned) == (35, 35)
    first = sale.refund(149)["invoice"]["refunds"]
    assert first == [{"amount": {"amount": 149, "currency": "EUR"}, "points": 1}]
    second = sale.refund(52, key="b")["invoice"]["refunds"]
    assert [each["points"] for each in second] == [1, 1]
    assert sale.account.points == 33
    last = sale.refund(3349, key="c")["invoice"]
    assert (last["status"], last["refunds"][2]["points"]) == ("REFUNDED", 33)
    assert sale.account.points == 0
    assert sale.account.spend == {"EUR": 0}


@pytest.mark.pattern("I3")
def test_a_refund_takes_no_more_points_than_there_are(sale: Sale) -> None:
    sale.count(Increase("points", -30))
    answer = sale.ask(3550)
    (given,) = payload(answer)["invoice"]["refunds"]
    assert given["points"] == 5
    # The failure brings the account, so the second attempt needs no read.
    assert answer.operations == ["GetItem", "TransactWriteItems", "TransactWriteItems"]
    (account,) = sale.shop.books().accounts
    assert account.points == 0
    (order,) = sale.shop.books().orders
    assert order.points_earned == 30
    assert payload(sale.ask(3550))["invoice"]["refunds"] == [given], "the repetition"


@pytest.mark.pattern("I3")
def test_what_was_not_shipped_can_be_bought_again(sale: Sale) -> None:
    assert sale.stock(sale.pan) == (2, 3, {"berlin": 5})
    answer = sale.ask(1000, of(sale.pan, 1))
    assert payload(answer)["invoice"]["status"] == "PARTLY_REFUNDED"
    assert answer.operations == ["GetItem", "GetItem", "TransactWriteItems"]
    # Invoice, order, account, month, total and key; a product and its seller's part.
    assert len(answer.calls[-1].parameters["TransactItems"]) == 6 + 1 + 1
    assert sale.stock(sale.pan) == (3, 2, {"berlin": 5})
    assert sale.order.status is OrderStatus.PAID
    found = sale.shop.instance.ask(sale.shop.customer, LINES, id=sale.id).data["order"]["lines"]
    assert sorted((each["title"], each["quantity"], each["returned"]) for each in found) == [
        ("Lamp", 1, 0),
        ("Pan", 3, 1),
    ]


@pytest.mark.pattern("I3")
def test_a_part_of_which_nothing_is_left_is_cancelled(sale: Sale) -> None:
    sale.refund(550, of(sale.lamp, 1))
    assert sale.order.fulfilments[LAMPS].status is FulfilmentStatus.CANCELLED
    assert sale.order.status is OrderStatus.PAID
    sale.refund(2000, of(sale.pan, 2), key="b")
    assert sale.order.fulfilments[SELLER].status is FulfilmentStatus.PENDING
    sale.refund(500, of(sale.pan, 1), key="c")
    order = sale.order
    assert (order.status, order.refunded) == (OrderStatus.CANCELLED, 3050)
    assert {key: n for key, n in sale.account.orders.items() if n} == {"CANCELLED": 1}
    assert sale.stock(sale.pan) == (5, 0, {"berlin": 5})
    assert sale.stock(sale.lamp) == (2, 0, {"berlin": 2})
    # The rest of the money can still be given back.
    assert sale.refund(500, key="d")["invoice"]["status"] == "REFUNDED"


@pytest.mark.pattern("I3")
@pytest.mark.parametrize("status", [FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED])
def test_what_comes_back_is_put_into_a_warehouse(sale: Sale, status: FulfilmentStatus) -> None:
    sale.ship(status)
    assert sale.stock(sale.pan) == (2, 0, {"berlin": 2})
    assert codes(sale.refund(2000, of(sale.pan, 2, "munich"))) == []
    assert sale.stock(sale.pan) == (4, 0, {"berlin": 2, "munich": 2})
    assert codes(sale.refund(1000, of(sale.pan, 1, "berlin"), key="b")) == []
    assert sale.stock(sale.pan) == (5, 0, {"berlin": 3, "munich": 2})
    order = sale.order
    # It was shipped, whatever came back of it.
    assert order.fulfilments[SELLER].status is status
    assert order.status is OrderStatus.PARTLY_SHIPPED
    refused = sale.refund(10, of(sale.pan, 1, "berlin"), key="c")
    assert refused["userErrors"][0]["field"] == ["goods", "0", "quantity"]


WRONG: dict[str, tuple[list[Any], list[str]]] = {
    "more than were bought": ([("pan", 4)], ["goods", "0", "quantity"]),
    "none": ([("lamp", 1), ("pan", 0)], ["goods", "1", "quantity"]),
    "another product": ([("other", 1)], ["goods", "0", "productId"]),
    "twice": ([("pan", 1), ("pan", 1)], ["goods", "1", "productId"]),
    "a warehouse that it never left": ([("pan", 1, "berlin")], ["goods", "0", "warehouse"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_goods_that_cannot_go_back(sale: Sale, what: str) -> None:
    other = product(sale.shop.tenant, id_of_number(900))
    made = {"pan": sale.pan, "lamp": sale.lamp, "other": other}
    goods, field = WRONG[what]
    before = sale.shop.books()
    refused = sale.refund(10, *(of(made[name], *rest) for name, *rest in goods))
    assert (codes(refused), refused["userErrors"][0]["field"]) == (["INVALID"], field)
    assert sale.shop.books() == before


@pytest.mark.parametrize("warehouse", [None, "", "Berlin", "a/b"])
def test_shipped_goods_go_back_to_a_warehouse_with_a_code(
    sale: Sale, warehouse: str | None
) -> None:
    sale.ship()
    refused = sale.refund(10, of(sale.pan, 1, warehouse))
    assert refused["userErrors"][0]["field"] == ["goods", "0", "warehouse"]


def test_an_invoice_without_an_order_has_no_goods(sale: Sale) -> None:
    bill = invoice(sale.shop.tenant, id=id_of_number(700), customer=CUSTOMER)
    sale.shop.installation.write(bill)
    sale.invoice = id_of(bill)
    assert codes(sale.shop.change(sale.shop.staff, PAY, id=sale.invoice)) == []
    refused = sale.refund(10, of(sale.pan, 1))
    assert refused["userErrors"][0]["field"] == ["goods"]
    (given,) = sale.refund(1250, key="b")["invoice"]["refunds"]
    assert given["points"] == 0, "an order earns points, a bill does not"
    assert sale.account.points == 35


def test_goods_of_another_tenant_are_not_found(sale: Sale) -> None:
    answer = sale.ask(10, of(product("globex", sale.pan.id), 1))
    assert (answer.codes, answer.operations) == (["NOT_FOUND"], [])


def test_a_product_that_is_gone_takes_nothing_back(sale: Sale) -> None:
    sale.ship()
    key = products.stock_key(sale.shop.tenant, sale.pan.id)
    sale.write(Delete(Stock, key))
    answer = sale.ask(3550, of(sale.pan, 3, "berlin"), of(sale.lamp, 1))
    assert payload(answer)["invoice"]["status"] == "REFUNDED"
    attempts = [each for each in answer.calls if each.operation == "TransactWriteItems"]
    assert [len(each.parameters["TransactItems"]) for each in attempts] == [10, 9]
    assert sale.stock(sale.lamp) == (2, 0, {"berlin": 2})
    assert all(line.kept == 0 for line in sale.order.lines)


def test_a_product_in_as_many_warehouses_as_can_be(sale: Sale) -> None:
    sale.ship()
    full = {f"w{number}": 0 for number in range(MAX_WAREHOUSES - 1)} | {"berlin": 2}
    key = products.stock_key(sale.shop.tenant, sale.pan.id)
    sale.write(Update(Stock, key, (Set("warehouses", full),)))
    refused = sale.refund(10, of(sale.pan, 1, "munich"))
    assert refused["userErrors"][0]["field"] == ["goods", "0", "warehouse"]
    assert codes(sale.refund(10, of(sale.pan, 1, "w7"), key="b")) == []
    assert sale.stock(sale.pan)[2]["w7"] == 1


def test_goods_that_are_shipped_in_the_last_moment(sale: Sale) -> None:
    slow = sale.shop.instance_over(lambda inner: Between(inner, 3, sale.ship))
    sale.shop.instance = slow
    answer = sale.ask(1000, of(sale.pan, 1))
    assert answer.codes == ["CONFLICT"]
    assert sale.order.refunded == 0
    assert sale.stock(sale.pan) == (2, 0, {"berlin": 2})


def test_goods_are_part_of_what_is_repeated(sale: Sale) -> None:
    first = sale.refund(1000, of(sale.pan, 1))
    again = sale.ask(1000, of(sale.pan, 1))
    assert payload(again) == first
    for goods in ([of(sale.pan, 2)], [of(sale.lamp, 1)], []):
        assert codes(sale.refund(1000, *goods)) == ["KEY_REUSED"]
    assert sale.stock(sale.pan) == (3, 2, {"berlin": 5})
    assert sale.order.refunded == 1000


@pytest.mark.pattern("I3")
def test_the_largest_refund_fits_into_a_transaction(shop: Shop) -> None:
    made = [shop.stocked(1, price=1, seller=id_of_number(2000 + n)) for n in range(47)]
    shop.fill(*((each, 1) for each in made))
    invoice_id = shop.invoice_of(shop.check_out()["order"])
    assert codes(shop.change(shop.staff, PAY, id=invoice_id)) == []
    goods = [of(each, 1) for each in made]
    fields = {"id": invoice_id, "amount": 47, "goods": goods, "idempotencyKey": "a"}
    answer = shop.instance.ask(shop.staff, REFUND, i=fields)
    assert payload(answer)["invoice"]["status"] == "REFUNDED"
    assert len(answer.calls[-1].parameters["TransactItems"]) == 100
    (order,) = shop.books().balance().orders
    assert order.status is OrderStatus.CANCELLED
    assert {each.status for each in order.fulfilments.values()} <= {FulfilmentStatus.CANCELLED}


@pytest.mark.pattern("I3", "U12")
def test_redeemed_points_come_back_with_the_last_goods(sale: Sale) -> None:
    """As they do when the order is cancelled, which it then is."""
    shop = sale.shop
    shop.fill((sale.pan, 1))
    text = """mutation($i: CheckoutInput!) { checkout(input: $i) {
      order { id } userErrors { code } } }"""
    fields = {"idempotencyKey": "second", "redeemPoints": 20}
    placed = shop.change(shop.customer, text, **fields)["order"]
    bill = shop.invoice_of(placed)
    assert codes(shop.change(shop.staff, PAY, id=bill)) == []
    (account,) = shop.books().balance().accounts
    assert account.points == 35 - 20 + 9
    fields = {"id": bill, "amount": 980, "goods": [of(sale.pan, 1)], "idempotencyKey": "r"}
    assert codes(shop.change(shop.staff, REFUND, **fields)) == []
    (account,) = shop.books().balance().accounts
    assert account.points == 35
