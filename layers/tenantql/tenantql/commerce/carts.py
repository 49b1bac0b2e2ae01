"""The cart: one item, so that every change is one conditional update."""

from datetime import timedelta
from typing import Final

import msgspec

from tenantql.commerce.additions import Mark
from tenantql.commerce.model import Cart
from tenantql.commerce.products import price_problems
from tenantql.engine.context import Context
from tenantql.engine.idempotency import problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import (
    Change,
    Exclude,
    Include,
    Increase,
    Remove,
    Set,
    above,
    absent,
    all_of,
    any_of,
    at_most,
    contains,
    equals,
    exists,
    smaller_than,
)
from tenantql.table.requests import Get
from tenantql.table.writes import Create, Delete, Update

MAX_PRODUCTS: Final = 93
"""Of one seller; docs/data-model.md, transactions: checkout and cancelling fit 100 actions."""

MAX_QUANTITY: Final = 10_000
MAX_LINE: Final = (2**53 - 1) // MAX_PRODUCTS
"""Minor units: so the total of a cart, and of an order, is an amount that every client reads."""
LIFETIME: Final = timedelta(days=30)


class Shown(msgspec.Struct, frozen=True):
    """What the customer was shown that a piece costs: minor units of a currency."""

    price: int
    currency: str


class Addition(msgspec.Struct, frozen=True):
    """Pieces of a product that go into a cart.

    `looked_up` is whether `shown` is the price of the moment, for want of one in the input.
    """

    product: str
    quantity: int
    shown: Shown
    looked_up: bool = False

    @property
    def input(self) -> object:
        """What the client has asked for, which is the same in a repetition."""
        return self.product, self.quantity, None if self.looked_up else self.shown


def of(tenant: str, customer: str) -> Get[Cart]:
    """A customer's cart (C1, C4): one GetItem."""
    return Get(Cart, key(tenant, customer))


def key(tenant: str, customer: str) -> Key:
    """The table key of a customer's cart."""
    return entity_of(Cart).key(tenant=tenant, customer=customer)


async def add(context: Context, addition: Addition, idempotency_key: str | None = None) -> Cart:
    """Puts pieces of a product into the caller's cart and returns it (C2): one UpdateItem.

    Adding again adds up; with the key of one of the last additions it adds nothing. The price
    serves to compare: an order has the price of the moment. Raises UserError for a cart that is
    full or in another currency, and for a key that was used for another addition.
    """
    product, quantity, shown = addition.product, addition.quantity, addition.shown
    if problems := price_problems(shown.price, shown.currency):
        raise UserError(problems)
    most = _most(shown.price)
    if problems := [*_quantity_problems(quantity, most), *problems_of(idempotency_key)]:
        raise UserError(problems)
    mark = None if idempotency_key is None else Mark.of(idempotency_key, addition.input)
    fits = all_of(
        any_of(
            absent("products"),
            contains("products", product),
            smaller_than("products", MAX_PRODUCTS),
        ),
        any_of(absent(f"q_{product}"), at_most(f"q_{product}", most - quantity)),
        any_of(absent("products"), equals("currency", shown.currency)),
        any_of(absent("expires_at"), above("expires_at", int(context.now.timestamp()))),
        *(() if mark is None else mark.unknown()),
    )
    new = Cart(
        **context.audit(),
        customer=context.identity.subject,
        currency=shown.currency,
        products=frozenset({product}),
        quantities={product: quantity},
        prices={product: shown.price},
        expires_at=_expiry(context),
        added={} if mark is None else {"1": mark.text},
    )
    changes = (
        Include("products", new.products),
        Increase(f"q_{product}", quantity),
        Set(f"p_{product}", shown.price),
        Set("currency", shown.currency),
        *(() if mark is None else mark.remembered()),
        *_kept(context),
    )
    empty = Cart(**context.audit(), customer=new.customer, currency=new.currency)
    try:
        return await Update(Cart, key(context.tenant, new.customer), changes, fits, otherwise=empty)
    except ConditionFailed as error:
        stored: Cart | None = error.stored.get(0)
        if stored is not None and (stored.expires_at or 0) > context.now.timestamp():
            if mark is not None and mark.known(stored):
                return stored
            raise UserError([_refusal(stored, addition, most)]) from None
    # The old cart has expired and DynamoDB has not deleted it yet.
    await Create(new)
    return new


async def change(context: Context, product: str, quantity: int, shown: Shown | None = None) -> Cart:
    """Gives a product of the caller's cart another quantity and returns the cart (C2).

    One UpdateItem. With `shown` also the price that the customer has seen meanwhile. Raises
    UserError for a product that is not in the cart, or too many pieces.
    """
    if shown is not None and (problems := price_problems(shown.price, shown.currency)):
        raise UserError(problems)
    most = MAX_QUANTITY if shown is None else _most(shown.price)
    if problems := _quantity_problems(quantity, most):
        raise UserError(problems)
    fits = exists(f"q_{product}")
    if shown is None:
        fits = all_of(fits, at_most(f"p_{product}", MAX_LINE // quantity))
    else:
        fits = all_of(fits, equals("currency", shown.currency))
    changes = (
        Set(f"q_{product}", quantity),
        *(() if shown is None else (Set(f"p_{product}", shown.price),)),
        *_kept(context),
    )
    try:
        return await Update(Cart, key(context.tenant, context.identity.subject), changes, fits)
    except ConditionFailed as error:
        cart: Cart | None = error.stored.get(0)
    if cart is None or product not in cart.products:
        message = "This product is not in the cart."
        raise UserError([Problem("NOT_IN_CART", message, ("productId",))])
    if shown is not None:
        raise UserError([_other_currency(cart, ("price", "currency"))])
    raise UserError(_quantity_problems(quantity, _most(cart.prices[product])))


async def remove(context: Context, product: str) -> Cart | None:
    """Takes a product out of the caller's cart and returns the cart (C3): one UpdateItem.

    None if there is no cart; a product that is not in it is out of it already.
    """
    changes = (
        Exclude("products", frozenset({product})),
        Remove(f"q_{product}"),
        Remove(f"p_{product}"),
        *_kept(context),
    )
    try:
        return await Update(Cart, key(context.tenant, context.identity.subject), changes)
    except ConditionFailed:
        return None


async def clear(context: Context) -> None:
    """Takes everything out of the caller's cart (C3): one DeleteItem."""
    await Delete(Cart, key(context.tenant, context.identity.subject))


def _kept(context: Context) -> tuple[Change, ...]:
    """A cart lives on with each change."""
    return Set("expires_at", _expiry(context)), *context.touch()


def _expiry(context: Context) -> int:
    return int((context.now + LIFETIME).timestamp())


def _most(price: int) -> int:
    return min(MAX_QUANTITY, MAX_LINE // price)


def _quantity_problems(quantity: int, most: int) -> list[Problem]:
    if 0 < quantity <= most:
        return []
    return [Problem("INVALID", f"A quantity is 1 to {most}.", ("quantity",))]


def _refusal(cart: Cart, addition: Addition, most: int) -> Problem:
    """Why the cart has refused an addition that is not a repeated one."""
    if cart.currency != addition.shown.currency:
        return _other_currency(cart, ("productId",))
    if addition.product not in cart.products and len(cart.products) >= MAX_PRODUCTS:
        message = f"A cart holds at most {MAX_PRODUCTS} products."
        return Problem("CART_FULL", message, ("productId",))
    message = f"A cart holds at most {most} pieces of this product."
    return Problem("INVALID", message, ("quantity",))


def _other_currency(cart: Cart, field: tuple[str, ...]) -> Problem:
    message = f"The cart is in {cart.currency}; check out or empty it first."
    return Problem("OTHER_CURRENCY", message, field)
