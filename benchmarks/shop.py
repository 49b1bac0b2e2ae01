"""The data that is measured: one tenant's shop, the same for every side."""

from collections.abc import Iterator
from typing import Final

import msgspec

from tenantql.accounts.model import User
from tenantql.commerce.model import Invoice, InvoiceStatus, Product
from tenantql.table.attributes import RawItem
from tenantql.tenancy.identity import Identity, Role
from tests.unit.builders import invoice, organisation, route, stored, user
from tests.unit.commerce.builders import (
    CUSTOMER,
    SELLER,
    cart,
    id_of_number,
    order,
    product,
    spender,
    stock,
    time_of_number,
)

TENANT: Final = "acme"
TABLE: Final = "shop-data-basic-01"
CONTROL_TABLE: Final = "shop-control"
REGION: Final = "eu-central-1"

PAGE: Final = 50
"""Items of each list, and of case B's page: so every side reads as many."""

CART_LINES: Final = 3

STAFF: Final = Identity(TENANT, "somebody", frozenset({Role.STAFF}))
BUYER: Final = Identity(TENANT, CUSTOMER, frozenset({Role.CUSTOMER}))


def user_number(number: int) -> User:
    """A user of the tenant."""
    return user(
        TENANT,
        id=CUSTOMER if number == 0 else id_of_number(number),
        created_at=time_of_number(number),
        username=f"user{number}",
        email=f"user{number}@example.com",
        display_name=f"User number {number}",
    )


def invoice_number(number: int) -> Invoice:
    """An invoice, paid and in part refunded, so that each of its fields has a value."""
    return invoice(
        TENANT,
        id=id_of_number(number),
        number=f"A-{number}",
        customer=CUSTOMER,
        status=InvoiceStatus.PARTLY_REFUNDED,
        issued_at=time_of_number(number),
        due_at=time_of_number(number + 14 * 86_400),
        paid_at=time_of_number(number + 86_400),
        refunded=250,
    )


def product_number(number: int) -> Product:
    """A product of the cart's."""
    return product(TENANT, id_of_number(number), title=f"Kettle {number}", seller=SELLER)


def shop_items() -> Iterator[RawItem]:
    """Every item of the tenant, and its routing record."""
    yield from map(stored, _shop())


def _shop() -> Iterator[msgspec.Struct]:
    yield route(TENANT, table=TABLE)
    yield organisation(TENANT)
    for number in range(PAGE):
        yield user_number(number)
        yield invoice_number(number)
        yield order(TENANT, number)
        yield spender(TENANT, number)
    products = [product_number(number) for number in range(CART_LINES)]
    yield cart(TENANT, {each.id: 2 for each in products})
    for each in products:
        yield each
        yield stock(each)
