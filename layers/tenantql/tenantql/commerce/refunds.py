"""Refunds: giving back money of a paid invoice, in part or in full, and with it goods and points.

The money leaves the revenue of the day on which it was paid. One transaction changes the invoice,
its order, the customer's account, the revenue and, with goods, fulfilments and stock.
"""

from copy import replace
from typing import Final

import msgspec

from tenantql.commerce import customer_accounts, loyalty, returns, revenue
from tenantql.commerce.model import (
    CustomerAccount,
    Invoice,
    InvoiceStatus,
    Order,
    OrderStatus,
    PointsReason,
    Refund,
    Stock,
)
from tenantql.commerce.payments import CHANGED, existing, order_key
from tenantql.commerce.returns import Goods
from tenantql.commerce.revenue import Money
from tenantql.engine.context import Context
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Change, Increase
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Update, revise

MAX_REFUNDS: Final = 100
ATTEMPTS: Final = 5
"""How often a refund is built anew because points or products are gone meanwhile."""


class Repayment(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an invoice is given back, in minor units of its currency, and which goods."""

    invoice: Key
    amount: int
    goods: tuple[Goods, ...] = ()


async def refund(context: Context, repayment: Repayment, idempotency_key: str) -> Invoice:
    """Gives back part of a paid invoice, or all of it, and returns it (I3).

    One read and one transaction; with goods two reads. The points that the money earned go too, as
    far as the customer still has them. Raises NotFound, and UserError for an invoice that is not
    paid, an amount that is not left of it, and goods that its order does not have.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    once = Once(context, "refundInvoice", idempotency_key, repayment)
    return await once.first_result(Invoice, _refund(context, once, repayment))


async def _refund(context: Context, once: Once, repayment: Repayment) -> Invoice:
    invoice = await existing(repayment.invoice)
    _ensure_refundable(invoice, repayment.amount)
    order = await _order_of(invoice) if repayment.goods else None
    if order is not None:
        returns.ensure_returnable(order, repayment.goods)
    points = 0
    if invoice.order_shard is not None:
        points = loyalty.lost(invoice.total - invoice.refunded, repayment.amount)
    draft = _Draft(context, invoice, order, repayment, points)
    for _ in range(ATTEMPTS):
        try:
            await once.transact(draft.actions(), repayment.invoice, draft.actions)
        except ConditionFailed as error:
            draft = draft.with_less(error)
        else:
            return draft.refunded
    raise Conflict("points and products go all the time; try again")


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


async def _order_of(invoice: Invoice) -> Order:
    order = None if invoice.order_shard is None else await Get(Order, order_key(invoice))
    if order is None:
        message = "This invoice is not of an order, so there are no goods to give back."
        raise UserError([Problem("INVALID", message, ("goods",))])
    return order


class _Draft(msgspec.Struct, frozen=True):
    """A refund as it is written, if the customer has `points` still, and no stock but `gone` is."""

    context: Context
    invoice: Invoice
    order: Order | None
    repayment: Repayment
    points: int
    gone: frozenset[str] = frozenset()

    @property
    def refunded(self) -> Invoice:
        """The invoice afterwards."""
        amount, invoice = self.repayment.amount, self.invoice
        total = invoice.refunded + amount
        status = InvoiceStatus.REFUNDED if total == invoice.total else InvoiceStatus.PARTLY_REFUNDED
        by = self.context.identity.subject
        given = Refund(amount=amount, at=self.context.timestamp, by=by, points=self.points)
        return self.context.revised(
            invoice, status=status, refunded=total, refunds=(*invoice.refunds, given)
        )

    @property
    def restored(self) -> int:
        """Redeemed points that come back: those of an order of which nothing is left."""
        if self.order is None:
            return 0
        after = returns.without(self.context, self.order, self.repayment.goods)
        return self.order.points_redeemed if after.status is OrderStatus.CANCELLED else 0

    def actions(self) -> tuple[Action, ...]:
        """Everything that changes; each time on a shard of its own choice."""
        invoice, amount = self.invoice, self.repayment.amount
        goods, recounted = self._goods()
        return (
            revise(invoice, self.refunded, label="invoice"),
            *goods,
            self._account(recounted),
            *revenue.booking(
                self.context, invoice.booked_day or "", invoice.currency, Money(refunded=amount)
            ),
        )

    def _goods(self) -> tuple[tuple[Action, ...], tuple[Change, ...]]:
        """The actions on order, fulfilments and stock, and what they change in the account."""
        context, invoice, order = self.context, self.invoice, self.order
        amount, goods = self.repayment.amount, self.repayment.goods
        if invoice.order_shard is None:
            return (), ()
        if order is None:
            less = Increase("refunded", amount), Increase("points_earned", -self.points)
            key = order_key(invoice)
            return (Update(Order, key, (*less, *context.touch()), label="order"),), ()
        after = msgspec.structs.replace(
            returns.without(context, order, goods),
            refunded=order.refunded + amount,
            points_earned=order.points_earned - self.points,
        )
        moves = returns.moves(context, order, after, goods, self.gone)
        recounted = customer_accounts.recounted(order.status, after.status)
        return (revise(order, after, label="order"), *moves), recounted

    def _account(self, recounted: tuple[Change, ...]) -> Action:
        invoice, points = self.invoice, self.restored - self.points
        changes = (
            Increase(f"spend_{invoice.currency}", -self.repayment.amount),
            *recounted,
            *loyalty.moved(points, PointsReason.REFUNDED, invoice.id, invoice.issued_at),
        )
        condition = loyalty.covers(-points) if points < 0 else None
        return customer_accounts.change(self.context, invoice.customer, changes, condition)

    def with_less(self, error: ConditionFailed) -> "_Draft":
        """The refund without what is not there any more.

        Raises Conflict if something else has changed, UserError if goods have no room.
        """
        points, gone = self.points, set(self.gone)
        for index, label in zip(error.failed, error.labels, strict=True):
            stored = error.stored.get(index)
            if label == customer_accounts.ACCOUNT:
                there = stored.points if isinstance(stored, CustomerAccount) else 0
                points = there + self.restored
            elif label in {each.product for each in self.repayment.goods}:
                if isinstance(stored, Stock):
                    raise returns.no_room(self.repayment.goods, label) from None
                gone.add(label)
            else:
                raise Conflict(CHANGED) from None
        return replace(self, points=min(points, self.points), gone=frozenset(gone))
