"""The data that is measured: one tenant's shop, the same for every side."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import orjson

from tenantql.accounts.model import User
from tenantql.commerce.model import Invoice, InvoiceStatus, Product
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.routing import Tier
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

TOKEN: Final = "t" * 1_000
"""A session token of about the length that one with a session policy and tags has."""

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


def shop_items() -> Iterator[bytes]:
    """Every item of the tenant, and its routing record."""
    yield from (orjson.dumps(stored(item)) for item in _shop())


def _shop() -> Iterator[msgspec.Struct]:
    # Nobody else has a budget for requests as fast as these.
    yield route(TENANT, table=TABLE, tier=Tier.ENTERPRISE)
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


GROWING: Final[tuple[Callable[[int], msgspec.Struct], ...]] = (
    user_number,
    invoice_number,
    lambda number: order(TENANT, number),
    lambda number: spender(TENANT, number),
)
"""What there are more and more of; the orders are all of one customer."""

_MARK: Final = 10_000_000
"""Stands for the number of an item, wherever it has one."""


def more_items(first: int, count: int) -> Iterator[bytes]:
    """So many further items of the lists that grow, as many of each, numbered from `first`.

    One item of each list is made; the others have other ids, times and names of the same length.
    """
    patterns = [orjson.dumps(stored(one(_MARK))) for one in GROWING]
    mark = _varying(_MARK)
    for number in range(first, first + count // len(patterns)):
        own = _varying(number)
        for text in patterns:
            new = text
            for old, each in zip(mark, own, strict=True):
                new = new.replace(old, each)
            yield new


def _varying(number: int) -> tuple[bytes, ...]:
    """What an item has of its number: id, time, and the number itself."""
    texts = id_of_number(number), time_of_number(number), f"{number:08d}"
    return tuple(text.encode() for text in texts)
