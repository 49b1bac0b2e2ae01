"""Loyalty points: earned on what is paid, redeemed at checkout, and never negative.

They are on the customer's account, which changes in the transaction of the order or payment that
moves them; the stream writes a LoyaltyEntry of each move. Whoever moves points puts `moved` among
the changes of that update of the account, and `covers` into its condition where points go:

    Update(CustomerAccount, key, (*loyalty.moved(-30, why, id, placed_at), ...), loyalty.covers(30))
"""

from typing import Final

from tenantql.commerce.model import CustomerAccount, LoyaltyEntry, PointsChange, PointsReason
from tenantql.engine.context import Context
from tenantql.table.entity import Key, entity_of
from tenantql.table.expressions import Change, Condition, Increase, Set, at_least
from tenantql.table.requests import Get, Query

AMOUNT_OF_A_POINT: Final = 100
"""Minor units that earn a point. What is left of an amount earns nothing."""

WORTH_OF_A_POINT: Final = 1
"""Minor units that a point is worth at checkout, in the currency of the cart: so 1% comes back."""


def earned(paid: int) -> int:
    """The points that an order earns of which so many minor units are paid and kept."""
    return paid // AMOUNT_OF_A_POINT


def lost(paid: int, amount: int) -> int:
    """The points that go when `amount` is given back of what was `paid` and kept until now.

    All refunds of an order together take what it earned, however it was cut up.
    """
    return earned(paid) - earned(paid - amount)


def worth(points: int) -> int:
    """What points are worth at checkout, in minor units."""
    return points * WORTH_OF_A_POINT


def moved(points: int, why: PointsReason, order: str, placed_at: str) -> tuple[Change, ...]:
    """The changes of a customer's account by which points come (more than 0) or go; none for 0.

    `order` and `placed_at` are the order's; an invoice of an order has the same `id` and
    `issued_at`.
    """
    if not points:
        return ()
    change = PointsChange(why=why, order=order, placed_at=placed_at)
    return Increase("points", points), Set("change", change)


def covers(points: int) -> Condition:
    """There are that many points on the account; so they never become negative.

    If it does not hold, the failure has the account: a checkout is refused, a refund takes what
    there is.
    """
    return at_least("points", points)


def account_of(tenant: str, customer: str) -> Get[CustomerAccount]:
    """A customer's account (U12, O6): one GetItem. None before the first order."""
    return Get(CustomerAccount, account_key(tenant, customer))


def account_key(tenant: str, customer: str) -> Key:
    """The table key of a customer's account."""
    return entity_of(CustomerAccount).key(tenant=tenant, customer=customer)


def entries_of(context: Context, customer: str) -> list[Query[LoyaltyEntry]]:
    """What came and went, the newest first (U12): one Query of the table, strongly consistent."""
    entity = entity_of(LoyaltyEntry)
    return [
        Query(
            LoyaltyEntry,
            entity.pk.format({"tenant": context.tenant, "customer": customer}),
            sk_begins=entity.sk.prefix({}),
            descending=True,
            consistent=True,
        )
    ]


def entry_of(before: CustomerAccount | None, after: CustomerAccount) -> LoyaltyEntry | None:
    """The entry of a change of an account; None if its points did not change."""
    points = after.points - (before.points if before is not None else 0)
    if not points or after.change is None:
        return None
    return LoyaltyEntry(
        tenant=after.tenant,
        created_at=after.updated_at,
        created_by=after.updated_by,
        updated_at=after.updated_at,
        updated_by=after.updated_by,
        customer=after.customer,
        number=after.version,
        points=points,
        balance=after.points,
        why=after.change.why,
        order=after.change.order,
        placed_at=after.change.placed_at,
    )
