"""A new customer at the deployed API, from the shelf to the order in the history.

By the client that is generated of the published schema: every answer is parsed into its types.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, Final, cast

import httpx
import pytest

from clients.shop import (
    AddToCartInput,
    CheckoutInput,
    CreateUserInput,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    InvoiceStatus,
    OrderStatus,
    PayInvoiceInput,
    Role,
    Shop,
    UserErrorCode,
)
from clients.shop.products import ProductsProductsNodes
from local.deployment import Deployment
from local.server import GRAPHQL

pytestmark = pytest.mark.xdist_group("build")

TENANT: Final = "acme-eu"
PATIENCE: Final = 40.0

type Entrance = Callable[[str], Shop]
"""The shop, for who has this token."""


@pytest.fixture
def enter(deployed: Deployment) -> Iterator[Entrance]:
    """The shop as the deployed stack serves it."""
    with ExitStack() as opened:

        def shop(token: str) -> Shop:
            headers = {"authorization": f"Bearer {token}"}
            # No proxy: the API is on this host.
            connection = httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False)
            opened.enter_context(connection)
            url = deployed.stack.url(GRAPHQL)
            return Shop(url, http_client=cast("Any", connection))

        yield shop


def member(deployed: Deployment, role: str) -> str:
    """A token of one of the tenant's people."""
    return deployed.actors[f"{TENANT}/{role}"].token(deployed.issuer)


def on_the_shelf(shop: Shop) -> list[ProductsProductsNodes]:
    """The products, once the stream has put them there."""
    end = time.monotonic() + PATIENCE
    while not (found := shop.products(first=2).products).nodes:
        assert time.monotonic() < end, "nothing came onto the shelf"
        time.sleep(0.1)
    assert found.page_info.has_next_page
    following = shop.products(first=2, after=found.page_info.end_cursor).products.nodes
    return [*found.nodes, *following]


def only[T](values: Iterable[T]) -> T:
    """The one that there is."""
    (value,) = values
    return value


def test_from_the_shelf_to_the_history(deployed: Deployment, enter: Entrance) -> None:
    new = CreateUserInput(
        email="new.customer@acme.example",
        username="new.customer",
        displayName="New Customer",
        roles=[Role.CUSTOMER],
        idempotencyKey="journey",
    )
    made = enter(member(deployed, "admin")).create_user(new).create_user
    assert (made.user_errors, made.user and made.user.roles) == ([], [Role.CUSTOMER])
    assert made.user is not None
    customer = enter(deployed.issuer.token(TENANT, made.user.subject, ["customer"]))

    product, *others = on_the_shelf(customer)
    assert product.product_id not in {other.product_id for other in others}

    added = customer.add_to_cart(
        AddToCartInput(productId=product.product_id, quantity=2, idempotencyKey="journey")
    ).add_to_cart
    assert added.user_errors == []
    assert added.cart is not None
    assert [(line.quantity, line.price) for line in added.cart.lines] == [(2, product.price)]
    total = added.cart.total
    assert total.amount == 2 * product.price.amount

    key = CheckoutInput(idempotencyKey="journey")
    placed = customer.checkout(key).checkout.order
    assert placed is not None
    assert (placed.status, placed.total) == (OrderStatus.PLACED, total)
    assert customer.checkout(key).checkout.order == placed, "it is safe to repeat"
    assert placed.invoice is not None
    assert placed.invoice.status is InvoiceStatus.OPEN

    bill = PayInvoiceInput(id=placed.invoice.id, idempotencyKey="journey")
    paid = enter(member(deployed, "staff")).pay_invoice(bill).pay_invoice.invoice
    assert paid is not None
    assert paid.status is InvoiceStatus.PAID

    order = only(customer.orders().orders.nodes)
    assert (order.number, order.total) == (placed.number, total)
    assert order.status is OrderStatus.PAID
    assert order.invoice is not None
    assert order.invoice.paid_at == paid.paid_at is not None
    assert [(line.title, line.quantity) for line in order.lines] == [(product.title, 2)]


def test_what_a_client_meets_besides_data(deployed: Deployment, enter: Entrance) -> None:
    customer = enter(member(deployed, "customer"))
    product, *_ = on_the_shelf(customer)
    nothing = customer.add_to_cart(
        AddToCartInput(productId=product.product_id, quantity=0)
    ).add_to_cart
    assert [problem.code for problem in nothing.user_errors] == [UserErrorCode.INVALID]
    with pytest.raises(GraphQLClientGraphQLMultiError) as forbidden:
        customer.pay_invoice(PayInvoiceInput(id="x"))
    assert (forbidden.value.errors[0].extensions or {})["code"] == "FORBIDDEN"
    with pytest.raises(GraphQLClientHttpError) as refused:
        enter("no token").orders()
    assert refused.value.status_code == 403
