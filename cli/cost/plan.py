"""How much is asked and kept, and how the stack is set: what a bill is made for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from local.patterns.catalogue import catalogue
from local.patterns.data_model import data_model

DAYS: Final = 365 / 12
"""Days of a month."""
HOURS: Final = 24 * DAYS
SECONDS: Final = 3_600 * HOURS

GB: Final = 1_000_000_000

RECORDS: Final[Mapping[str, int]] = {
    "User": 1,
    "UniqueClaim": 2,
    "CustomerAccount": 1,
    "CustomerSpend": 1,
    "Cart": 1,
    "Favourite": 1,
    "Product": 1,
    "Stock": 1,
    "ProductCard": 8,
    "ProductTerm": 12,
    "Review": 4,
    "Order": 4,
    "Fulfilment": 6,
    "Invoice": 4,
    "OrderTerm": 36,
    "StockMovement": 12,
    "LoyaltyEntry": 4,
    "IdempotencyRecord": 1,
}
"""Of a hundred records, so many are of each entity: of 100,000,000, a million users and products,
four million orders of three lines, and what each of them brings along."""

KEYS_ONLY: Final = frozenset({"directory", "platform"})
KEYS_BYTES: Final = 250
"""An entry of an index with keys only."""

OVERHEAD: Final = 100
"""Bytes that DynamoDB charges for an item or an entry besides its own.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""


@dataclass(frozen=True)
class Plan:
    """Traffic, data and settings.

    `utilisation` is the used share of provisioned capacity, 0 for on demand. `log_sample`,
    `retention_days` are parameters of the template; `series` of metrics are at most what
    docs/observability.md counts. `system_lines` are START, END and REPORT of each invocation.
    `alarms` are their metrics, `pages` the composite ones; `keys` those of the topics and of
    the backups' vault. `canary_minutes` lie between two runs of the canary, 0 for none.
    `copies` are full backups that are kept: weekly ones for
    `BackupRetentionDays` of the template. `without` names an index that is taken for absent.
    `mix` has how often each row is asked, in any measure; None is the catalogue's.
    """

    requests_per_day: float = 1_000_000
    records: float = 100_000_000
    utilisation: float = 0.0
    log_sample: float = 1.0
    retention_days: float = 30
    traces: bool = True
    system_lines: bool = True
    series: int = 115
    alarms: int = 67
    pages: int = 5
    dashboards: int = 1
    keys: int = 2
    canary_minutes: float = 5
    copies: float = 2
    without: str = ""
    mix: Mapping[str, float] | None = None

    @property
    def requests(self) -> float:
        """In a month."""
        return self.requests_per_day * DAYS

    @property
    def table_bytes(self) -> float:
        """What the records have in the table itself."""
        each = (count * (_sizes()[name] + OVERHEAD) for name, count in RECORDS.items())
        return self.records * sum(each) / sum(RECORDS.values())

    @property
    def index_bytes(self) -> float:
        """What their entries have in the indexes."""
        each = (count * self._entries(name) for name, count in RECORDS.items())
        return self.records * sum(each) / sum(RECORDS.values())

    def _entries(self, entity: str) -> int:
        indexes = (name for name in _indexes()[entity] if name != self.without)
        return sum(
            OVERHEAD + (KEYS_BYTES if name in KEYS_ONLY else _sizes()[entity]) for name in indexes
        )


@cache
def _sizes() -> Mapping[str, int]:
    return catalogue().sizes


@cache
def _indexes() -> Mapping[str, tuple[str, ...]]:
    return data_model().indexes
