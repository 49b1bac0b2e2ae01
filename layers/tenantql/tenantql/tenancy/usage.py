"""Usage: what a tenant asked for on each day (T5), kept beside its data under `SYS#`.

Functions add up in memory and write every few seconds (`tenantql.tenancy.metering`), so that a
day's record is a sum of sums. An instance that ends takes along what it has not written yet.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Self

import msgspec

from tenantql.table.entity import Item, entity, entity_of, timestamp
from tenantql.table.expressions import Change, Increase, Set
from tenantql.table.requests import Query
from tenantql.table.writes import Update

KEPT: Final = timedelta(days=400)
"""So long a day is kept: a year, and time to look at it."""

MAX_DAYS: Final = 100
"""Days of one read: one Query of some 300 bytes a day."""

WRITER: Final = "system:metering"


@entity(name="UsageDay", pk="TENANT#{tenant}#SYS#USAGE", sk="DAY#{date}")
class UsageDay(Item, frozen=True, kw_only=True):
    """What a tenant used on a day (UTC).

    `requests` ran; `refused` did not, for want of budget. `cost` is in the units that the schema
    declares, `read_units` and `write_units` are DynamoDB's, `bytes` is what the answers had before
    compression.
    """

    date: str
    requests: int = 0
    refused: int = 0
    cost: int = 0
    read_units: int = 0
    write_units: int = 0
    bytes: int = 0


class Counts(msgspec.Struct):
    """What is to be added to a day."""

    requests: int = 0
    refused: int = 0
    cost: float = 0
    read_units: float = 0
    write_units: float = 0
    bytes: int = 0

    def add(self, other: Self, sign: int = 1) -> None:
        """Adds `other`, or takes it away where `sign` is -1."""
        self.requests += sign * other.requests
        self.refused += sign * other.refused
        self.cost += sign * other.cost
        self.read_units += sign * other.read_units
        self.write_units += sign * other.write_units
        self.bytes += sign * other.bytes

    def whole(self) -> Self:
        """What of it a record takes: whole numbers. The fractions stay, and add up."""
        return type(self)(
            self.requests,
            self.refused,
            int(self.cost),
            int(self.read_units),
            int(self.write_units),
            self.bytes,
        )


def adding(tenant: str, counts: Counts, now: datetime) -> Update[UsageDay]:
    """Adds whole `counts` to the day of `now`; answers with the day as it then is."""
    day = now.astimezone(UTC).date()
    made = UsageDay(
        tenant=tenant,
        date=day.isoformat(),
        created_at=timestamp(now),
        created_by=WRITER,
        updated_at=timestamp(now),
        updated_by=WRITER,
        expires_at=int((now + KEPT).timestamp()),
    )
    sums: tuple[Change, ...] = (
        Increase("requests", counts.requests),
        Increase("refused", counts.refused),
        Increase("cost", int(counts.cost)),
        Increase("read_units", int(counts.read_units)),
        Increase("write_units", int(counts.write_units)),
        Increase("bytes", counts.bytes),
    )
    touched = (Set("updated_at", made.updated_at), Set("updated_by", WRITER))
    return Update(UsageDay, entity_of(UsageDay).key_of(made), (*sums, *touched), otherwise=made)


def of_days(tenant: str, first: str, last: str) -> Query[UsageDay]:
    """The days of `tenant` from `first` to `last` (`2026-11-21`), the newest first."""
    return Query(
        UsageDay,
        entity_of(UsageDay).pk.format({"tenant": tenant}),
        sk_between=(f"DAY#{first}", f"DAY#{last}"),
        limit=MAX_DAYS,
        descending=True,
        consistent=True,
    )
