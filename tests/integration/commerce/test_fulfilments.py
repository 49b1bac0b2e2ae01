"""Fulfilments: the steps of each, what the order makes of them, and who may take them."""

from typing import Any

import pytest

from tenantql.commerce.model import Fulfilment
from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.shop import ADJUST, PAY, PROBLEMS, Shop, codes, payload
from tests.integration.installation import Answer, id_of, member
from tests.unit.builders import user
from tests.unit.commerce.builders import CUSTOMER, SELLER, id_of_number, profile_id

OTHER = id_of_number(77)
ADVANCE = f"""mutation($i: AdvanceFulfilmentInput!) {{ advanceFulfilment(input: $i) {{
  fulfilment {{ id status tracking orderStatus orderPaid }} {PROBLEMS} }} }}"""
PARTS = """query($id: ID!) { order(id: $id) {
  status fulfilments { id status tracking subtotal { amount } lines { title quantity } } } }"""
LISTED = """{ nodes { id number status tracking orderStatus orderPaid placedAt
  subtotal { amount currency } lines { title quantity } } }"""
SHIPPED = {"status": "SHIPPED", "warehouse": "berlin"}


class Sale:
    """A paid order of two sellers: 2 pans of one, 3 pots of the other."""

    def __init__(self, shop: Shop, *, paid: bool = True) -> None:
        self.shop = shop
        self.pan = shop.stocked(5, price=300, title="Pan")
        self.pot = shop.stocked(5, price=50, title="Pot", seller=OTHER)
        shop.fill((self.pan, 2), (self.pot, 3))
        self.order = shop.check_out()["order"]["id"]
        if paid:
            self.pay()
        self.goods = {"pan": id_of(self.pan), "pot": id_of(self.pot)}
        self.other = member(shop.tenant, Role.SELLER, subject=OTHER)
        found = shop.instance.ask(shop.staff, PARTS, id=self.order).data["order"]["fulfilments"]
        self.parts: dict[str, str] = {
            part["lines"][0]["title"].lower(): part["id"] for part in found
        }

    def pay(self) -> None:
        invoice = self.shop.invoice_of({"id": self.order})
        paid = self.shop.change(self.shop.staff, PAY, id=invoice, idempotencyKey="pay")
        assert codes(paid) == []

    def ask(self, who: Identity, part: str, status: str | dict[str, Any], **more: Any) -> Answer:
        step = status if isinstance(status, dict) else {"status": status}
        fields = {"id": self.parts[part], **step, **more}
        return self.shop.instance.ask(who, ADVANCE, i=fields)

    def go(self, who: Identity, part: str, *steps: str | dict[str, Any]) -> None:
        for step in steps:
            answer = self.ask(who, part, step)
            assert codes(payload(answer)) == [], answer.body

    @property
    def status(self) -> str:
        found = self.shop.instance.ask(self.shop.staff, PARTS, id=self.order)
        return found.data["order"]["status"]


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale(shop)


@pytest.mark.pattern("O5")
def test_an_orders_status_follows_its_fulfilments(shop: Shop, sale: Sale) -> None:
    statuses = ["PAID"]
    for who, part, step in (
        (shop.seller, "pan", "PACKED"),
        (shop.seller, "pan", SHIPPED),
        (sale.other, "pot", "PACKED"),
        (shop.staff, "pot", SHIPPED),
        (shop.staff, "pan", "DELIVERED"),
        (sale.other, "pot", "DELIVERED"),
    ):
        answer = sale.ask(who, part, step)
        assert answer.operations == ["GetItem", "TransactWriteItems"]
        found = payload(answer)["fulfilment"]
        assert found["id"] == sale.parts[part]
        assert found["orderPaid"] is True
        statuses.append(found["orderStatus"])
        assert sale.status == found["orderStatus"]
        shop.books().balance()
    assert statuses == [
        "PAID",
        "PROCESSING",
        "PARTLY_SHIPPED",
        "PARTLY_SHIPPED",
        "SHIPPED",
        "SHIPPED",
        "DELIVERED",
    ]
    assert shop.books().accounts[0].orders["DELIVERED"] == 1


@pytest.mark.pattern("O5")
def test_a_step_has_as_many_actions_as_the_data_model_says(shop: Shop, sale: Sale) -> None:
    def actions(step: str | dict[str, Any], part: str) -> int:
        answer = sale.ask(shop.staff, part, step, idempotencyKey=f"{part}{step}")
        assert codes(payload(answer)) == []
        return len(answer.calls[-1].parameters["TransactItems"])

    # The key, the fulfilment and the order; the account if the order's status changes; the stock.
    assert actions("PACKED", "pan") == 4
    assert actions("PACKED", "pot") == 3
    assert actions(SHIPPED, "pan") == 4 + 1


@pytest.mark.pattern("O5")
def test_shipped_pieces_leave_their_warehouse(shop: Shop, sale: Sale) -> None:
    sale.go(shop.seller, "pan", "PACKED")
    before = {stock.product: stock for stock in shop.books().stocks}
    answer = sale.ask(shop.seller, "pan", SHIPPED, tracking="DHL 7")
    assert payload(answer)["fulfilment"]["tracking"] == "DHL 7"
    after = {stock.product: stock for stock in shop.books().balance().stocks}
    pan = after[sale.pan.id]
    assert (pan.warehouses, pan.available, pan.reserved) == ({"berlin": 3}, 3, 0)
    assert after[sale.pot.id] == before[sale.pot.id]
    assert pan.change is not None
    assert (pan.change.kind, pan.change.order) == ("SHIPPED", shop.books().orders[0].id)
    # What the carrier calls it stays, and the customer sees it.
    sale.go(shop.seller, "pan", "DELIVERED")
    found = shop.instance.ask(shop.customer, PARTS, id=sale.order).data["order"]["fulfilments"]
    assert {part["tracking"] for part in found} == {"DHL 7", None}


@pytest.mark.pattern("O5")
def test_pieces_come_from_several_warehouses(shop: Shop, sale: Sale) -> None:
    made = id_of(sale.pan)
    shop.change(shop.seller, ADJUST, productId=made, warehouse="paris", by=1)
    sale.go(shop.seller, "pan", "PACKED")
    piece = {"productId": made, "warehouse": "paris", "quantity": 1}
    stranger = {"productId": id_of(sale.pot), "warehouse": "paris", "quantity": 1}
    wrong: list[tuple[list[dict[str, Any]], list[str]]] = [
        ([piece], ["sources"]),
        ([piece, piece | {"quantity": 2}], ["sources"]),
        ([piece | {"quantity": 0}], ["sources", "0"]),
        ([piece | {"warehouse": ""}], ["sources", "0"]),
        ([stranger], ["sources", "0", "productId"]),
    ]
    for sources, field in wrong:
        refused = payload(sale.ask(shop.seller, "pan", SHIPPED, sources=sources))
        (problem,) = refused["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", field), sources
    sources = [piece, piece | {"warehouse": "berlin"}]
    answer = sale.ask(shop.seller, "pan", {"status": "SHIPPED", "sources": sources})
    assert codes(payload(answer)) == []
    (pan,) = (each for each in shop.books().balance().stocks if each.product == sale.pan.id)
    assert (pan.warehouses, pan.available) == ({"berlin": 4, "paris": 0}, 4)


def test_what_is_not_in_the_warehouse_is_not_shipped(shop: Shop, sale: Sale) -> None:
    sale.go(shop.seller, "pan", "PACKED")
    before = shop.books()
    for place in ("paris", "Nowhere #1"):
        step = {"status": "SHIPPED", "warehouse": place}
        (problem,) = payload(sale.ask(shop.seller, "pan", step))["userErrors"]
        assert (problem["code"], problem["field"]) == ("OUT_OF_STOCK", ["warehouse"])
        assert "5 in berlin" in problem["message"]
    for step in ({"status": "SHIPPED"}, {"status": "SHIPPED", "warehouse": ""}):
        (problem,) = payload(sale.ask(shop.seller, "pan", step))["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", ["warehouse"])
    assert shop.books() == before


@pytest.mark.pattern("O5")
def test_only_the_next_step_is_taken(shop: Shop, sale: Sale) -> None:
    steps: list[str | dict[str, Any]] = ["PACKED", SHIPPED, "DELIVERED"]
    for number in range(len(steps) + 1):
        before = shop.books()
        for step in (*steps[:number], *steps[number + 1 :], "PENDING", "CANCELLED"):
            (problem,) = payload(sale.ask(shop.staff, "pan", step))["userErrors"]
            assert (problem["code"], problem["field"]) == ("NOT_ALLOWED", ["status"]), step
        assert shop.books() == before
        if number < len(steps):
            sale.go(shop.staff, "pan", steps[number])


def test_what_is_not_paid_is_not_packed(shop: Shop) -> None:
    sale = Sale(shop, paid=False)
    (problem,) = payload(sale.ask(shop.staff, "pan", "PACKED"))["userErrors"]
    assert (problem["code"], problem["field"]) == ("NOT_ALLOWED", ["status"])
    sale.pay()
    sale.go(shop.staff, "pan", "PACKED")


def test_what_belongs_to_shipping_is_told_with_it(shop: Shop, sale: Sale) -> None:
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"status": "PACKED", "tracking": "x"}, ["tracking"]),
        ({"status": "PACKED", "warehouse": "berlin"}, ["warehouse"]),
        (SHIPPED | {"tracking": ""}, ["tracking"]),
        (SHIPPED | {"tracking": "x" * 101}, ["tracking"]),
        ({"status": "PACKED", "idempotencyKey": ""}, ["idempotencyKey"]),
    ]
    for step, field in wrong:
        answer = sale.ask(shop.seller, "pan", step)
        (problem,) = payload(answer)["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", field)
        assert answer.operations == []


@pytest.mark.pattern("O5")
def test_a_step_is_for_its_seller_and_staff(shop: Shop, sale: Sale) -> None:
    elsewhere = member(shop.installation.new_tenant(), Role.ADMIN)
    for who in (sale.other, member(shop.tenant, Role.SELLER, subject=CUSTOMER), elsewhere):
        answer = sale.ask(who, "pan", "PACKED")
        assert (answer.codes, answer.operations) == (["NOT_FOUND"], [])
    answer = sale.ask(shop.customer, "pan", "PACKED")
    assert (answer.codes, answer.operations) == (["FORBIDDEN"], [])
    assert shop.books().orders[0].status == "PAID"
    invoice = shop.invoice_of({"id": sale.order})
    for id, code in ((sale.order, "BAD_USER_INPUT"), (invoice, "BAD_USER_INPUT"), ("x", None)):
        answer = shop.instance.ask(shop.staff, ADVANCE, i={"id": id, "status": "PACKED"})
        assert (answer.codes, answer.operations) == ([code or "BAD_USER_INPUT"], [])


def test_a_fulfilment_that_is_not_there_is_not_found(shop: Shop, sale: Sale) -> None:
    (order,) = shop.books().orders
    part = Fulfilment(
        tenant=shop.tenant,
        created_at=order.created_at,
        created_by="x",
        updated_at=order.updated_at,
        updated_by="x",
        seller=SELLER,
        placed_at=order.placed_at,
        order=id_of_number(99),
        customer=CUSTOMER,
        number="x",
        status=order.fulfilments[SELLER].status,
        lines=(),
        subtotal=0,
        currency="EUR",
    )
    answer = shop.instance.ask(shop.seller, ADVANCE, i={"id": id_of(part), "status": "PACKED"})
    assert (answer.codes, answer.operations) == (["NOT_FOUND"], ["GetItem"])


@pytest.mark.pattern("O10")
def test_a_sellers_fulfilments_are_one_query(shop: Shop) -> None:
    first, second = Sale(shop), None
    shop.fill((first.pan, 1))
    second = shop.check_out("second")["order"]
    answer = shop.instance.ask(shop.seller, f"{{ fulfilments {LISTED} }}")
    assert answer.operations == ["Query"]
    assert answer.calls[0].parameters["ConsistentRead"] is True
    newest, oldest = answer.data["fulfilments"]["nodes"]
    assert newest["number"] == second["number"]
    assert oldest["id"] == first.parts["pan"]
    assert newest["lines"] == [{"title": "Pan", "quantity": 1}]
    assert newest["subtotal"] == {"amount": 300, "currency": "EUR"}
    text = "{ fulfilments(first: 1) { nodes { order { number status } } pageInfo { endCursor } } }"
    page = shop.instance.ask(shop.seller, text)
    assert page.operations == ["Query", "GetItem"]
    nodes = page.data["fulfilments"]["nodes"]
    assert nodes == [{"order": {"number": second["number"], "status": "PLACED"}}]
    after = page.data["fulfilments"]["pageInfo"]["endCursor"]
    rest = f'{{ fulfilments(first: 5, after: "{after}") {{ nodes {{ id }} }} }}'
    found = shop.instance.ask(shop.seller, rest).data["fulfilments"]["nodes"]
    assert found == [{"id": first.parts["pan"]}]


@pytest.mark.pattern("O10")
def test_fulfilments_of_another_seller_are_for_staff(shop: Shop, sale: Sale) -> None:
    text = "query($id: ID!) { fulfilments(sellerId: $id) { nodes { id } } }"
    seller = profile_id(shop.tenant)
    own = [{"id": sale.parts["pan"]}]
    for who in (shop.seller, shop.staff):
        assert shop.instance.ask(who, text, id=seller).data["fulfilments"]["nodes"] == own
    refused = shop.instance.ask(sale.other, text, id=seller)
    assert (refused.codes, refused.operations) == (["FORBIDDEN"], [])
    answer = shop.instance.ask(shop.customer, text, id=seller)
    assert (answer.codes, answer.operations) == (["FORBIDDEN"], [])
    foreign = profile_id(shop.installation.new_tenant())
    assert shop.instance.ask(shop.staff, text, id=foreign).data == {"fulfilments": {"nodes": []}}


@pytest.mark.pattern("O3")
def test_a_part_is_seen_by_its_seller_its_customer_and_staff(shop: Shop, sale: Sale) -> None:
    node = """query($id: ID!) { node(id: $id) { ... on Fulfilment { number order {
      lines { title } fulfilments { id } } } } }"""
    stranger = member(shop.tenant, Role.SELLER, subject=id_of_number(5))
    for who, titles in (
        (shop.seller, ["Pan"]),
        (shop.customer, ["Pan", "Pot"]),
        (shop.staff, ["Pan", "Pot"]),
    ):
        answer = shop.instance.ask(who, node, id=sale.parts["pan"])
        order = answer.data["node"]["order"]
        assert [line["title"] for line in order["lines"]] == titles
        assert {part["id"] for part in order["fulfilments"]} == {
            sale.parts[title.lower()] for title in titles
        }
        assert answer.operations == ["GetItem", "GetItem"]
    for who in (sale.other, stranger):
        assert shop.instance.ask(who, node, id=sale.parts["pan"]).data == {"node": None}


SUMMARY = "query($id: ID) { orderSummary(userId: $id) { count byStatus { status count } %s } }"
WITH_SPEND = SUMMARY % "spend { amount currency }"


@pytest.mark.pattern("O6")
def test_a_summary_is_the_account(shop: Shop, sale: Sale) -> None:
    dollars = shop.stocked(price=7, currency="USD")
    shop.fill((dollars, 1))
    shop.check_out("second")
    sale.go(shop.staff, "pan", "PACKED")
    expected = {
        "count": 2,
        "byStatus": [{"status": "PLACED", "count": 1}, {"status": "PROCESSING", "count": 1}],
        "spend": [{"amount": 750, "currency": "EUR"}],
    }
    of_customer = id_of(user(shop.tenant, id=CUSTOMER))
    for who, id in ((shop.customer, None), (shop.customer, of_customer), (shop.staff, of_customer)):
        answer = shop.instance.ask(who, WITH_SPEND, id=id)
        assert answer.data["orderSummary"] == expected
        assert answer.operations == ["GetItem"]
        assert answer.calls[0].parameters["ConsistentRead"] is True
    stranger = member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5))
    nothing = shop.instance.ask(stranger, WITH_SPEND, id=None).data["orderSummary"]
    assert nothing == {"count": 0, "byStatus": [], "spend": []}
    refused = shop.instance.ask(stranger, WITH_SPEND, id=of_customer)
    assert (refused.codes, refused.operations) == (["FORBIDDEN"], [])
