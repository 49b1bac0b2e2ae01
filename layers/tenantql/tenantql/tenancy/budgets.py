"""Budgets: how much a tenant may ask for in a second, by its tier.

A token bucket in each function's memory holds an instance to its share of the tenant's budget; the
shares follow from what all instances wrote into the tenant's usage (`tenantql.tenancy.metering`).
https://en.wikipedia.org/wiki/Token_bucket
"""

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from tenantql.errors import Code, TenantqlError
from tenantql.tenancy.routing import Tier

BURST: Final = 5.0
"""Seconds of budget that may be saved up, and spent at once."""

LEAST_SHARE: Final = 0.02
"""What an instance may always have of a budget: otherwise one that is idle could not begin."""


class Budget(msgspec.Struct, frozen=True):
    """What a tenant may use in a second: `cost` as the schema declares it, `units` of DynamoDB.

    An operation's cost is known before it runs, its units only afterwards: the one is refused
    beforehand, the other holds back what comes next.
    """

    cost: float
    units: float


BUDGETS: Final[Mapping[Tier, Budget]] = {
    Tier.BASIC: Budget(cost=500, units=250),
    Tier.ADVANCED: Budget(cost=2_000, units=1_000),
    Tier.PREMIUM: Budget(cost=10_000, units=5_000),
    Tier.ENTERPRISE: Budget(cost=50_000, units=25_000),
}


class RateLimited(TenantqlError):
    """Raised for a request beyond the tenant's budget; `retry_after` is in seconds."""

    code: ClassVar[Code] = Code.RATE_LIMITED

    def __init__(self, retry_after: float) -> None:
        super().__init__("this organisation's budget is used up for the moment; try again shortly")
        self.retry_after = retry_after


class Bucket:
    """Tokens that come at a steady rate, up to `BURST` seconds of them, and are spent.

    A debt is possible: for what is only known when it is spent, and for one request that is larger
    than a full bucket.
    """

    __slots__ = ("_at", "_budget", "level", "rate")

    def __init__(self, budget: float, now: float) -> None:
        self._budget = budget
        self._at = now
        self.rate = budget
        self.level = budget * BURST

    @property
    def full(self) -> float:
        """What it holds at most."""
        return self.rate * BURST

    def refill(self, now: float) -> None:
        """Adds what has come since the last time."""
        self.level = min(self.level + (now - self._at) * self.rate, self.full)
        self._at = now

    def wait(self, amount: float) -> float:
        """Seconds until `amount` may be spent; 0 if it may now."""
        missing = min(amount, self.full) - self.level
        return missing / self.rate if missing > 0 else 0.0

    def share(self, own: float, all_of_them: float) -> None:
        """Sets the rate from what this instance, and all of them, spent in the same time."""
        part = own / all_of_them if all_of_them > 0 else 1.0
        self.rate = self._budget * min(max(part, LEAST_SHARE), 1.0)
        self.level = min(self.level, self.full)
