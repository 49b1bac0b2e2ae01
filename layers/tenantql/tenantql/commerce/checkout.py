"""Checkout: the cart becomes an order, its fulfilments and an invoice, and the stock is reserved.

All of it is one transaction. Prices and titles are those of the stock items as they are when it
commits: each is a condition, so nothing is sold at an old price, and nothing that is not there.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
import msgspec.structs

from tenantql.commerce import (
    addresses,
    cart_check,
    carts,
    customer_accounts,
    fulfilments,
    loyalty,
    products,
    revenue,
)
from tenantql.commerce.cart_check import CheckedLine
from tenantql.commerce.model import (
    Address,
    Cart,
    CustomerAccount,
    Invoice,
    InvoiceStatus,
    Line,
    MovementKind,
    Order,
    OrderStatus,
    PointsReason,
    Progress,
    Stock,
    StockChange,
)
from tenantql.commerce.orders import platform_shard
from tenantql.engine.context import Context
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import entity_of, timestamp
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Increase, Set, all_of, at_least, equals
from tenantql.table.writes import Action, Create, Delete, Update

PAYMENT_TERM: Final = timedelta(days=14)
NUMBER_LENGTH: Final = 10
CART: Final = "cart"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer says to a checkout of their cart: points to redeem, and the addresses.

    The bill goes to `address` too, unless `billing_address` is given.
    """

    points: int = 0
    address: Address | None = None
    billing_address: Address | None = None


NOTHING_SAID: Final = Terms()


async def check_out(context: Context, idempotency_key: str, terms: Terms = NOTHING_SAID) -> Order:
    """Turns the caller's cart into an order and returns it (O1): two reads, one transaction.

    With the same key again, the same order. Raises UserError for an empty cart, one that is too
    large, a price that has changed, a product that is out of stock, and points that are not there;
    then nothing has changed.
    """
    problems = [
        *problems_of(idempotency_key),
        *addresses.problems_of(terms.address, "address"),
        *addresses.problems_of(terms.billing_address, "billingAddress"),
    ]
    if problems:
        raise UserError(problems)
    once = Once(context, "checkout", idempotency_key, terms)
    # A checkout uses up the cart and perhaps the last pieces. So what is in the way of a
    # repetition may be its own first call, also one that ended while this one went on.
    return await once.first_result(Order, _check_out(context, once, terms))


async def _check_out(context: Context, once: Once, terms: Terms) -> Order:
    cart = await carts.of(context.tenant, context.identity.subject)
    if cart is None or not cart.products:
        raise UserError([Problem("CART_EMPTY", "There is nothing in the cart.", ())])
    checked = cart_check.checked(cart, await cart_check.stocks_of(cart))
    if problems := cart_check.problems_of(checked):
        raise UserError(problems)
    order, invoice = _order(context, cart, _lines(checked), terms)
    actions = _actions(context, cart, order, invoice)
    try:
        await once.transact(actions, entity_of(Order).key_of(order))
    except ConditionFailed as error:
        raise _refusal(error, actions, cart) from None
    return order


def _lines(checked: Sequence[CheckedLine]) -> tuple[Line, ...]:
    """The cart's lines as they are bought."""
    return tuple(
        Line(
            product=each.product,
            seller=each.stock.seller,
            title=each.stock.title,
            price=each.price,
            quantity=each.quantity,
        )
        for each in checked
        if each.stock is not None
    )


def _order(
    context: Context, cart: Cart, lines: tuple[Line, ...], terms: Terms
) -> tuple[Order, Invoice]:
    """What becomes of the cart. Raises UserError if its points would leave nothing to pay."""
    id, placed_at = context.new_id(context.now), context.timestamp
    cost, discount = sum(line.total for line in lines), loyalty.worth(terms.points)
    if terms.points < 0 or discount >= cost:
        message = "Points can pay for a part of an order: something has to be left to pay."
        raise UserError([Problem("INVALID", message, ("redeemPoints",))])
    total = cost - discount
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
        address=terms.billing_address or terms.address,
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
        points_redeemed=terms.points,
        discount=discount,
        address=terms.address,
    )
    return order, invoice


def _actions(context: Context, cart: Cart, order: Order, invoice: Invoice) -> tuple[Action, ...]:
    # Versions of a cart begin again with the next cart, so its time belongs to the condition.
    unchanged = all_of(equals("version", cart.version), equals("created_at", cart.created_at))
    points, why = order.points_redeemed, PointsReason.REDEEMED
    counted = (
        Increase(f"orders_{OrderStatus.PLACED}", 1),
        *loyalty.moved(-points, why, order.id, order.placed_at),
    )
    enough = loyalty.covers(points) if points else None
    return (
        Create(order),
        Create(invoice),
        Delete(Cart, entity_of(Cart).key_of(cart), unchanged, label=CART),
        customer_accounts.change(context, order.customer, counted, enough),
        *(_fulfilment(context, order, seller) for seller in sorted(order.sellers)),
        *(_reservation(context, order, line) for line in order.lines),
    )


def _fulfilment(context: Context, order: Order, seller: str) -> Action:
    day = revenue.day_of(context.now, context.time_zone)
    return Create(msgspec.structs.replace(fulfilments.part_of(order, seller), placed_day=day))


def _reservation(context: Context, order: Order, line: Line) -> Action:
    change = StockChange(kind=MovementKind.RESERVED, at=context.timestamp, order=order.id)
    return Update(
        Stock,
        products.stock_key(context.tenant, line.product),
        (
            Increase("available", -line.quantity),
            Increase("reserved", line.quantity),
            Set("change", change),
            *context.touch(),
        ),
        all_of(
            equals("active", True),
            at_least("available", line.quantity),
            equals("price", line.price),
            equals("currency", order.currency),
        ),
        label=line.product,
    )


def _refusal(error: ConditionFailed, actions: tuple[Action, ...], cart: Cart) -> Exception:
    """What to tell of a checkout whose conditions did not hold when it committed."""
    changed = Conflict("the cart has changed meanwhile; look at it again")
    if CART in error.labels:
        # Another checkout of it: that one may have taken the pieces that this one lacks.
        return changed
    problems = [
        _too_few_points(error.stored.get(index))
        for index in error.failed
        if actions[index].label == customer_accounts.ACCOUNT
    ]
    problems += [
        cart_check.problem_of(line, line.obstacle)
        for index in error.failed
        if isinstance(action := actions[index], Update) and action.item is Stock
        if (line := cart_check.line(cart, action.label, error.stored.get(index))).obstacle
    ]
    return UserError(problems) if problems else changed


def _too_few_points(account: CustomerAccount | None) -> Problem:
    there = 0 if account is None else account.points
    message = f"There are {there} points to redeem."
    return Problem("NOT_ENOUGH_POINTS", message, ("redeemPoints",))
