"""Withdrawing an invoice that was not paid: its order is cancelled with it."""

import msgspec

from tenantql.commerce import cancellation
from tenantql.commerce.model import Invoice, InvoiceStatus
from tenantql.commerce.payments import CHANGED, existing, order_key
from tenantql.engine.context import Context
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.writes import revise


class Voiding(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoice is withdrawn."""

    invoice: Key


async def void(context: Context, key: Key, idempotency_key: str | None) -> Invoice:
    """Withdraws an open invoice and returns it (I3); an order's is cancelled by the rules of O4.

    Raises NotFound, and UserError for an invoice that is not open.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    once = Once(context, "voidInvoice", idempotency_key, Voiding(invoice=key))
    return await once.first_result(Invoice, _void(context, once, key))


async def _void(context: Context, once: Once, key: Key) -> Invoice:
    invoice = await existing(key)
    if invoice.status is not InvoiceStatus.OPEN:
        message = f"This invoice is {invoice.status}; only an open one can be withdrawn."
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])
    if invoice.order_shard is not None:
        await cancellation.carry_out(context, once, order_key(invoice), key, unpaid=True)
        return await existing(key)
    withdrawn = context.revised(invoice, status=InvoiceStatus.VOID)
    try:
        await once.transact((revise(invoice, withdrawn, label="invoice"),), key)
    except ConditionFailed:
        raise Conflict(CHANGED) from None
    return withdrawn
