"""What to do about the largest items, and what all of it would save."""

from collections.abc import Iterator, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from typing import Any, Final

from cli.cost.bill import Item, bill, total
from cli.cost.plan import Plan
from cli.cost.prices import Prices

ADVICE: Final[Mapping[tuple[str, str], str]] = {
    ("DynamoDB", "writes"): (
        "Provisioned capacity where the load is even (`CapacityMode`). Most writes are checkouts"
        " and what the stream keeps of them; fewer words of an order in the search, and no"
        " directory entry for what follows from other items, would be the largest savings in code"
    ),
    ("DynamoDB", "reads"): (
        "Searches for words and the whole category tree read most: a client keeps the tree, and"
        " asks for children instead"
    ),
    ("X-Ray", "traces"): (
        "`Tracing: PassThrough` in the template, or for the authorizer and the stream alone; the"
        " log has each request's times, and OpenTelemetry can sample as it likes"
    ),
    ("Metrics", "series"): (
        "A metric without the dimension `tier` has less than half of the series; the log"
        " tells tiers apart"
    ),
    ("Monitoring", "alarms"): (
        "`TableUpkeep=elsewhere`, if who keeps the tables up has alarms of them: more than half are"
    ),
    ("DynamoDB", "storage"): (
        "TTL on what is old, such as movements of stock; orders of years ago to S3; Standard-IA is"
        " for tables where storage outweighs requests, which it does not here"
    ),
    ("DynamoDB", "recovery"): "The price of going back to any second of the last 35 days",
    ("DynamoDB", "backups"): "Fewer full copies, or cold storage by AWS Backup",
    ("API Gateway", "requests"): (
        "Several operations in one request: aliases, or `MaxBatch`. Nothing else lowers it, and an"
        " HTTP API is the cheapest that AWS has"
    ),
    ("Lambda", "graphql function"): (
        "Fewer rounds. With a `MemorySize` of 512 waiting costs half; processor time costs the same"
        " and takes twice as long"
    ),
    ("Lambda", "stream function"): (
        "A longer `MaximumBatchingWindowInSeconds` makes fewer, larger batches, and the lists later"
    ),
    ("Lambda", "authorizer function"): "`AuthorizerCache` is on; tokens that live longer",
    ("Logs", "START, END, REPORT"): (
        "`LogFormat: JSON` with `SystemLogLevel: WARN` leaves them out; what they say is in metrics"
    ),
    ("Logs", "log of requests"): "`LogSample` of 0.1; errors and slow requests stay",
    ("Logs", "log of the API"): "Fewer fields: the request's line has most of them",
    ("Logs", "log of metrics"): "Longer than a second between two lines of an instance",
}


@dataclass(frozen=True)
class Step:
    """A change, of settings or of code, and the bill with it and those before it."""

    title: str
    usd: float
    saved: float


_STEPS: Final[Sequence[tuple[str, Mapping[str, Any]]]] = (
    ("traces off (`Tracing: PassThrough`)", {"traces": False}),
    ("metrics without the dimension `tier`: 55 series", {"series": 55}),
    (
        "a tenth of the requests logged, no START, END, REPORT",
        {"log_sample": 0.1, "system_lines": False},
    ),
    ("provisioned capacity, half of it used", {"utilisation": 0.5}),
    ("no directory index (rebuilds and exports need it)", {"without": "directory"}),
    ("10,000,000 records instead of 100,000,000", {"records": 10_000_000}),
)

SMALL: Final = 4
"""Steps that are small changes, and give up little."""


def steps(plan: Plan, prices: Prices) -> Iterator[Step]:
    """One change after another, each on top of those before."""
    before = total(bill(plan, prices))
    for number, (title, _) in enumerate(_STEPS, 1):
        usd = total(bill(after(plan, number), prices))
        yield Step(title, usd, before - usd)
        before = usd


def after(plan: Plan, number: int = SMALL) -> Plan:
    """The plan after so many of the steps."""
    changes: dict[str, Any] = {}
    for _, change in _STEPS[:number]:
        changes |= change
    return replace(plan, **changes)


def largest(items: Sequence[Item], share: float = 0.01) -> list[Item]:
    """The items that have at least `share` of the bill, the dearest first."""
    least = total(items) * share
    return sorted((item for item in items if item.usd >= least), key=lambda item: -item.usd)


def of_item(item: Item) -> str:
    """What to do about it; empty if there is nothing."""
    return ADVICE.get((item.service, item.name), "")
