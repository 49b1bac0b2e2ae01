"""Paying and refunding: money is never lost and never counted twice.

One transaction changes the invoice, its order, the customer's account and the revenue of the day,
so they agree at every moment. The invoice's version is a condition: two payments at once are one
payment and one refusal.
"""

from collections.abc import Awaitable
from typing import Final

import msgspec

from tenantql.commerce import revenue
from tenantql.commerce.model import (
    CustomerAccount,
    Invoice,
    InvoiceStatus,
    Order,
    OrderStatus,
    Refund,
)
from tenantql.commerce.orders import moved_keys
from tenantql.commerce.revenue import Money
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Increase, Set, equals
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Update, revise

MAX_REFUNDS: Final = 100


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoice is paid."""

    invoice: Key


class Repayment(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an invoice is given back, in minor units of its currency."""

    invoice: Key
    amount: int


async def pay(context: Context, key: Key, idempotency_key: str | None) -> Invoice:
    """Pays an open invoice in full and returns it (I3): one read, one transaction.

    Raises NotFound, and UserError for an invoice that is not open.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    once = Once(context, "payInvoice", idempotency_key, Payment(invoice=key))
    return await _first_result(once, key, _pay(context, once, key))


async def _pay(context: Context, once: Once, key: Key) -> Invoice:
    invoice = await _invoice(key)
    if invoice.status is not InvoiceStatus.OPEN:
        message = f"This invoice is {invoice.status}; only an open one can be paid."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])
    day = revenue.day_of(context.now, context.time_zone)
    paid = context.revised(
        invoice, status=InvoiceStatus.PAID, paid_at=context.timestamp, booked_day=day
    )
    booked = Money(paid=invoice.total)
    actions = (
        revise(invoice, paid, label="invoice"),
        *_order_paid(context, invoice),
        _account(context, invoice, spent=invoice.total),
        *revenue.booking(context, day, invoice.currency, booked),
    )
    await once.transact(actions, key)
    return paid


async def refund(context: Context, key: Key, amount: int, idempotency_key: str | None) -> Invoice:
    """Gives back part of a paid invoice, or all of it, and returns it (I3).

    The money leaves the revenue of the day on which it was paid. Raises NotFound, and UserError for
    an invoice that is not paid or an amount that is not left of it.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    repayment = Repayment(invoice=key, amount=amount)
    once = Once(context, "refundInvoice", idempotency_key, repayment)
    return await _first_result(once, key, _refund(context, once, key, amount))


async def _refund(context: Context, once: Once, key: Key, amount: int) -> Invoice:
    invoice = await _invoice(key)
    _ensure_refundable(invoice, amount)
    total = invoice.refunded + amount
    status = InvoiceStatus.REFUNDED if total == invoice.total else InvoiceStatus.PARTLY_REFUNDED
    given = Refund(amount=amount, at=context.timestamp, by=context.identity.subject)
    refunded = context.revised(
        invoice, status=status, refunded=total, refunds=(*invoice.refunds, given)
    )
    booked = Money(refunded=amount)
    actions = (
        revise(invoice, refunded, label="invoice"),
        *_order_refunded(context, invoice, amount),
        _account(context, invoice, spent=-amount),
        *revenue.booking(context, invoice.booked_day or "", invoice.currency, booked),
    )
    await once.transact(actions, key)
    return refunded


async def _first_result(once: Once, key: Key, write: Awaitable[Invoice]) -> Invoice:
    """What `write` gives; for a repetition, the invoice as the first call and others left it.

    What is in the way of a repetition may be its own first call, so only a refusal asks for it.
    """
    try:
        changed = await write
    except (UserError, Conflict) as refusal:
        if await once.earlier() is None:
            if isinstance(refusal, ConditionFailed):
                message = "the invoice has changed meanwhile; look at it again"
                raise Conflict(message) from None
            raise
        return await _invoice(key)
    return await _invoice(key) if once.repeated else changed


async def _invoice(key: Key) -> Invoice:
    found = await Get(Invoice, key)
    if found is None:
        raise NotFound("there is no such invoice")
    return found


def _ensure_refundable(invoice: Invoice, amount: int) -> None:
    if invoice.status not in {InvoiceStatus.PAID, InvoiceStatus.PARTLY_REFUNDED}:
        message = f"This invoice is {invoice.status}; only a paid one can be refunded."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])
    left = invoice.total - invoice.refunded
    if not 0 < amount <= left:
        message = f"An amount of 1 to {left} minor units can be given back."
        raise UserError([Problem("INVALID", message, ("amount",))])
    if len(invoice.refunds) >= MAX_REFUNDS:
        message = f"An invoice has at most {MAX_REFUNDS} refunds."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])


def _order_key(invoice: Invoice) -> Key:
    return entity_of(Order).key(
        tenant=invoice.tenant,
        customer=invoice.customer,
        placed_at=invoice.issued_at,
        id=invoice.id,
    )


def _order_paid(context: Context, invoice: Invoice) -> tuple[Action, ...]:
    if invoice.order_shard is None:
        return ()
    keys = moved_keys(invoice, invoice.order_shard, OrderStatus.PAID)
    changes = (Set("status", OrderStatus.PAID), *keys, *context.touch())
    placed = equals("status", OrderStatus.PLACED)
    return (Update(Order, _order_key(invoice), changes, placed, label="order"),)


def _order_refunded(context: Context, invoice: Invoice, amount: int) -> tuple[Action, ...]:
    if invoice.order_shard is None:
        return ()
    changes = (Increase("refunded", amount), *context.touch())
    return (Update(Order, _order_key(invoice), changes, label="order"),)


def _account(context: Context, invoice: Invoice, spent: int) -> Action:
    account = CustomerAccount(**context.audit(), customer=invoice.customer)
    moved = (
        (
            Increase(f"orders_{OrderStatus.PLACED}", -1),
            Increase(f"orders_{OrderStatus.PAID}", 1),
        )
        if spent > 0 and invoice.order_shard is not None
        else ()
    )
    changes = (Increase(f"spend_{invoice.currency}", spent), *moved, *context.touch())
    return Update(
        CustomerAccount, entity_of(CustomerAccount).key_of(account), changes, otherwise=account
    )
