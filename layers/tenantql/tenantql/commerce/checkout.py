"""Checkout: the cart becomes an order, its fulfilments and an invoice, and the stock is reserved.

All of it is one transaction. Prices and titles are those of the stock items as they are when it
commits: each is a condition, so nothing is sold at an old price, and nothing that is not there.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from tenantql.commerce import carts, products, revenue
from tenantql.commerce.model import (
    Cart,
    CustomerAccount,
    Fulfilment,
    FulfilmentStatus,
    Invoice,
    InvoiceStatus,
    Line,
    Order,
    OrderStatus,
    Progress,
    Stock,
)
from tenantql.commerce.orders import platform_shard
from tenantql.engine.context import Context
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import entity_of, timestamp
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Increase, all_of, at_least, equals
from tenantql.table.requests import BatchGet, Get
from tenantql.table.writes import Action, Create, Delete, Update

MAX_LINES_AND_SELLERS: Final = 94
"""docs/data-model.md, transactions: what can be bought can be cancelled, in 100 actions."""

PAYMENT_TERM: Final = timedelta(days=14)
NUMBER_LENGTH: Final = 10
CART: Final = "cart"


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a checkout: the caller's own cart, and nothing else."""

    customer: str


async def check_out(context: Context, idempotency_key: str) -> Order:
    """Turns the caller's cart into an order and returns it (O1): two reads, one transaction.

    With the same key again, the same order. Raises UserError for an empty cart, one that is too
    large, a price that has changed and a product that is out of stock; then nothing has changed.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    customer = context.identity.subject
    once = Once(context, "checkout", idempotency_key, Checkout(customer=customer))
    try:
        return await _check_out(context, once, customer)
    except (UserError, Conflict):
        # A checkout uses up the cart and perhaps the last pieces. So what is in the way of a
        # repetition may be its own first call, also one that ended while this one went on.
        earlier = await once.earlier()
        if earlier is None:
            raise
    return _existing(await Get(Order, earlier))


async def _check_out(context: Context, once: Once, customer: str) -> Order:
    cart = await carts.of(context.tenant, customer)
    if cart is None or not cart.products:
        raise UserError([Problem("CART_EMPTY", "There is nothing in the cart.", ())])
    stocks = await _stocks(context, cart)
    lines = _lines(cart, stocks)
    order, invoice = _order(context, cart, lines)
    actions = _actions(context, cart, order, invoice)
    try:
        key = await once.transact(actions, entity_of(Order).key_of(order))
    except ConditionFailed as error:
        raise _refusal(error, actions) from None
    return _existing(await Get(Order, key)) if once.repeated else order


async def _stocks(context: Context, cart: Cart) -> Sequence[Stock | None]:
    wanted = sorted(cart.products)
    keys = tuple(products.stock_key(context.tenant, product) for product in wanted)
    return await BatchGet(Stock, keys)


def _lines(cart: Cart, stocks: Sequence[Stock | None]) -> tuple[Line, ...]:
    """The cart's lines as they can be bought. Raises UserError with everything in the way."""
    problems: list[Problem] = []
    lines: list[Line] = []
    for product, stock in zip(sorted(cart.products), stocks, strict=True):
        quantity = cart.quantities[product]
        if stock is None or not stock.active or stock.available < quantity:
            problems.append(_out_of_stock(product, stock))
        elif (stock.price, stock.currency) != (cart.prices[product], cart.currency):
            problems.append(_price_changed(product, stock))
        else:
            lines.append(
                Line(
                    product=product,
                    seller=stock.seller,
                    title=stock.title,
                    price=stock.price,
                    quantity=quantity,
                )
            )
    if problems:
        raise UserError(problems)
    sellers = {line.seller for line in lines}
    if len(lines) + len(sellers) > MAX_LINES_AND_SELLERS:
        message = (
            f"{len(lines)} products of {len(sellers)} sellers are too many for one order: products "
            f"and sellers together may be {MAX_LINES_AND_SELLERS}."
        )
        raise UserError([Problem("CART_TOO_LARGE", message, ())])
    return tuple(lines)


def _order(context: Context, cart: Cart, lines: tuple[Line, ...]) -> tuple[Order, Invoice]:
    id, placed_at = context.new_id(context.now), context.timestamp
    total = sum(line.total for line in lines)
    invoice = Invoice(
        **context.audit(),
        id=id,
        shard=context.shard("invoices", id),
        number=id[-NUMBER_LENGTH:],
        status=InvoiceStatus.OPEN,
        customer=cart.customer,
        total=total,
        currency=cart.currency,
        issued_at=placed_at,
        due_at=timestamp(context.now + PAYMENT_TERM),
        order_shard=context.shard("orders", id),
    )
    order = Order(
        **context.audit(),
        id=id,
        customer=cart.customer,
        placed_at=placed_at,
        shard=context.shard("orders", id),
        platform_shard=platform_shard(id),
        invoice_shard=invoice.shard,
        number=invoice.number,
        status=OrderStatus.PLACED,
        lines=lines,
        sellers=frozenset(line.seller for line in lines),
        fulfilments={line.seller: Progress() for line in lines},
        total=total,
        currency=cart.currency,
    )
    return order, invoice


def _actions(context: Context, cart: Cart, order: Order, invoice: Invoice) -> tuple[Action, ...]:
    account = CustomerAccount(**context.audit(), customer=order.customer)
    # Versions of a cart begin again with the next cart, so its time belongs to the condition.
    unchanged = all_of(equals("version", cart.version), equals("created_at", cart.created_at))
    counted = (Increase(f"orders_{OrderStatus.PLACED}", 1), *context.touch())
    return (
        Create(order),
        Create(invoice),
        Delete(Cart, entity_of(Cart).key_of(cart), unchanged, label=CART),
        Update(
            CustomerAccount,
            entity_of(CustomerAccount).key_of(account),
            counted,
            otherwise=account,
        ),
        *(_fulfilment(context, order, seller) for seller in sorted(order.sellers)),
        *(_reservation(context, line, order.currency) for line in order.lines),
    )


def _fulfilment(context: Context, order: Order, seller: str) -> Action:
    lines = tuple(line for line in order.lines if line.seller == seller)
    return Create(
        Fulfilment(
            **context.audit(),
            seller=seller,
            placed_at=order.placed_at,
            placed_day=revenue.day_of(context.now, context.time_zone),
            order=order.id,
            customer=order.customer,
            number=order.number,
            status=FulfilmentStatus.PENDING,
            lines=lines,
            subtotal=sum(line.total for line in lines),
            currency=order.currency,
        )
    )


def _reservation(context: Context, line: Line, currency: str) -> Action:
    return Update(
        Stock,
        products.stock_key(context.tenant, line.product),
        (
            Increase("available", -line.quantity),
            Increase("reserved", line.quantity),
            *context.touch(),
        ),
        all_of(
            equals("active", True),
            at_least("available", line.quantity),
            equals("price", line.price),
            equals("currency", currency),
        ),
        label=line.product,
    )


def _refusal(error: ConditionFailed, actions: tuple[Action, ...]) -> Exception:
    """What to tell of a checkout whose conditions did not hold when it committed."""
    changed = Conflict("the cart has changed meanwhile; look at it again")
    if CART in error.labels:
        # Another checkout of it: that one may have taken the pieces that this one lacks.
        return changed
    problems: list[Problem] = []
    for index in error.failed:
        action, stock = actions[index], error.stored.get(index)
        if isinstance(action, Update) and action.item is Stock:
            wanted = -next(
                change.by
                for change in action.changes
                if isinstance(change, Increase) and change.path == "available"
            )
            gone = stock is None or not stock.active or stock.available < wanted
            problem = _out_of_stock if gone else _price_changed
            problems.append(problem(action.label, stock))
    return UserError(problems) if problems else changed


def _out_of_stock(product: str, stock: Stock | None) -> Problem:
    left = stock.available if stock is not None and stock.active else 0
    message = f"There are {left} pieces of {stock.title if stock else 'a product'} left."
    return Problem("OUT_OF_STOCK", message, ("cart", product))


def _price_changed(product: str, stock: Stock | None) -> Problem:
    now = "" if stock is None else f" to {stock.price} {stock.currency} (minor units)"
    title = "a product" if stock is None else stock.title
    message = f"The price of {title} has changed{now}; put it into the cart again."
    return Problem("PRICE_CHANGED", message, ("cart", product))


def _existing(order: Order | None) -> Order:
    if order is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return order
