"""Fulfilments: the parts of an order, each packed, shipped and seen delivered by its seller.

The order knows how far each part is, and its own status follows from that; so both change in one
transaction, under the condition that the order is as it was read.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenantql.commerce import customer_accounts, shipping
from tenantql.commerce.model import (
    Fulfilment,
    FulfilmentStatus,
    Order,
    OrderStatus,
    Progress,
    status_following,
)
from tenantql.commerce.shipping import Source
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Change, Set, below, equals
from tenantql.table.requests import Get, Query
from tenantql.table.writes import Action, Update, revise
from tenantql.tenancy.identity import Role

PREFIX: Final = "FULFILMENT#"
MAX_TRACKING: Final = 100
"""Characters of a tracking number."""

BEFORE: Final[Mapping[FulfilmentStatus, FulfilmentStatus]] = {
    FulfilmentStatus.PACKED: FulfilmentStatus.PENDING,
    FulfilmentStatus.SHIPPED: FulfilmentStatus.PACKED,
    FulfilmentStatus.DELIVERED: FulfilmentStatus.SHIPPED,
}
"""The status from which each is reached; cancelling is a matter of the order."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a fulfilment. Shipped pieces come from `sources`, the others `warehouse`."""

    fulfilment: Key
    status: FulfilmentStatus
    tracking: str | None = None
    warehouse: str | None = None
    sources: tuple[Source, ...] = ()


def of_seller(context: Context, seller: str) -> list[Query[Fulfilment]]:
    """A seller's fulfilments, the newest first (O10): one Query, strongly consistent."""
    return [
        Query(
            Fulfilment,
            entity_of(Fulfilment).pk.format({"tenant": context.tenant, "seller": seller}),
            sk_begins=PREFIX,
            descending=True,
            consistent=True,
        )
    ]


def key_of(order: Order, seller: str) -> Key:
    """The table key of a seller's part of an order."""
    return entity_of(Fulfilment).key(
        tenant=order.tenant,
        seller=seller,
        placed_at=order.placed_at,
        order=order.id,
        customer=order.customer,
    )


def part_of(order: Order, seller: str) -> Fulfilment:
    """A seller's part of an order, by what the order says."""
    lines = tuple(line for line in order.lines if line.seller == seller)
    progress = order.fulfilments[seller]
    return Fulfilment(
        tenant=order.tenant,
        created_at=order.created_at,
        created_by=order.created_by,
        updated_at=order.updated_at,
        updated_by=order.updated_by,
        seller=seller,
        placed_at=order.placed_at,
        order=order.id,
        customer=order.customer,
        number=order.number,
        status=progress.status,
        tracking=progress.tracking,
        lines=lines,
        subtotal=sum(line.total for line in lines),
        currency=order.currency,
        address=order.address,
        order_status=order.status,
        order_paid=order.booked_day is not None,
        order_version=order.version,
    )


def copied(order: Order) -> list[Update[Fulfilment]]:
    """Carries what fulfilments repeat of an order to each of them that has an older state."""
    return [
        Update(
            Fulfilment,
            key_of(order, seller),
            (
                *copies(order, order.version),
                Set("updated_at", order.updated_at),
                Set("updated_by", order.updated_by),
            ),
            below("order_version", order.version),
        )
        for seller in sorted(order.sellers)
    ]


def copies(order: Order, version: int) -> tuple[Change, ...]:
    """What a fulfilment repeats of its order, whose version that is."""
    return (
        Set("order_status", order.status),
        Set("order_paid", order.booked_day is not None),
        Set("order_version", version),
    )


async def advance(context: Context, step: Step, idempotency_key: str | None) -> Fulfilment:
    """Takes a fulfilment to its next status and returns it (O5): one read, one transaction.

    For its seller and staff. The order's status follows; shipped pieces leave their warehouses.
    Raises NotFound, and UserError for a status that is not the next, or pieces that are not there.
    """
    if problems := [*_problems(step), *problems_of(idempotency_key)]:
        raise UserError(problems)
    once = Once(context, "advanceFulfilment", idempotency_key, step)
    return await once.first_result(Fulfilment, _advance(context, once, step))


def _problems(step: Step) -> list[Problem]:
    shipped = step.status is FulfilmentStatus.SHIPPED
    problems: list[Problem] = []
    if step.status not in BEFORE:
        message = f"A fulfilment is not made {step.status} by itself; cancel the order."
        problems.append(Problem("NOT_ALLOWED", message, ("status",)))
    if step.tracking is not None and not (shipped and 0 < len(step.tracking) <= MAX_TRACKING):
        message = f"A tracking number has 1 to {MAX_TRACKING} characters, and comes with SHIPPED."
        problems.append(Problem("INVALID", message, ("tracking",)))
    if not shipped and (step.warehouse is not None or step.sources):
        message = "Pieces leave a warehouse when they are shipped; name it then."
        problems.append(Problem("INVALID", message, ("warehouse",)))
    return problems


async def _advance(context: Context, once: Once, step: Step) -> Fulfilment:
    entity = entity_of(Fulfilment)
    named = entity.pk.parse(step.fulfilment.pk) | entity.sk.parse(step.fulfilment.sk)
    seller = str(named["seller"])
    if seller != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise NotFound("there is no such fulfilment of yours")
    order = await Get(Order, entity_of(Order).key(**named | {"id": named["order"]}))
    if order is None or seller not in order.fulfilments:
        raise NotFound("there is no such fulfilment")
    _ensure_next(order, order.fulfilments[seller].status, step.status)
    after = _stepped(context, order, seller, step)
    actions = (
        revise(order, after, label="order"),
        _moved(context, order, after, seller),
        *_recounted(context, order, after),
        *_shipped(context, order, seller, step),
    )
    try:
        await once.transact(actions, step.fulfilment)
    except ConditionFailed as error:
        if problems := shipping.problems_of(error, actions):
            raise UserError(problems) from None
        raise Conflict("the order has changed meanwhile; look at it again") from None
    return part_of(after, seller)


def _ensure_next(order: Order, now: FulfilmentStatus, wanted: FulfilmentStatus) -> None:
    message = None
    if order.status is OrderStatus.PLACED:
        message = "The order is not paid yet."
    elif BEFORE[wanted] is not now:
        message = f"This fulfilment is {now}; only one that is {BEFORE[wanted]} becomes {wanted}."
    if message is not None:
        raise UserError([Problem("NOT_ALLOWED", message, ("status",))])


def _stepped(context: Context, order: Order, seller: str, step: Step) -> Order:
    """The order after a step of one of its parts."""
    before = order.fulfilments[seller]
    progress = Progress(status=step.status, tracking=step.tracking or before.tracking)
    fulfilments = order.fulfilments | {seller: progress}
    return context.revised(
        order,
        fulfilments=fulfilments,
        status=status_following(each.status for each in fulfilments.values()),
    )


def _moved(context: Context, before: Order, after: Order, seller: str) -> Action:
    progress = after.fulfilments[seller]
    changes = (
        Set("status", progress.status),
        *(() if progress.tracking is None else (Set("tracking", progress.tracking),)),
        *copies(after, before.version + 1),
        *context.touch(),
    )
    unchanged = equals("status", before.fulfilments[seller].status)
    return Update(Fulfilment, key_of(before, seller), changes, unchanged, label="fulfilment")


def _recounted(context: Context, before: Order, after: Order) -> tuple[Action, ...]:
    counts = customer_accounts.recounted(before.status, after.status)
    return (customer_accounts.change(context, before.customer, counts),) if counts else ()


def _shipped(context: Context, order: Order, seller: str, step: Step) -> tuple[Action, ...]:
    if step.status is not FulfilmentStatus.SHIPPED:
        return ()
    lines = [line for line in order.lines if line.seller == seller and line.kept]
    return shipping.taken(context, order, lines, step.sources, step.warehouse)
