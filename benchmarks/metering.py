"""How many writes keep the usage of tenants, and share their budgets, for a million requests.

The meters are real, requests and clock are played: nothing is timed.
"""

import random
from collections.abc import Iterator
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec
from rich.progress import Progress

from benchmarks.report import Findings, new_table
from tenantql.table.expressions import Increase
from tenantql.table.sending import Outcome
from tenantql.table.writes import Update
from tenantql.tenancy.metering import Metering
from tenantql.tenancy.routing import Tier
from tenantql.tenancy.usage import UsageDay

MILLION: Final = 1_000_000
DAY: Final = datetime(2026, 11, 21, tzinfo=UTC)
COST: Final = 3


@dataclass(frozen=True)
class Traffic:
    """Requests a second over instances; `large` is one tenant's part, the others have the rest.

    A visit is so many requests of one tenant to one instance, one right after the other.
    """

    name: str
    rate: float
    instances: int
    tenants: int
    large: float = 0.0
    visit: int = 1
    seconds: float = 60.0


TRAFFIC: Final = (
    Traffic("one tenant, 700 a second over 35 instances", 700, 35, 1, 1.0),
    Traffic("1,400 a second over 70, half of it one tenant, 1,000 others", 1_400, 70, 1_000, 0.5),
    Traffic("12 a second over 2, 1,000 tenants, visits of 8", 12, 2, 1_000, 0, 8, 3_600),
    Traffic("12 a second over 2, 10,000 tenants, visits of 8", 12, 2, 10_000, 0, 8, 3_600),
    Traffic("12 a second over 2, 100 tenants, single requests", 12, 2, 100, 0, 1, 3_600),
)


@dataclass
class Play:
    """Instances that see a traffic; `days` are the tenants' records as the table has them."""

    traffic: Traffic
    now: float = 0.0
    requests: int = 0
    writes: int = 0
    days: dict[str, UsageDay] = field(default_factory=dict[str, UsageDay])

    def run(self) -> float:
        """Writes for a million requests."""
        source = random.Random(1)  # noqa: S311 - traffic, no secret
        instances = [
            Metering(clock=lambda: self.now, now=lambda: DAY) for _ in range(self.traffic.instances)
        ]
        for tenant in self._visits(source):
            instance = source.choice(instances)
            for _ in range(self.traffic.visit):
                self._ask(instance, tenant)
        return self.writes / self.requests * MILLION

    def _visits(self, source: random.Random) -> Iterator[str]:
        traffic = self.traffic
        while self.now < traffic.seconds:
            self.now += source.expovariate(traffic.rate / traffic.visit)
            is_large = source.random() < traffic.large
            yield "large" if is_large else f"tenant-{source.randrange(traffic.tenants)}"

    def _ask(self, instance: Metering, tenant: str) -> None:
        self.requests += 1
        meter = instance.of(tenant, Tier.ENTERPRISE)
        meter.take(COST)
        if (due := meter.due()) is not None:
            request, settle = due
            self.writes += 1
            settle(Outcome(self._added(tenant, request)))
        meter.ran(1, 0)

    def _added(self, tenant: str, request: Update[UsageDay]) -> UsageDay:
        assert request.otherwise is not None
        day = self.days.get(tenant, request.otherwise)
        sums = [change for change in request.changes if isinstance(change, Increase)]
        grown = {str(one.path): getattr(day, str(one.path)) + int(one.by) for one in sums}
        self.days[tenant] = msgspec.structs.replace(day, **grown)
        return self.days[tenant]


def run(share: float, progress: Progress) -> Findings:
    """A table of traffics, each played for `share` of its time."""
    table = new_table("Keeping usage and budgets", "traffic", "writes / 1,000,000 requests")
    task = progress.add_task("metering", total=len(TRAFFIC))
    found: dict[str, float] = {}
    for traffic in TRAFFIC:
        found[traffic.name] = Play(replace(traffic, seconds=traffic.seconds * share)).run()
        table.add_row(traffic.name, f"{found[traffic.name]:,.0f}")
        progress.advance(task)
    return Findings([table], found)
