"""A user's profile with their latest orders: what an account's first page shows."""

import msgspec

from tenantql.accounts.model import User
from tenantql.commerce import orders
from tenantql.commerce.model import Order
from tenantql.engine.context import Context
from tenantql.table.collections import Slice
from tenantql.table.entity import entity_of
from tenantql.table.requests import Query


class Profile(msgspec.Struct, frozen=True):
    """A user and their latest orders, the newest first."""

    user: User
    orders: Slice[Order]


async def profile(context: Context, user: str, count: int) -> Profile | None:
    """A user with at most `count` orders (U10): one Query, strongly consistent; None if gone.

    The profile sorts right behind the orders, which the model sees to: so it comes first when
    the collection is read backwards, and the latest orders follow.
    """
    query = Query[User | Order](
        (User, Order),
        entity_of(User).pk.format({"tenant": context.tenant, "id": user}),
        sk_between=(orders.PREFIX, entity_of(User).sk.text),
        descending=True,
        # The profile, and one order more than is asked for, which tells that there are more.
        limit=count + 2,
        consistent=True,
    )
    page = await query
    if not page.items or not isinstance(page.items[0], User):
        return None
    placed = tuple(item for item in page.items if isinstance(item, Order))
    latest = Slice(
        placed[:count],
        page.positions[1 : count + 1],
        has_next=len(placed) > count or (page.more and len(placed) < count),
        has_previous=False,
    )
    return Profile(page.items[0], latest)
