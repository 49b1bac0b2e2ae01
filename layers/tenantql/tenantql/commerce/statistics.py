"""Statistics of a seller: sums over fulfilments and products that the stream keeps up to date.

What an item counts for follows from the item alone. So a change adds what the new state counts
for, less what the old one did, and what all items count for is what the sums must be.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tenantql.commerce.model import (
    Fulfilment,
    FulfilmentStatus,
    Product,
    SellerDay,
    SellerTotal,
)
from tenantql.commerce.revenue import day_of
from tenantql.engine.changes import Change
from tenantql.engine.context import Context
from tenantql.engine.markers import count_once
from tenantql.table.entity import Item, entity_of
from tenantql.table.expressions import Increase, Set
from tenantql.table.requests import Query
from tenantql.table.writes import Action, Update

KEPT: Final = timedelta(days=400)
"""How long the sums of a day are kept."""

MARGIN: Final = timedelta(days=2)
"""A day that expires so soon is not written any more: a write must not meet one that has."""

MAX_CHANGES: Final = 96
MAX_DAYS: Final = 3
"""In a transaction, beside the total: docs/data-model.md, transactions."""

TOTAL: Final = ""
"""Stands for all time, where a day stands otherwise."""

type Sums = Counter[tuple[str, str]]
"""Numbers by day and name."""


def seller_of(change: Change[Any]) -> str:
    """Whose statistics a change counts for."""
    return str(_item(change).seller)


def _item(change: Change[Any]) -> Any:
    return change.before if change.after is None else change.after


def counted(item: Product | Fulfilment | None) -> Sums:
    """What an item counts for."""
    match item:
        case Product(deleted_at=None):
            return Counter({(TOTAL, "products"): 1})
        case Fulfilment():
            return _counted(item)
        case _:
            return Counter()


def _counted(part: Fulfilment) -> Sums:
    sums: Sums = Counter({(TOTAL, f"fulfilments_{part.status}"): 1})
    kept = () if part.status is FulfilmentStatus.CANCELLED else part.lines
    for day in (TOTAL, day_placed(part)):
        sums[day, "orders"] = 1
        sums[day, "pieces"] = sum(line.kept for line in kept)
        sums[day, f"sales_{part.currency}"] = sum(line.price * line.kept for line in kept)
    return +sums


def day_placed(part: Fulfilment) -> str:
    """The day that a fulfilment counts for."""
    return part.placed_day or part.placed_at[:10]


def expires_at(day: str) -> int:
    """When the sums of a day go, in epoch seconds."""
    end = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + KEPT
    return int(end.timestamp())


def is_kept(day: str) -> bool:
    """Whether the sums of a day are written still."""
    return expires_at(day) > (datetime.now(UTC) + MARGIN).timestamp()


async def count(changes: Sequence[Change[Any]]) -> None:
    """Adds what changes of one seller's items count for: a transaction for up to 96 of them."""
    for part in _parts(changes):
        await count_once("statistics", part, _actions)


def _difference(change: Change[Any]) -> Sums:
    sums = counted(change.after)
    sums.subtract(counted(change.before))
    return Counter({key: number for key, number in sums.items() if number})


def _parts(changes: Sequence[Change[Any]]) -> Iterator[list[Change[Any]]]:
    """The changes that count for something, as many together as fit into a transaction."""
    part: list[Change[Any]] = []
    days: set[str] = set()
    for change in changes:
        own = {day for day, _ in _difference(change)}
        if not own:
            continue
        if part and (len(part) == MAX_CHANGES or len((days | own) - {TOTAL}) > MAX_DAYS):
            yield part
            part, days = [], set()
        part.append(change)
        days |= own
    if part:
        yield part


def _actions(changes: Sequence[Change[Any]]) -> tuple[Action, ...]:
    sums: Sums = Counter()
    for change in changes:
        sums.update(_difference(change))
    last, seller = _item(changes[-1]), seller_of(changes[-1])
    days = sorted({day for day, _ in sums if day == TOTAL or is_kept(day)})
    return tuple(
        action
        for day in days
        if (action := _added(last, seller, day, {n: by for (d, n), by in sums.items() if d == day}))
    )


def _added(last: Item, seller: str, day: str, sums: dict[str, int]) -> Action | None:
    changes = tuple(Increase(name, by) for name, by in sums.items() if by)
    if not changes:
        return None
    return update(last, seller, day, changes)


def update(
    source: Item, seller: str, day: str, changes: tuple[Increase, ...]
) -> Update[SellerTotal] | Update[SellerDay]:
    """Changes the sums of a seller, of a day or (`TOTAL`) of all time; made if there are none.

    `source` is the item by which they change: who wrote it, and when, is kept.
    """
    audit: dict[str, Any] = {
        "tenant": source.tenant,
        "created_at": source.updated_at,
        "created_by": source.updated_by,
        "updated_at": source.updated_at,
        "updated_by": source.updated_by,
    }
    touched = Set("updated_at", source.updated_at), Set("updated_by", source.updated_by)
    if day == TOTAL:
        total = SellerTotal(**audit, seller=seller)
        key = entity_of(SellerTotal).key_of(total)
        return Update(SellerTotal, key, (*changes, *touched), otherwise=total)
    of_day = SellerDay(**audit, seller=seller, date=day, expires_at=expires_at(day))
    key = entity_of(SellerDay).key_of(of_day)
    return Update(SellerDay, key, (*changes, *touched), otherwise=of_day)


def dashboard(context: Context, seller: str, days: int) -> Query[SellerTotal | SellerDay]:
    """The total of a seller, then the last `days` days, the newest first (P9): one Query."""
    today = date.fromisoformat(day_of(context.now, context.time_zone))
    first = today - timedelta(days=days - 1)
    entity = entity_of(SellerTotal)
    return Query(
        (SellerTotal, SellerDay),
        entity.pk.format({"tenant": context.tenant, "seller": seller}),
        sk_between=(f"STATS#DAY#{first.isoformat()}", "STATS#TOTAL"),
        limit=days + 1,
        descending=True,
    )
