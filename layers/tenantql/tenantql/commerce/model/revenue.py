"""Revenue: counters of a month with its days, and of all time, spread over shards."""

from tenantql.table.entity import Item, entity


@entity(
    name="RevenueMonth",
    pk="TENANT#{tenant}#REVENUE#{shard}",
    sk="{currency}#{month}",
    spread={"days": "d"},
)
class RevenueMonth(Item, frozen=True, kw_only=True):
    """What was paid and given back in a month (`2026-11`), in minor units of `currency`.

    `days` has the same for each day: `21_paid` and `21_refunded`.
    """

    shard: str
    currency: str
    month: str
    paid: int = 0
    refunded: int = 0
    days: dict[str, int] = {}


@entity(
    name="RevenueTotal",
    pk="TENANT#{tenant}#REVENUE#{shard}",
    sk="{currency}#TOTAL",
)
class RevenueTotal(Item, frozen=True, kw_only=True):
    """What was ever paid and given back, in minor units of `currency`."""

    shard: str
    currency: str
    paid: int = 0
    refunded: int = 0
