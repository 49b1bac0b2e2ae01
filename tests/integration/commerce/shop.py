"""A shop in the local cloud: its people, and what they ask."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tenantql.commerce.model import Product
from tenantql.table.transport import Transport
from tenantql.tenancy import admission
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.routing import Routes
from tests.integration.installation import (
    Answer,
    Counted,
    Installation,
    Instance,
    id_of,
    member,
)
from tests.unit.builders import user
from tests.unit.commerce import builders
from tests.unit.commerce.books import Books
from tests.unit.commerce.builders import CUSTOMER, SELLER, cart, stock

PROBLEMS = "userErrors { code message field }"
PRODUCT = f"""mutation($i: CreateProductInput!) {{ createProduct(input: $i) {{
  product {{ id title description price {{ amount currency }} }} {PROBLEMS} }} }}"""
ADJUST = f"""mutation($i: AdjustStockInput!) {{ adjustStock(input: $i) {{
  stock {{ available reserved warehouses {{ warehouse quantity }} }} {PROBLEMS} }} }}"""
ADD = f"""mutation($i: AddToCartInput!) {{ addToCart(input: $i) {{
  cart {{ total {{ amount currency }} lines {{ quantity }} }} {PROBLEMS} }} }}"""
CHECKOUT = f"""mutation($i: CheckoutInput!) {{ checkout(input: $i) {{
  order {{ id number status total {{ amount currency }}
    lines {{ title quantity total {{ amount }} }} }} {PROBLEMS} }} }}"""
PAY = f"""mutation($i: PayInvoiceInput!) {{ payInvoice(input: $i) {{
  invoice {{ id status paidAt }} {PROBLEMS} }} }}"""
REFUND = f"""mutation($i: RefundInvoiceInput!) {{ refundInvoice(input: $i) {{
  invoice {{ status refunded {{ amount }} }} {PROBLEMS} }} }}"""


def same(transport: Transport) -> Transport:
    return transport


class Shop:
    """A tenant with a seller, a customer and staff."""

    def __init__(self, installation: Installation, instance: Instance, shards: int = 1) -> None:
        self.installation = installation
        self.instance = instance
        self.tenant = installation.new_tenant(shards=shards)
        self.seller = member(self.tenant, Role.SELLER, subject=SELLER)
        self.customer = member(self.tenant, Role.CUSTOMER, subject=CUSTOMER)
        self.staff = member(self.tenant, Role.STAFF)
        self._numbers = count()
        self._root: Any = installation.cloud.client("dynamodb")

    def with_people(self) -> "Shop":
        """The same, with the seller and the customer as users."""
        self.installation.write(
            user(self.tenant, id=SELLER, email="s@example.com", username="sel"),
            user(self.tenant, id=CUSTOMER, email="c@example.com", username="cus"),
        )
        return self

    def instance_over(self, wrap: Callable[[Transport], Transport]) -> Instance:
        """Another instance, whose calls of the tenant's table go through what `wrap` makes."""
        installation = self.installation
        own = installation._own["graphql"]
        control = admission.control_access(installation.stack.control_table, lambda: own)
        routes = Routes(installation.transport, control)
        admit = admission.tenants(routes, installation.vendor)
        return Instance(installation._tenants, admit, Counted(wrap(installation.transport)))

    def change(self, who: Identity, text: str, **fields: Any) -> dict[str, Any]:
        """The payload of the one mutation in `text`."""
        return payload(self.instance.ask(who, text, i=fields))

    def product(self, price: int = 1250, pieces: int = 10, currency: str = "EUR") -> str:
        """The global id of a new product, made by its seller."""
        cost = {"amount": price, "currency": currency}
        made = self.change(self.seller, PRODUCT, title="Kettle", price=cost)["product"]
        if pieces:
            self.change(self.seller, ADJUST, productId=made["id"], warehouse="berlin", by=pieces)
        return made["id"]

    def stocked(self, pieces: int = 10, **changed: Any) -> Product:
        """A product and its stock, written past the mutations."""
        made = builders.product(self.tenant, builders.id_of_number(next(self._numbers)), **changed)
        self.installation.write(made, stock(made, pieces))
        return made

    def fill(self, *quantities: tuple[Product, int], customer: str = CUSTOMER) -> None:
        """A cart with these pieces, at the products' prices."""
        self.installation.write(
            cart(
                self.tenant,
                {product.id: quantity for product, quantity in quantities},
                customer,
                prices={product.id: product.price for product, _ in quantities},
                currency=quantities[0][0].currency,
            )
        )

    def order(self, product: str, quantity: int = 1, key: str = "once") -> dict[str, Any]:
        """An order of the customer's."""
        self.change(self.customer, ADD, productId=product, quantity=quantity)
        return self.change(self.customer, CHECKOUT, idempotencyKey=key)["order"]

    def check_out(
        self, key: str = "once", who: Identity | None = None, **terms: Any
    ) -> dict[str, Any]:
        """The payload of a checkout."""
        return self.change(who or self.customer, CHECKOUT, idempotencyKey=key, **terms)

    def invoice_of(self, order: dict[str, Any]) -> str:
        text = "query($id: ID!) { order(id: $id) { invoice { id } } }"
        return self.instance.ask(self.staff, text, id=order["id"]).data["order"]["invoice"]["id"]

    def books(self) -> Books:
        """What is in the table."""
        pages = self._root.get_paginator("scan").paginate(
            TableName=self.installation.stack.data_table,
            ConsistentRead=True,
            FilterExpression="begins_with(PK, :own)",
            ExpressionAttributeValues={":own": {"S": f"TENANT#{self.tenant}#"}},
        )
        return Books.of([item for page in pages for item in page["Items"]])


def payload(answer: Answer) -> dict[str, Any]:
    """The payload of a mutation."""
    (found,) = answer.data.values()
    return found


def codes(payload: dict[str, Any]) -> list[str]:
    """The codes of a payload's user errors."""
    return [error["code"] for error in payload["userErrors"]]


__all__ = ["Books", "Shop", "codes", "id_of", "payload"]
