"""A month's bill: quantities of a plan, times prices.

What requests cause is proportional to what they use: `Rates` has the dollars of each quantity, so
one pattern, one tenant and the whole are priced by the same rule, and the parts add up.
"""

from collections.abc import Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Final

from cli.cost import usage
from cli.cost.plan import DAYS, GB, HOURS, SECONDS, Plan
from cli.cost.prices import Prices
from cli.cost.usage import PLACES, Usage

MILLION: Final = 1_000_000

WHOLE_MB: Final = 1_769
"""Memory at which a function has one processor.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""
GRAPHQL_MB: Final = 1_024
OTHER_MB: Final = 512
"""Memory of the functions: the graphql one, and the authorizer and the stream."""

RUNTIME_MS: Final = 1.5
"""What Lambda bills of an invocation besides the handler, rounding up to a millisecond included."""
COLD: Final = 0.005
COLD_MS: Final = 1_000.0
"""Share of invocations that start an instance, and how long that takes at 1 GB. Billed."""

BATCH: Final = 100
WINDOW: Final = 1.0
FACTOR: Final = 2
"""The event source of the stream: records and seconds of a batch, lanes of a shard."""
LEAST_SHARDS: Final = 4
PARTITION: Final = 10 * GB
"""Stream shards follow the table's partitions: four at first, one for each 10 GB."""

LINE: Final = 490
ACCESS_LINE: Final = 310
SYSTEM_LINES: Final = 300
METRIC_LINE: Final = 453
METRIC_REQUEST: Final = 7
"""Bytes of a request's line, the API's, an invocation's three; of metrics a line and a request."""
METRIC_CLASSES: Final = 8
"""Queries and mutations of four tiers, which have lines of their own."""
LOG_KEPT: Final = 0.15
"""What compression leaves of a log, by AWS's example on the pricing page."""

TRACED: Final = 0.05
"""X-Ray records one invocation a second of each function, and this share of the others.

https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

LEAST_UNITS: Final[Mapping[str, tuple[int, int]]] = {
    "table": (53, 26),
    "GSI1": (1, 3),
    "GSI2": (1, 2),
    "GSI3": (1, 1),
    "directory": (1, 10),
    "platform": (1, 1),
    "control": (4, 1),
}
"""Provisioned read and write capacity of each table and index at least: the template's, for the
smallest CapacityFor."""

CANARY_MS: Final = 1_500.0
"""A run of the canary: as a rule an instance that starts, four sessions of STS, 24 reads."""
CANARY_UNITS: Final = 8
"""What its reads of its own items take; what IAM refuses takes nothing."""


@dataclass(frozen=True)
class Item:
    """One line of a bill: dollars, and for which quantity."""

    service: str
    name: str
    usd: float
    quantity: float
    unit: str


@dataclass(frozen=True)
class Rates:
    """What each quantity costs, at the traffic of a plan."""

    plan: Plan
    prices: Prices

    @cached_property
    def whole(self) -> Usage:
        """What the plan's requests use in a month."""
        each = usage.mean() if self.plan.mix is None else usage.mean_of(self.plan.mix)
        used = each.times(self.plan.requests)
        return without(used, self.plan.without) if self.plan.without else used

    @cached_property
    def batches(self) -> float:
        """Invocations of the stream function for a record."""
        if not self.whole.records:
            return 0
        shards = max(LEAST_SHARDS, ceil(self.plan.table_bytes / PARTITION))
        rate = self.whole.records / SECONDS
        return batched(rate, shards * FACTOR, WINDOW, BATCH) / rate

    @cached_property
    def metric_bytes(self) -> float:
        """Bytes of metrics in the log for a request."""
        if not self.plan.requests:
            return 0
        rate = self.plan.requests / SECONDS
        busy = rate * self.graphql_ms(self.whole) / self.plan.requests / 1e3
        lines = batched(rate, METRIC_CLASSES * (1 + 2 * busy), WINDOW, BATCH) / rate
        return METRIC_LINE * lines + METRIC_REQUEST

    def items(self, used: Usage) -> list[Item]:
        """The bill of what requests use, without what is kept and what stands there anyway."""
        streams = used.records * self.batches
        return [
            self._priced("API Gateway", "requests", "api_requests", used.requests),
            self._function("graphql", used.requests, self.graphql_ms(used), GRAPHQL_MB),
            self._function("authorizer", used.checks, self._check_ms(used), OTHER_MB),
            self._function("stream", streams, self._stream_ms(used, streams), OTHER_MB),
            *self._units(used),
            self._priced("Lambda", "reads of the stream", "stream_reads", streams),
            self._priced("STS", "calls", "sts", used.requests / usage.VISIT),
            *self._logs(used, streams),
            self._traces(used, streams),
            self._priced("Data transfer", "answers", "bytes_out", used.bytes),
        ]

    def graphql_ms(self, used: Usage) -> float:
        """Billed milliseconds of the graphql function."""
        started = COLD * COLD_MS + RUNTIME_MS
        return used.own_ms * WHOLE_MB / GRAPHQL_MB + used.store_ms + used.requests * started

    def _check_ms(self, used: Usage) -> float:
        # It has half of the memory, and imports little.
        each = usage.CHECK_MS * WHOLE_MB / OTHER_MB + usage.READ_MS + RUNTIME_MS + COLD * COLD_MS
        return used.checks * each

    def _stream_ms(self, used: Usage, invocations: float) -> float:
        own = used.later_own_ms + usage.RECORD_MS * used.records
        return own * WHOLE_MB / OTHER_MB + used.later_store_ms + invocations * RUNTIME_MS

    def _function(self, name: str, invocations: float, ms: float, memory: int) -> Item:
        usd = self.prices["lambda_requests"].of(invocations)
        usd += self.prices["lambda_gb_seconds"].of(ms / 1e3 * memory / 1_024)
        return Item("Lambda", f"{name} function", usd, invocations, "invocations")

    def _units(self, used: Usage) -> list[Item]:
        reads, writes = used.reads, used.writes
        if not self.plan.utilisation:
            return [
                self._priced("DynamoDB", "reads", "read_request_units", reads),
                self._priced("DynamoDB", "writes", "write_request_units", writes),
            ]
        read, write = self._capacity
        return [
            Item("DynamoDB", "reads", reads * read, reads, "read units, provisioned"),
            Item("DynamoDB", "writes", writes * write, writes, "write units, provisioned"),
        ]

    @cached_property
    def _capacity(self) -> tuple[float, float]:
        """Dollars of a read and a write unit, provisioned."""

        def each(name: str, kind: int, units: dict[str, float]) -> float:
            needed = {p: units.get(p, 0) / SECONDS / self.plan.utilisation for p in PLACES}
            capacity = sum(max(LEAST_UNITS[place][kind], one) for place, one in needed.items())
            return self.prices[name].of(capacity * HOURS) / (sum(units.values()) or 1)

        return (
            each("read_capacity_hours", 0, dict(self.whole.read)),
            each("write_capacity_hours", 1, dict(self.whole.write)),
        )

    def _logs(self, used: Usage, streams: float) -> list[Item]:
        invocations = used.requests + used.checks + streams
        lines = {
            "log of requests": used.requests * LINE * self.plan.log_sample,
            "log of the API": used.requests * ACCESS_LINE,
            "START, END, REPORT": invocations * SYSTEM_LINES * self.plan.system_lines,
            "log of metrics": used.requests * self.metric_bytes,
        }
        kept = sum(lines.values()) * LOG_KEPT * self.plan.retention_days / DAYS
        return [
            *(self._priced("Logs", name, "log_bytes", size) for name, size in lines.items()),
            self._priced("Logs", "kept", "log_storage", kept),
        ]

    def _traces(self, used: Usage, streams: float) -> Item:
        whole, of_stream = self.whole, self.whole.records * self.batches
        parts = (
            (used.requests, whole.requests),
            (used.checks, whole.checks),
            (streams, of_stream),
        )
        traces = sum(part / all_ * _traced(all_) for part, all_ in parts if all_) * self.plan.traces
        return self._priced("X-Ray", "traces", "traces", traces)

    def kept(self) -> list[Item]:
        """The bill of what is kept, whether it is asked for or not."""
        table, indexes = self.plan.table_bytes / GB, self.plan.index_bytes / GB
        return [
            self._priced("DynamoDB", "storage", "storage", table + indexes),
            self._priced("DynamoDB", "recovery", "recovery", table),
            self._priced("DynamoDB", "backups", "backups", table * self.plan.copies),
        ]

    def standing(self) -> list[Item]:
        """The bill of what is there without a request."""
        return [
            self._priced("Metrics", "series", "metrics", self.plan.series),
            self._priced("Monitoring", "alarms", "alarms", self.plan.alarms),
            self._priced("Monitoring", "pages", "composite_alarms", self.plan.pages),
            self._priced("Monitoring", "dashboard", "dashboards", self.plan.dashboards),
            self._priced("Monitoring", "keys", "keys", self.plan.keys),
            self._canary(),
        ]

    def _canary(self) -> Item:
        """The canary's runs: function, reads of its own items, log, and a trace each."""
        minutes = self.plan.canary_minutes
        runs = SECONDS / 60 / minutes if minutes else 0
        usd = self._function("canary", runs, runs * CANARY_MS, OTHER_MB).usd
        usd += self.prices["read_request_units"].of(runs * CANARY_UNITS)
        usd += self.prices["log_bytes"].of(runs * (SYSTEM_LINES + METRIC_LINE))
        usd += self.prices["traces"].of(runs) if self.plan.traces else 0
        usd += self.prices["metrics"].of(1 if runs else 0)
        return Item("Monitoring", "canary", usd, runs, "runs")

    def _priced(self, service: str, name: str, price: str, quantity: float) -> Item:
        found = self.prices[price]
        return Item(service, name, found.of(quantity), quantity, found.unit)


def bill(plan: Plan, prices: Prices) -> list[Item]:
    """The bill of a month."""
    rates = Rates(plan, prices)
    return [*rates.items(rates.whole), *rates.kept(), *rates.standing()]


def of_pattern(row: str, rates: Rates) -> list[Item]:
    """The bill of a million requests of a row; or of a million checks of tokens, for `check`."""
    used = usage.check() if row == "check" else usage.rows()[row]
    return rates.items(used.times(MILLION))


@dataclass(frozen=True)
class Tenant:
    """What one tenant used in a month, as its usage says; units of None are as the mix has them."""

    requests: float
    read_units: float | None = None
    write_units: float | None = None
    records: float = 0


def of_tenant(tenant: Tenant, rates: Rates) -> list[Item]:
    """A tenant's bill: what its requests cause and what is kept for it, and no standing cost."""
    used = usage.mean().times(tenant.requests)
    own_reads, own_writes = usage.own_share()
    if tenant.read_units is not None:
        used = replace(used, read={"table": tenant.read_units / own_reads})
    if tenant.write_units is not None:
        used = replace(used, write={"table": tenant.write_units / own_writes})
    kept = Rates(replace(rates.plan, records=tenant.records), rates.prices).kept()
    return [*rates.items(used), *kept]


def break_even(prices: Prices) -> tuple[float, float]:
    """The utilisation of read and of write capacity above which provisioned costs less."""
    return (
        prices["read_capacity_hours"].of(1) / 3_600 / prices["read_request_units"].of(1),
        prices["write_capacity_hours"].of(1) / 3_600 / prices["write_request_units"].of(1),
    )


def affordable(usd: float, plan: Plan, prices: Prices) -> float:
    """The requests a day for which the plan costs so much in a month; 0 if none."""
    low, high = 0.0, 1e9
    for _ in range(60):
        middle = (low + high) / 2
        within = total(bill(replace(plan, requests_per_day=middle), prices)) <= usd
        low, high = (middle, high) if within else (low, middle)
    return low if low > 1 else 0.0


def total(items: Sequence[Item]) -> float:
    """Dollars."""
    return sum(item.usd for item in items)


def by_service(items: Sequence[Item]) -> dict[str, float]:
    """Dollars by service, the dearest first."""
    found: dict[str, float] = {}
    for item in items:
        found[item.service] = found.get(item.service, 0) + item.usd
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def batched(rate: float, lanes: float, window: float, most: int) -> float:
    """Batches a second, where each lane waits `window` seconds after the first, or for `most`."""
    each = rate / lanes
    return lanes * max(1 / (window + 1 / each), each / most) if each else 0


def without(used: Usage, index: str) -> Usage:
    """The same use, without an index."""
    apart = Usage(read={index: -used.read.get(index, 0)}, write={index: -used.write.get(index, 0)})
    return used + apart


def _traced(invocations: float) -> float:
    rate = invocations / SECONDS
    return (min(1, rate) + TRACED * max(0, rate - 1)) * SECONDS
