"""The cart: one item, so that every change is one conditional update."""

from datetime import timedelta
from typing import Final

from tenantql.commerce.model import Cart
from tenantql.commerce.products import price_problems
from tenantql.engine.context import Context
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import (
    Include,
    Increase,
    Set,
    above,
    absent,
    all_of,
    any_of,
    at_most,
    contains,
    equals,
    smaller_than,
)
from tenantql.table.requests import Get
from tenantql.table.writes import Create, Update

MAX_PRODUCTS: Final = 93
"""Of one seller; docs/data-model.md, transactions: checkout and cancelling fit 100 actions."""

MAX_QUANTITY: Final = 10_000
MAX_LINE: Final = (2**53 - 1) // MAX_PRODUCTS
"""Minor units: so the total of a cart, and of an order, is an amount that every client reads."""
LIFETIME: Final = timedelta(days=30)


def of(tenant: str, customer: str) -> Get[Cart]:
    """A customer's cart (C1): one GetItem."""
    return Get(Cart, key(tenant, customer))


def key(tenant: str, customer: str) -> Key:
    """The table key of a customer's cart."""
    return entity_of(Cart).key(tenant=tenant, customer=customer)


async def add(context: Context, product: str, quantity: int, price: int, currency: str) -> Cart:
    """Puts pieces of a product into the caller's cart and returns it (C2): one UpdateItem.

    Adding again adds up. `price` is what the customer was shown: it serves to compare, an order
    has the price of the moment. Raises UserError for a cart that is full or in another currency.
    """
    if problems := price_problems(price, currency):
        raise UserError(problems)
    most = min(MAX_QUANTITY, MAX_LINE // price)
    if not 0 < quantity <= most:
        message = f"A quantity is 1 to {most}."
        raise UserError([Problem("INVALID", message, ("quantity",))])
    customer, expires_at = context.identity.subject, int((context.now + LIFETIME).timestamp())
    fits = all_of(
        any_of(
            absent("products"),
            contains("products", product),
            smaller_than("products", MAX_PRODUCTS),
        ),
        any_of(absent(f"q_{product}"), at_most(f"q_{product}", most - quantity)),
        any_of(absent("currency"), equals("currency", currency)),
        any_of(absent("expires_at"), above("expires_at", int(context.now.timestamp()))),
    )
    empty = Cart(**context.audit(), customer=customer, currency=currency)
    changes = (
        Include("products", frozenset({product})),
        Increase(f"q_{product}", quantity),
        Set(f"p_{product}", price),
        Set("expires_at", expires_at),
        *context.touch(),
    )
    own = key(context.tenant, customer)
    try:
        return await Update(Cart, own, changes, fits, otherwise=empty)
    except ConditionFailed as error:
        stored: Cart | None = error.stored.get(0)
        if stored is not None and (stored.expires_at or 0) > context.now.timestamp():
            raise UserError([_problem(stored, product, currency, most)]) from None
    # The old cart has expired and DynamoDB has not deleted it yet.
    new = Cart(
        **context.audit(),
        customer=customer,
        currency=currency,
        products=frozenset({product}),
        quantities={product: quantity},
        prices={product: price},
        expires_at=expires_at,
    )
    await Create(new)
    return new


def _problem(cart: Cart, product: str, currency: str, most: int) -> Problem:
    if cart.currency != currency:
        message = f"The cart is in {cart.currency}; check out or empty it first."
        return Problem("OTHER_CURRENCY", message, ("productId",))
    if product not in cart.products and len(cart.products) >= MAX_PRODUCTS:
        message = f"A cart holds at most {MAX_PRODUCTS} products."
        return Problem("CART_FULL", message, ("productId",))
    message = f"A cart holds at most {most} pieces of this product."
    return Problem("INVALID", message, ("quantity",))
