"""Who sees what of the shop, and who may do what; whatever id they have got hold of."""

from typing import Any

import pytest

from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.shop import (
    ADD,
    ADJUST,
    PAY,
    PRODUCT,
    REFUND,
    Shop,
    codes,
)
from tests.integration.installation import Installation, Instance, id_of, member
from tests.unit.builders import invoice, user
from tests.unit.commerce.builders import CUSTOMER, SELLER, id_of_number, order, product

OTHER_SELLER = id_of_number(77)
ORDER = """query($id: ID!) { order(id: $id) {
  total { amount } lines { title total { amount } } %s } }"""
WHOLE = ORDER % "customer { displayName } invoice { status }"


@pytest.fixture
def sold(shop: Shop) -> str:
    """The global id of an order of two sellers: 2 pieces of 100, and one of 30."""
    shop.with_people()
    pan, kettle = (
        shop.stocked(price=100, title="Pan"),
        shop.stocked(price=30, title="Kettle", seller=OTHER_SELLER),
    )
    shop.fill((pan, 2), (kettle, 1))
    return shop.check_out()["order"]["id"]


def _line(title: str, amount: int) -> dict[str, Any]:
    return {"title": title, "total": {"amount": amount}}


def test_the_customer_and_staff_see_the_whole_order(shop: Shop, sold: str) -> None:
    for who in (shop.customer, shop.staff, member(shop.tenant, Role.ADMIN)):
        assert shop.instance.ask(who, WHOLE, id=sold).data["order"] == {
            "total": {"amount": 230},
            "lines": [_line("Pan", 200), _line("Kettle", 30)],
            "customer": {"displayName": "Ada Abt"},
            "invoice": {"status": "OPEN"},
        }


@pytest.mark.parametrize(
    ("seller", "line"), [(SELLER, _line("Pan", 200)), (OTHER_SELLER, _line("Kettle", 30))]
)
def test_a_seller_sees_their_own_lines(
    shop: Shop, sold: str, seller: str, line: dict[str, Any]
) -> None:
    who = member(shop.tenant, Role.SELLER, subject=seller)
    own = {"total": line["total"], "lines": [line]}
    answer = shop.instance.ask(who, ORDER % "", id=sold)
    assert answer.data["order"] == own
    assert answer.operations == ["GetItem"]

    refused = shop.instance.ask(who, WHOLE, id=sold)
    assert refused.codes == ["FORBIDDEN"] * 2
    assert refused.body["data"]["order"] == own | {"customer": None, "invoice": None}
    assert refused.operations == ["GetItem"]

    # Somebody who sells and buys may ask for these fields, of their own orders.
    both = member(shop.tenant, Role.SELLER, Role.CUSTOMER, subject=seller)
    answer = shop.instance.ask(both, WHOLE, id=sold)
    assert answer.data["order"] == own | {"customer": None, "invoice": None}
    assert answer.operations == ["GetItem"]


def test_a_stranger_sees_no_order(shop: Shop, sold: str, installation: Installation) -> None:
    node = "query($id: ID!) { node(id: $id) { id } }"
    elsewhere = installation.new_tenant()
    for who in (
        member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5)),
        member(shop.tenant, Role.SELLER, subject=id_of_number(5)),
        member(elsewhere, Role.ADMIN),
        member(elsewhere, Role.CUSTOMER, subject=CUSTOMER),
    ):
        assert shop.instance.ask(who, ORDER % "", id=sold).data == {"order": None}
        assert shop.instance.ask(who, node, id=sold).data == {"node": None}


def test_an_order_that_is_not_there_is_null(shop: Shop) -> None:
    id = id_of(order(shop.tenant, 1))
    assert shop.instance.ask(shop.staff, ORDER % "", id=id).data == {"order": None}
    wrong = shop.instance.ask(shop.staff, ORDER % "", id=id_of(invoice(shop.tenant)))
    assert wrong.codes == ["BAD_USER_INPUT"]


def test_orders_of_others_are_for_staff(shop: Shop, sold: str) -> None:
    text = "query($id: ID!) { user(id: $id) { orders { nodes { id } } } }"
    id = id_of(user(shop.tenant, id=CUSTOMER))
    for who in (shop.customer, shop.staff):
        found = shop.instance.ask(who, text, id=id).data["user"]["orders"]["nodes"]
        assert found == [{"id": sold}]
    stranger = member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5))
    assert shop.instance.ask(stranger, text, id=id).data == {"user": None}
    # Sellers buy nothing.
    own = id_of(user(shop.tenant, id=SELLER))
    refused = shop.instance.ask(shop.seller, text, id=own)
    assert refused.codes == ["FORBIDDEN"]


def test_a_products_seller_is_no_way_to_a_user(shop: Shop, sold: str) -> None:
    text = """query($id: ID!) { product(id: $id) {
      title seller { email orders { nodes { id } } } } }"""
    made = id_of(product(shop.tenant, id_of_number(0)))
    found = shop.instance.ask(shop.customer, text, id=made)
    assert found.data["product"] == {"title": "Pan", "seller": None}
    both = member(shop.tenant, Role.SELLER, Role.CUSTOMER, subject=SELLER)
    for who in (both, shop.staff):
        found = shop.instance.ask(who, text, id=made).data["product"]["seller"]
        assert found == {"email": "s@example.com", "orders": {"nodes": []}}


def test_a_cart_is_ones_own(shop: Shop) -> None:
    made = shop.stocked()
    shop.fill((made, 3))
    text = "{ cart { lines { quantity product { title } } } }"
    own = shop.instance.ask(shop.customer, text).data["cart"]["lines"]
    assert own == [{"quantity": 3, "product": {"title": made.title}}]
    other = member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5))
    assert shop.instance.ask(other, text).data == {"cart": None}
    for who in (shop.staff, shop.seller):
        answer = shop.instance.ask(who, text)
        assert (answer.codes, answer.operations) == (["FORBIDDEN"], [])
    assert codes(shop.check_out(who=member(shop.tenant, Role.CUSTOMER, subject="x"))) == [
        "CART_EMPTY"
    ]
    assert len(shop.books().balance().carts) == 1


def test_a_deleted_product_is_gone_from_the_cart(shop: Shop) -> None:
    made = shop.stocked(deleted_at="2026-01-01T00:00:00.000Z")
    shop.fill((made, 1))
    found = shop.instance.ask(shop.customer, "{ cart { lines { product { title } } } }")
    assert found.data["cart"]["lines"] == [{"product": None}]
    answer = shop.instance.ask(shop.customer, ADD, i={"productId": id_of(made)})
    assert answer.codes == ["NOT_FOUND"]


def test_only_the_seller_and_staff_adjust_a_stock(shop: Shop) -> None:
    made = id_of(shop.stocked(5))
    by = {"productId": made, "warehouse": "berlin", "by": 1}
    other = member(shop.tenant, Role.SELLER, subject=OTHER_SELLER)
    assert shop.instance.ask(other, ADJUST, i=by).codes == ["NOT_FOUND"]
    assert shop.instance.ask(other, ADJUST, i=by | {"by": -99}).codes == ["NOT_FOUND"]
    unknown = id_of(product(shop.tenant, id_of_number(999)))
    for who in (shop.seller, shop.staff):
        nothing = shop.instance.ask(who, ADJUST, i=by | {"productId": unknown})
        assert nothing.codes == ["NOT_FOUND"]
        assert shop.change(who, ADJUST, **by)["stock"]
    (stock,) = shop.books().balance().stocks
    assert stock.available == 7


ROLES: list[tuple[Role, str]] = [
    (Role.SELLER, 'mutation { checkout(input: {idempotencyKey: "a"}) { order { id } } }'),
    (Role.STAFF, 'mutation { checkout(input: {idempotencyKey: "a"}) { order { id } } }'),
    (
        Role.SELLER,
        'mutation { addToCart(input: {productId: "x"}) { cart { lines { quantity } } } }',
    ),
    *(
        (
            role,
            """mutation { createProduct(input: {title: "x", price: {amount: 1, currency: "EUR"}}) {
              product { id } } }""",
        )
        for role in (Role.CUSTOMER, Role.STAFF)
    ),
    (
        Role.CUSTOMER,
        """mutation { adjustStock(input: {productId: "x", warehouse: "a", by: 1}) {
          stock { available } } }""",
    ),
    *(
        (role, text)
        for role in (Role.CUSTOMER, Role.SELLER)
        for text in (
            'mutation { payInvoice(input: {id: "x"}) { invoice { id } } }',
            """mutation { refundInvoice(input: {id: "x", amount: 1, idempotencyKey: "a"}) {
              invoice { id } } }""",
            "{ invoices { nodes { id } } }",
            "{ users { nodes { id } } }",
            "{ ordersByStatus(status: PAID) { nodes { id } } }",
            '{ topCustomers(currency: "EUR") { nodes { spend { amount } } } }',
            '{ revenue(currency: "EUR", from: "2026-01", to: "2026-01") { days { day } } }',
        )
    ),
]


@pytest.mark.parametrize(("role", "text"), ROLES)
def test_a_role_does_what_is_its_own(
    installation: Installation, endpoint: Instance, role: Role, text: str
) -> None:
    answer = endpoint.ask(member(installation.new_tenant(), role), text)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.operations == []


def test_customers_do_not_see_how_many_there_are(shop: Shop) -> None:
    text = "query($id: ID!) { product(id: $id) { title stock { available } } }"
    made = shop.stocked()
    answer = shop.instance.ask(shop.customer, text, id=id_of(made))
    assert answer.codes == ["FORBIDDEN"]
    assert answer.operations == ["GetItem"]


def test_ids_of_another_tenant_change_nothing(shop: Shop, installation: Installation) -> None:
    elsewhere = Shop(installation, shop.instance)
    there = elsewhere.stocked(5)
    bill = invoice(elsewhere.tenant)
    installation.write(bill)
    before = installation.items(elsewhere.tenant)
    price = {"amount": 1000, "currency": "EUR"}
    both = member(shop.tenant, Role.ADMIN, Role.CUSTOMER, Role.SELLER, subject=SELLER)
    for text, fields in (
        (ADD, {"productId": id_of(there)}),
        (ADD, {"productId": id_of(there), "price": price}),
        (ADJUST, {"productId": id_of(there), "warehouse": "berlin", "by": 1}),
        (PAY, {"id": id_of(bill)}),
        (REFUND, {"id": id_of(bill), "amount": 1, "idempotencyKey": "a"}),
    ):
        answer = shop.instance.ask(both, text, i=fields)
        assert (answer.codes, answer.operations) == (["NOT_FOUND"], []), text
    # An id of another type, and something that is none.
    for text, fields in (
        (ADD, {"productId": id_of(invoice(shop.tenant))}),
        (ADJUST, {"productId": id_of(invoice(shop.tenant)), "warehouse": "berlin", "by": 1}),
        (PAY, {"id": id_of(product(shop.tenant, id_of_number(1)))}),
        (REFUND, {"id": "x", "amount": 1, "idempotencyKey": "a"}),
    ):
        answer = shop.instance.ask(both, text, i=fields)
        assert (answer.codes, answer.operations) == (["BAD_USER_INPUT"], []), text
    assert installation.items(elsewhere.tenant) == before
    assert installation.items(shop.tenant) == []


def test_look_alike_tenants_keep_their_keys(shop: Shop, installation: Installation) -> None:
    """The same subject, idempotency key and product id in two tenants are two of each."""
    twin = Shop(installation, shop.instance)
    for one in (shop, twin):
        made = one.stocked(1)
        one.fill((made, 1))
        assert one.check_out("same")["order"]
        assert len(one.books().balance().orders) == 1


def _who(shop: Shop) -> list[Identity]:
    return [shop.customer, shop.seller, shop.staff]


def test_everybody_sees_products(shop: Shop) -> None:
    made = shop.change(shop.seller, PRODUCT, title="Pan", price={"amount": 1, "currency": "EUR"})[
        "product"
    ]
    text = "query($id: ID!) { product(id: $id) { title } }"
    for who in _who(shop):
        found = shop.instance.ask(who, text, id=made["id"])
        assert found.data == {"product": {"title": "Pan"}}


ORDERS_OF = "query($id: ID!) { orders(userId: $id) { nodes { number } } }"
STOCK_OF = "query($id: ID!) { stock(productId: $id) { available } }"


def test_orders_of_another_customer_are_for_staff(installation: Installation) -> None:
    endpoint = installation.endpoint()
    shop = Shop(installation, endpoint).with_people()
    shop.order(shop.product())
    of_customer = {"id": id_of(user(shop.tenant, id=CUSTOMER))}
    stranger = member(shop.tenant, Role.CUSTOMER, subject="somebody-else")
    assert endpoint.ask(stranger, ORDERS_OF, **of_customer).codes == ["FORBIDDEN"]
    for who in (shop.customer, shop.staff):
        found = endpoint.ask(who, ORDERS_OF, **of_customer).data["orders"]["nodes"]
        assert len(found) == 1


def test_what_is_another_tenants_answers_like_what_is_not_there(
    installation: Installation,
) -> None:
    endpoint = installation.endpoint()
    other = Shop(installation, endpoint).with_people()
    product = other.product()
    other.order(product)
    shop = Shop(installation, endpoint)
    of_user = {"id": id_of(user(other.tenant, id=CUSTOMER))}
    assert endpoint.ask(shop.staff, ORDERS_OF, **of_user).data == {"orders": {"nodes": []}}
    assert endpoint.ask(shop.staff, STOCK_OF, id=product).data == {"stock": None}
    assert endpoint.ask(shop.customer, STOCK_OF, id=product).codes == ["FORBIDDEN"]
    assert endpoint.ask(shop.staff, STOCK_OF, id=of_user["id"]).codes == ["BAD_USER_INPUT"]
