"""Cancelling an order: the goods, the points and, if it was paid, the money go back.

The order says what there is to give back, so it is all that is read. The invoice becomes VOID, or
REFUNDED if it was paid; the money leaves the revenue of the day on which it was paid.
"""

from copy import replace
from typing import Final

import msgspec
import msgspec.structs

from tenantql.commerce import customer_accounts, loyalty, returns, revenue
from tenantql.commerce.customer_accounts import ACCOUNT
from tenantql.commerce.model import (
    CustomerAccount,
    FulfilmentStatus,
    Invoice,
    InvoiceStatus,
    Order,
    OrderStatus,
    PointsReason,
    Refund,
)
from tenantql.commerce.returns import Goods
from tenantql.commerce.revenue import Money
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import (
    Append,
    Change,
    Condition,
    Increase,
    Set,
    all_of,
    any_of,
    equals,
)
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Update, index_change, revise
from tenantql.tenancy.identity import Role

UNDER_WAY: Final = frozenset({FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED})

ATTEMPTS: Final = 5
"""How often a cancellation is built anew because points are gone meanwhile."""


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    """Which order is cancelled."""

    order: Key


async def cancel(context: Context, key: Key, idempotency_key: str | None) -> Order:
    """Cancels an order of which nothing is shipped and returns it (O4): one read, one transaction.

    For its customer and staff. Points that it earned go as far as the customer still has them.
    Raises NotFound, and UserError for an order that is on its way, or cancelled already.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    once = Once(context, "cancelOrder", idempotency_key, Cancellation(order=key))
    return await once.first_result(Order, carry_out(context, once, key, key))


async def carry_out(
    context: Context, once: Once, key: Key, result: Key, *, unpaid: bool = False
) -> Order:
    """Cancels the order with this key, once; `result` is the key of what a repetition reads.

    With `unpaid`, one that is paid is refused. Raises as `cancel`.
    """
    order = await Get(Order, key)
    if order is None or not _may_cancel(context, order):
        raise NotFound("there is no such order of yours")
    if unpaid and order.booked_day is not None:
        raise UserError([Problem("NOT_ALLOWED", "This order is paid; refund it.", ("id",))])
    _ensure_cancellable(order)
    draft = _Draft(context, order, loyalty.earned(order.kept))
    for _ in range(ATTEMPTS):
        try:
            await once.transact(draft.actions(), result, draft.actions)
        except ConditionFailed as error:
            draft = draft.with_less(error)
        else:
            return draft.cancelled
    raise Conflict("points come and go all the time; try again")


def _may_cancel(context: Context, order: Order) -> bool:
    return context.has(Role.STAFF, Role.ADMIN) or order.customer == context.identity.subject


def _ensure_cancellable(order: Order) -> None:
    message = None
    if order.status is OrderStatus.CANCELLED:
        message = "This order is cancelled already."
    elif {each.status for each in order.fulfilments.values()} & UNDER_WAY:
        message = "Some of this order has left the warehouse; have it returned and refunded."
    if message is not None:
        raise UserError([Problem("NOT_ALLOWED", message, ("id",))])


class _Draft(msgspec.Struct, frozen=True):
    """A cancellation as it is written, if `points` of those that were earned are there to take."""

    context: Context
    order: Order
    points: int

    @property
    def goods(self) -> tuple[Goods, ...]:
        """What has not gone back yet."""
        lines = self.order.lines
        return tuple(Goods(product=each.product, quantity=each.kept) for each in lines if each.kept)

    @property
    def cancelled(self) -> Order:
        """The order afterwards."""
        order = self.order
        return msgspec.structs.replace(
            returns.without(self.context, order, self.goods),
            refunded=order.refunded + order.kept,
            points_earned=order.points_earned - self.points,
        )

    def actions(self) -> tuple[Action, ...]:
        """Everything that changes; each time on a shard of its own choice."""
        context, order, after = self.context, self.order, self.cancelled
        booked = Money(refunded=order.kept)
        return (
            revise(order, after, label="order"),
            *self._invoice(),
            self._account(after),
            *(
                revenue.booking(context, order.booked_day, order.currency, booked)
                if order.booked_day is not None and order.kept
                else ()
            ),
            *returns.moves(context, order, after, self.goods, frozenset()),
        )

    def _invoice(self) -> tuple[Action, ...]:
        order, context = self.order, self.context
        if order.booked_day is None:
            return (self._invoice_becomes(InvoiceStatus.VOID, (), _is(InvoiceStatus.OPEN)),)
        if not order.kept:
            # All of the money went back before; the invoice says so already.
            return ()
        by = context.identity.subject
        given = Refund(amount=order.kept, at=context.timestamp, by=by, points=self.points)
        changes = Set("refunded", order.total), Append("refunds", (given,))
        paid = _is(InvoiceStatus.PAID, InvoiceStatus.PARTLY_REFUNDED)
        known = all_of(paid, equals("refunded", order.refunded))
        return (self._invoice_becomes(InvoiceStatus.REFUNDED, changes, known),)

    def _invoice_becomes(
        self, status: InvoiceStatus, changes: tuple[Change, ...], condition: Condition
    ) -> Action:
        """Changes the invoice, all of whose keys the order knows."""
        order = self.order
        key = {
            "tenant": order.tenant,
            "shard": order.invoice_shard,
            "issued_at": order.placed_at,
            "id": order.id,
        }
        moved = index_change(Invoice, "GSI1", key | {"status": status.value})
        return Update(
            Invoice,
            entity_of(Invoice).key(**key),
            (Set("status", status), *moved, *changes, *self.context.touch()),
            condition,
            label="invoice",
        )

    def _account(self, after: Order) -> Action:
        order = self.order
        points = order.points_redeemed - self.points
        why = PointsReason.CANCELLED
        changes = (
            *customer_accounts.recounted(order.status, after.status),
            *((Increase(f"spend_{order.currency}", -order.kept),) if order.kept else ()),
            *loyalty.moved(points, why, order.id, order.placed_at),
        )
        condition = loyalty.covers(-points) if points < 0 else None
        return customer_accounts.change(self.context, order.customer, changes, condition)

    def with_less(self, error: ConditionFailed) -> "_Draft":
        """The cancellation with the points that are there. Raises Conflict if it is not that."""
        if set(error.labels) != {ACCOUNT}:
            raise Conflict("the order has changed meanwhile; look at it again") from None
        account = error.stored.get(error.failed[0])
        there = account.points if isinstance(account, CustomerAccount) else 0
        return replace(self, points=min(self.points, self.order.points_redeemed + there))


def _is(*statuses: InvoiceStatus) -> Condition:
    return any_of(*(equals("status", status) for status in statuses))
