"""Orders as lists: of a customer, of a status, the recent ones."""

from typing import Final

import msgspec

from tenantql.commerce.model import Invoice, Order, OrderStatus
from tenantql.engine.context import Context
from tenantql.engine.errors import BadUserInput
from tenantql.table.collections import first_of
from tenantql.table.entity import entity_of
from tenantql.table.expressions import Change
from tenantql.table.keys import tenant_of
from tenantql.table.requests import ListedKey, Query
from tenantql.table.shards import shard_names, shard_of
from tenantql.table.writes import index_change

PLATFORM_SHARDS: Final = 16
PREFIX: Final = "ORDER#"
END: Final = "~"
"""Sorts after whatever a time or an id has."""


def of_customer(
    context: Context, customer: str, since: str | None = None, until: str | None = None
) -> list[Query[Order]]:
    """A customer's orders, the newest first (O2): one Query of the table, strongly consistent.

    Placed from `since` on and before `until`, if these are given. Raises BadUserInput.
    """
    _ensure_range(since, until)
    return [
        Query(
            Order,
            entity_of(Order).pk.format({"tenant": context.tenant, "customer": customer}),
            sk_between=(PREFIX + (since or ""), PREFIX + (until or END)),
            descending=True,
            consistent=True,
        )
    ]


def list_of_customer(customer: str, since: str | None = None, until: str | None = None) -> str:
    """What the cursors of a customer's orders are good for."""
    return f"orders of:{customer}:{since}:{until}"


def of_status(
    context: Context,
    status: OrderStatus,
    since: str | None = None,
    until: str | None = None,
    *,
    newest_first: bool = False,
) -> list[Query[Order]]:
    """Orders of the tenant in a status, by date (O8): one Query of GSI1 for each shard.

    Placed from `since` on and before `until`, if these are given. Raises BadUserInput.
    """
    _ensure_range(since, until)
    index = entity_of(Order).index("GSI1")
    return [
        Query(
            Order,
            index.pk.format({"tenant": context.tenant, "status": status, "shard": shard}),
            index="GSI1",
            sk_between=(since or " ", until or END),
            descending=newest_first,
        )
        for shard in context.shards_of("orders")
    ]


def recent(context: Context) -> list[Query[Order]]:
    """Orders of the tenant in any status, the newest first (O11): one Query of GSI2 a shard."""
    index = entity_of(Order).index("GSI2")
    return [
        Query(
            Order,
            index.pk.format({"tenant": context.tenant, "shard": shard}),
            index="GSI2",
            descending=True,
        )
        for shard in context.shards_of("orders")
    ]


def _ensure_range(since: str | None, until: str | None) -> None:
    # DynamoDB refuses a range that ends ahead of its beginning.
    if since is not None and until is not None and since > until:
        raise BadUserInput("until is a later time than since")


def platform_shard(id: str) -> str:
    """The shard of an order in the platform's index: the same number in every table."""
    return shard_of(id, PLATFORM_SHARDS)


def moved_keys(invoice: Invoice, shard: str, status: OrderStatus) -> tuple[Change, ...]:
    """The index keys of an invoice's order in `status`: all that they are made of is known."""
    values = {
        "tenant": invoice.tenant,
        "status": status.value,
        "shard": shard,
        "platform_shard": platform_shard(invoice.id),
        "placed_at": invoice.issued_at,
        "id": invoice.id,
    }
    return (
        *index_change(Order, "GSI1", values),
        *index_change(Order, "platform", values),
    )


class OpenOrder(msgspec.Struct, frozen=True):
    """An order as the platform's index knows it: whose, which, since when, where in the list."""

    tenant: str
    order: str
    placed_at: str
    position: str


async def open_of_table(
    status: OrderStatus, count: int, after: str | None = None
) -> list[OpenOrder]:
    """Open orders of every tenant of a table, the oldest first (O9): one Query for each shard.

    `after` is the position of an order. Raises KeyValueError if it is none.

    The tenant is that of the table's key, which IAM has compared when the item was written; an item
    whose index key says another is left out (the stream function reports it).
    """
    index = entity_of(Order).index("platform")
    if after is not None:
        index.sk.parse(after)
    # The least text behind the position: no key is longer and begins with it.
    since = " " if after is None else f"{after} "
    queries = [
        Query(
            ListedKey,
            index.pk.format({"status": status, "platform_shard": shard}),
            index="platform",
            sk_between=(since, END),
        )
        for shard in shard_names(PLATFORM_SHARDS)
    ]
    found = await first_of(queries, count)
    return [order for listed in found.items if (order := _open_order(listed))]


def _open_order(listed: ListedKey) -> OpenOrder | None:
    placed = entity_of(Order).index("platform").sk.parse(listed.sk)
    if placed["tenant"] != tenant_of(listed.key.pk):
        return None
    return OpenOrder(placed["tenant"], placed["id"], placed["placed_at"], listed.sk)
