"""Metering: each tenant's requests are counted, and held to its budget.

One write serves both. An instance adds what it counted to the tenant's day every `INTERVAL`, and
the answer has the sum of all instances: what that grew by since this instance's last write, beside
what it wrote itself, is its share of the traffic, and so of the budget. Writing goes along with a
round of the tenant's own operation, so it costs no time of its own.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from tenantql.table.errors import OutcomeUnknown
from tenantql.table.sending import Outcome
from tenantql.table.writes import Update
from tenantql.tenancy.budgets import BUDGETS, Bucket, Budget, RateLimited
from tenantql.tenancy.routing import Tier
from tenantql.tenancy.usage import Counts, UsageDay, adding

INTERVAL: Final = 10.0
"""Seconds between two writes of a tenant's usage by one instance."""

LEAST_INTERVAL: Final = 1.0
"""The same where the instance alone has spent `WEIGHT` of the tenant's budget meanwhile."""

WEIGHT: Final = 0.5
"""Seconds of the tenant's whole budget: so much weighs enough for the others to know soon."""

CAPACITY: Final = 10_000
"""Tenants that are counted at the same time; the least recently seen go first."""


class Meter:
    """One tenant's counts and buckets in this instance."""

    def __init__(
        self, tenant: str, budget: Budget, clock: Callable[[], float], now: Callable[[], datetime]
    ) -> None:
        self._tenant = tenant
        self._budget = budget
        self._clock = clock
        self._now = now
        began = clock()
        self._cost, self._units = Bucket(budget.cost, began), Bucket(budget.units, began)
        self._pending = Counts()
        self._since = began
        self._writing = False
        self._known: UsageDay | None = None

    def take(self, cost: float) -> None:
        """Spends `cost`, or raises RateLimited if the tenant has not that much."""
        now = self._clock()
        self._cost.refill(now)
        self._units.refill(now)
        if wait := max(self._cost.wait(cost), self._units.wait(0)):
            self._pending.refused += 1
            raise RateLimited(wait)
        self._cost.level -= cost
        self._pending.cost += cost

    def ran(self, read_units: float, write_units: float) -> None:
        """Counts a request that ran, and what it used of the table."""
        self._units.level -= read_units + write_units
        self._pending.requests += 1
        self._pending.read_units += read_units
        self._pending.write_units += write_units

    def sent(self, size: int) -> None:
        """Counts the bytes of an answer."""
        self._pending.bytes += size

    @property
    def standing(self) -> dict[str, int]:
        """The budget of cost, for clients: what this instance has left, and gets a second."""
        return {"left": max(int(self._cost.level), 0), "refillPerSecond": int(self._cost.rate)}

    def due(self) -> tuple[Update[UsageDay], Callable[[Outcome], None]] | None:
        """The write that is due, if any, and what is to be told its outcome."""
        interval = LEAST_INTERVAL if self._weighs else INTERVAL
        if self._writing or self._clock() - self._since < interval:
            return None
        counts = self._pending.whole()
        if counts == Counts():
            return None
        self._pending.add(counts, -1)
        self._writing = True

        def settle(outcome: Outcome) -> None:
            self._writing, self._since = False, self._clock()
            if outcome.error is None:
                self._learn(outcome.value, counts)
            elif not isinstance(outcome.error, OutcomeUnknown):
                # It was not written. What may have been is not counted twice.
                self._pending.add(counts)

        return adding(self._tenant, counts, self._now()), settle

    @property
    def _weighs(self) -> bool:
        spent, budget = self._pending, self._budget
        units = spent.read_units + spent.write_units
        return spent.cost >= WEIGHT * budget.cost or units >= WEIGHT * budget.units

    def _learn(self, day: UsageDay, own: Counts) -> None:
        """Sets the instance's shares from how the day grew since its last write."""
        before, self._known = self._known, day
        if before is None or before.date != day.date:
            return
        self._cost.share(own.cost, day.cost - before.cost)
        self._units.share(own.read_units + own.write_units, _units(day) - _units(before))


class Metering:
    """The meters of an instance, one a tenant and tier."""

    def __init__(
        self,
        budgets: Mapping[Tier, Budget] = BUDGETS,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        capacity: int = CAPACITY,
    ) -> None:
        self._budgets = budgets
        self._clock = clock
        self._now = now
        self._capacity = capacity
        self._meters: OrderedDict[tuple[str, Tier], Meter] = OrderedDict()

    def of(self, tenant: str, tier: Tier) -> Meter:
        """The meter of a tenant. One that changes its tier begins anew."""
        key = (tenant, tier)
        meter = self._meters.get(key)
        if meter is None:
            meter = Meter(tenant, self._budgets[tier], self._clock, self._now)
            self._meters[key] = meter
            if len(self._meters) > self._capacity:
                self._meters.popitem(last=False)
        else:
            self._meters.move_to_end(key)
        return meter


def _units(day: UsageDay) -> int:
    return day.read_units + day.write_units
