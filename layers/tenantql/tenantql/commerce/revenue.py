"""Revenue: what was paid less what was given back, by date of payment.

The counters change in the transaction that pays or refunds, so they are exact. They are spread over
shards, because every payment of a tenant changes them; which shard a payment takes does not matter,
since sums do not depend on it.
"""

import secrets
from collections.abc import Sequence
from copy import replace
from datetime import datetime
from typing import Final

import msgspec

from tenantql.commerce.model import RevenueMonth, RevenueTotal
from tenantql.engine.context import Context
from tenantql.table.entity import entity_of
from tenantql.table.expressions import Change, Increase
from tenantql.table.requests import Query, together
from tenantql.table.writes import Action, Update

PAGE: Final = 1_000
"""Items of a page; the largest ones fill it to 1 MB at half of that."""


class Money(msgspec.Struct, frozen=True):
    """Minor units paid and given back."""

    paid: int = 0
    refunded: int = 0

    @property
    def net(self) -> int:
        """What is left."""
        return self.paid - self.refunded

    def __add__(self, other: "Money") -> "Money":
        return Money(self.paid + other.paid, self.refunded + other.refunded)


class Revenue(msgspec.Struct):
    """Sums of one currency: of all time, and of the months and days asked for, in order."""

    currency: str
    total: Money = Money()
    months: dict[str, Money] = {}
    days: dict[str, Money] = {}


def day_of(moment: datetime, time_zone: str) -> str:
    """The date of `moment` in a time zone (IANA name): 2026-11-21."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - of payments alone

    return moment.astimezone(ZoneInfo(time_zone)).date().isoformat()


def booking(context: Context, day: str, currency: str, booked: Money) -> tuple[Action, ...]:
    """The two actions that count a payment or refund: the month with its day, and the total."""
    # Of the shards that are written: other readers do not look into those being added yet.
    shard = context.shard("revenue", secrets.token_hex())
    month, of_day = day[:7], day[8:]
    audit = context.audit()
    in_month = RevenueMonth(**audit, shard=shard, currency=currency, month=month)
    in_total = RevenueTotal(**audit, shard=shard, currency=currency)
    sums: tuple[Change, ...] = (
        *((Increase("paid", booked.paid),) if booked.paid else ()),
        *((Increase("refunded", booked.refunded),) if booked.refunded else ()),
    )
    days: tuple[Change, ...] = (
        *((Increase(f"d{of_day}_paid", booked.paid),) if booked.paid else ()),
        *((Increase(f"d{of_day}_refunded", booked.refunded),) if booked.refunded else ()),
    )
    touched = context.touch()
    return (
        Update(
            RevenueMonth,
            entity_of(RevenueMonth).key_of(in_month),
            (*sums, *days, *touched),
            otherwise=in_month,
        ),
        Update(
            RevenueTotal,
            entity_of(RevenueTotal).key_of(in_total),
            (*sums, *touched),
            otherwise=in_total,
        ),
    )


async def of(context: Context, currency: str, first: str, last: str) -> Revenue:
    """Revenue of the months `first` to `last` (2026-11), by day, by month and in total (I4).

    One strongly consistent Query for each shard. It reads on to the total, which comes behind
    the months: a page holds those of four decades.
    """
    pk = entity_of(RevenueMonth).pk
    queries: Sequence[Query[RevenueMonth | RevenueTotal]] = [
        Query(
            (RevenueMonth, RevenueTotal),
            pk.format({"tenant": context.tenant, "shard": shard}),
            sk_between=(f"{currency}#{first}", f"{currency}#TOTAL"),
            limit=PAGE,
            consistent=True,
        )
        for shard in context.shards_of("revenue")
    ]
    found = Revenue(currency)
    while queries:
        pages = await together(queries)
        for item in (item for page in pages for item in page.items):
            _add(found, item, last)
        queries = [
            replace(query, after=page.resume)
            for query, page in zip(queries, pages, strict=True)
            if page.resume is not None
        ]
    found.months = dict(sorted(found.months.items()))
    found.days = dict(sorted(found.days.items()))
    return found


def _add(found: Revenue, item: RevenueMonth | RevenueTotal, last: str) -> None:
    sums = Money(item.paid, item.refunded)
    if isinstance(item, RevenueTotal):
        found.total += sums
    elif item.month <= last:
        _add_month(found, item, sums)


def _add_month(found: Revenue, item: RevenueMonth, sums: Money) -> None:
    found.months[item.month] = found.months.get(item.month, Money()) + sums
    for name, amount in item.days.items():
        day, _, kind = name.partition("_")
        date = f"{item.month}-{day}"
        found.days[date] = found.days.get(date, Money()) + Money(**{kind: amount})
