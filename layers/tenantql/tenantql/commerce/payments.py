"""Paying: money is never lost and never counted twice.

One transaction changes the invoice, its order, the customer's account and the revenue of the day,
so they agree at every moment. The invoice's version is a condition: two payments at once are one
payment and one refusal. Giving back is in `tenantql.commerce.refunds`.
"""

from typing import Final

import msgspec

from tenantql.commerce import customer_accounts, loyalty, revenue
from tenantql.commerce.model import (
    Invoice,
    InvoiceStatus,
    Order,
    OrderStatus,
    PointsReason,
)
from tenantql.commerce.orders import moved_keys
from tenantql.commerce.revenue import Money
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Change, Increase, Set, equals
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Update, revise

CHANGED: Final = "the invoice has changed meanwhile; look at it again"


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoice is paid."""

    invoice: Key


async def pay(context: Context, key: Key, idempotency_key: str | None) -> Invoice:
    """Pays an open invoice in full and returns it (I3): one read, one transaction.

    The customer earns points if it is an order's. Raises NotFound, and UserError for an invoice
    that is not open.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    once = Once(context, "payInvoice", idempotency_key, Payment(invoice=key))
    return await once.first_result(Invoice, _pay(context, once, key))


async def _pay(context: Context, once: Once, key: Key) -> Invoice:
    invoice = await existing(key)
    if invoice.status is not InvoiceStatus.OPEN:
        message = f"This invoice is {invoice.status}; only an open one can be paid."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])
    day = revenue.day_of(context.now, context.time_zone)
    paid = context.revised(
        invoice, status=InvoiceStatus.PAID, paid_at=context.timestamp, booked_day=day
    )

    def actions() -> tuple[Action, ...]:
        # Each attempt books on a shard of its own choice.
        return (
            revise(invoice, paid, label="invoice"),
            *_of_order(context, invoice, day),
            customer_accounts.change(context, invoice.customer, _counted(invoice)),
            *revenue.booking(context, day, invoice.currency, Money(paid=invoice.total)),
        )

    try:
        await once.transact(actions(), key, actions)
    except ConditionFailed:
        raise Conflict(CHANGED) from None
    return paid


def _of_order(context: Context, invoice: Invoice, day: str) -> tuple[Action, ...]:
    if invoice.order_shard is None:
        return ()
    changes = (
        Set("status", OrderStatus.PAID),
        Set("booked_day", day),
        Set("points_earned", loyalty.earned(invoice.total)),
        *moved_keys(invoice, invoice.order_shard, OrderStatus.PAID),
        *context.touch(),
    )
    placed = equals("status", OrderStatus.PLACED)
    return (Update(Order, order_key(invoice), changes, placed, label="order"),)


def _counted(invoice: Invoice) -> tuple[Change, ...]:
    """What a payment changes in the customer's account."""
    spent = Increase(f"spend_{invoice.currency}", invoice.total)
    if invoice.order_shard is None:
        return (spent,)
    points, why = loyalty.earned(invoice.total), PointsReason.PAID
    return (
        spent,
        *customer_accounts.recounted(OrderStatus.PLACED, OrderStatus.PAID),
        *loyalty.moved(points, why, invoice.id, invoice.issued_at),
    )


def order_key(invoice: Invoice) -> Key:
    """The table key of the order that an invoice is of."""
    return entity_of(Order).key(
        tenant=invoice.tenant,
        customer=invoice.customer,
        placed_at=invoice.issued_at,
        id=invoice.id,
    )


async def existing(key: Key) -> Invoice:
    """The invoice with this key. Raises NotFound."""
    found = await Get(Invoice, key)
    if found is None:
        raise NotFound("there is no such invoice")
    return found
