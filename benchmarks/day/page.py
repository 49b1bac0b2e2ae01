"""docs/load/day.md: what the runs found, in words, tables and a picture."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.day import contention, footprints
from benchmarks.day.contention import HELD, TOLERATED, contend
from benchmarks.day.footprints import Footprint
from benchmarks.day.limits import (
    ITEM_TRANSACTIONS,
    NEW_TABLE_READS,
    NEW_TABLE_WRITES,
    PARTITION_READS,
    PARTITION_WRITES,
    TABLE_QUOTA,
    UNIT_TRANSACTIONS,
    UNITS,
)
from benchmarks.day.mix import BESIDE, FLOWS, PEAK, RATES, rates
from benchmarks.day.population import TIERS, Population
from benchmarks.day.running import SKEWS, TIER, Day, Lengths, Row, units_of, whole
from benchmarks.day.simulation import BATCHES, Kind
from benchmarks.day.world import CATEGORIES, MANY, PRODUCTS
from local.provision import ROOT
from tenantql.table.retries import ATTEMPTS, CONFLICT_ATTEMPTS, LONGEST_PAUSE

FILE: Final = ROOT / "docs" / "load" / "day.md"
PICTURE: Final = FILE.with_suffix(".svg")

SHOWN: Final = 0.02
"""The least share of a limit that has a row."""

HARD: Final = 0.5
"""A share above which the headroom is told to be small."""

HARDER: Final = 1.1
"""By how much an own peak is harder than the common one before it is named."""

FEW: Final = 0.1
"""The least share of the limit with which an item has a row."""

MEASURES: Final[Mapping[str, str]] = {
    "read": "reads of a partition key",
    "write": "writes of a partition key",
    "transactions": "transactions of an item",
}


def key_name(kind: Kind) -> str:
    """A kind of key as the page has it: `T` stands for the tenant's lead."""
    place, template = kind
    key = template.replace("TENANT#{tenant}#", "T#").replace("TENANT#{tenant}", "T")
    return f"`{key}`" + ("" if place in ("table", "item") else f" in {place}")


def page(
    found: Day, measured: Mapping[str, Footprint], lengths: Lengths, seed: int, picture: Path
) -> str:
    """The whole page."""
    parts = (
        _head(measured, seed),
        f"![The busiest keys as shares of their limits, and the day]({picture.name})\n",
        "\n".join(_keys(found)),
        "\n".join(_items(found, seed)),
        "\n".join(_whole(measured)),
        "\n".join(_otherwise(found)),
        _method(lengths),
        "\n".join(_flows(measured)),
    )
    return "\n".join(parts)


def digest() -> str:
    """What tells one set of footprints from another."""
    return sha256(footprints.FILE.read_bytes()).hexdigest()[:12]


def _head(measured: Mapping[str, Footprint], seed: int) -> str:
    return f"""\
<!-- Made by `make day`; change benchmarks/day instead. -->
# A day at the catalogue's peaks

{PEAK:,} requests a second, half of them one tenant's: what each partition key of the table and its
indexes has to carry, and each item. Made by `make day` with the seed {seed}, from {len(measured)}
measured footprints (`{digest()}`); [how](#method) and with which assumptions is below.

Two situations are held against the limits: the **common peak**, at which all rows of the
catalogue have their share of the {PEAK:,}, and the **own peak** of each row, at which this row has
all that the catalogue expects of it (checkout 200 a second, for instance, product lists 420) and
the others fill up to {PEAK:,}. The hardest of these is named. Limits are {PARTITION_READS:,} read
and {PARTITION_WRITES:,} write units a second of a
[partition](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
Headroom is the limit over the busiest second that was seen.
"""


def _keys(found: Day) -> Iterator[str]:
    rows = [row for row in found.rows if row.measure != "transactions"]
    shown = [row for row in rows if row.share >= SHOWN]
    least = shown[0]
    yield "## Partition keys\n"
    yield (
        f"All under the limits; the least headroom is {least.headroom:.1f}x, of"
        f" {key_name(least.kind)}"
        f" when {least.row} has its own peak. `T` stands for `TENANT#{{tenant}}`; R and W are"
        f" read and"
        " write units a second of the busiest key of that form; p99.9 is of the day's seconds.\n"
    )
    yield _line(
        *("key", "units", "mean at the peak", "day's p99.9", "busiest second"),
        *("own peak of", "busiest second then", "headroom"),
    )
    yield "|---|---|--:|--:|--:|---|--:|--:|"
    for row in shown:
        yield (
            f"| {key_name(row.kind)} | {UNITS[row.measure]} | {row.mean:.0f} | {row.usual:.0f} "
            f"| {row.peak:.0f} | {_own(row, f'{row.hardest:.0f}')} | {_headroom(row)} |"
        )
    yield (
        f"\n{len(rows) - len(shown)} more forms of keys have under {SHOWN:.0%} of a limit. Keys"
        f" that "
        "only one request has, such as an idempotency record's, are left out.\n"
    )


def _items(found: Day, seed: int) -> Iterator[str]:
    rows = [row for row in found.rows if row.measure == "transactions"]
    shown = [row for row in rows if row.share >= FEW]
    yield "## Items\n"
    yield (
        "DynamoDB refuses a write of an item while a transaction has it"
        " ([conflicts](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "transaction-apis.html#transaction-conflict-handling)); the layer tries again, "
        f"up to {CONFLICT_ATTEMPTS} times in all, with pauses of up to {LONGEST_PAUSE:g} s. So"
        " there are two limits:\n"
    )
    yield (
        f"- **Units** of its partition: {UNIT_TRANSACTIONS} transactions a second that write an"
        " item of 1 KB, for a"
        " [transactional write](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "transaction-apis.html#transaction-capacity-handling) costs two. This one is DynamoDB's;"
        " the table above keeps to it."
    )
    yield (
        f"- **Conflicts**, the practical limit: {ITEM_TRANSACTIONS} transactions a second on"
        f" average, of which {TOLERATED:.0%} end as CONFLICT after the last attempt. AWS gives no"
        " such rate; this one follows from our retries and from how long a transaction has an item,"
        " [below](#how-often-one-product-sells). Headroom is that of the mean, since chance within"
        " it is counted there.\n"
    )
    yield _line(
        *("item", "mean at the peak", "day's p99.9", "busiest second"),
        *("own peak of", "mean then", "busiest second then", "headroom"),
    )
    yield "|---|--:|--:|--:|---|--:|--:|--:|"
    for row in shown:
        yield (
            f"| {key_name(row.kind)} | {row.mean:.1f} | {row.usual:.0f} | {row.peak:.0f} "
            f"| {_own(row, f'{row.hardest_mean:.1f}', f'{row.hardest:.0f}')} | {_headroom(row)} |"
        )
    yield f"\n{len(rows) - len(shown)} more kinds of items have under {FEW:.0%} of it.\n"
    yield _busiest(rows[0], seed)
    yield "### How often one product sells\n"
    yield (
        "Orders of one product meet on its Stock item. Of those that come at random, so many a"
        " second,"
        " this share meets another and is tried again unseen; and this share gives up, which the"
        " customer sees as the error CONFLICT. Nothing is sold twice then, and the same"
        " checkout with"
        " the same idempotency key is safe. How long a transaction has its items is AWS's matter:"
        " columns are for "
        + ", ".join(f"{held * 1000:.0f} ms" for held in HELD)
        + ", of which we take the middle one.\n"
    )
    yield (
        "| orders a second | "
        + " | ".join(f"tried again, {held * 1000:.0f} ms | CONFLICT" for held in HELD)
        + " |"
    )
    yield "|--:|" + "--:|--:|" * len(HELD)
    for rate in contention.RATES:
        cells = [contend(rate, held, seed) for held in HELD]
        told = " | ".join(f"{cell.retried:.0%} | {cell.refused:.1%}" for cell in cells)
        yield f"| {rate} | {told} |"
    holds = ", ".join(f"{contention.most(held, seed)} ({held * 1000:.0f} ms)" for held in HELD)
    yield (
        f"\nSo one product sells {holds} times a second before more than {TOLERATED:.0%} of its"
        f" orders end as CONFLICT. It depends on the retries: with {ATTEMPTS} attempts, as after"
        f" other failures, it were {contention.most(HELD[1], seed, ATTEMPTS)} times"
        f" ({HELD[1] * 1000:.0f} ms).\n"
    )


def _busiest(row: Row, seed: int) -> str:
    """What becomes of the transactions of the busiest item."""
    usual, hardest = (contend(rate, HELD[1], seed) for rate in (row.mean, row.most))
    ends = "under" if row.share <= 1 else "**over**"
    return (
        f"**{key_name(row.kind)}** of the most popular product is the busiest. At the common peak"
        f" {row.mean:.1f} transactions a second write it: {ITEM_TRANSACTIONS / row.mean:.1f}x under"
        f" the practical limit, and {usual.refused:.2%} of them end as CONFLICT. When {row.row} has"
        f" its own peak, it is {row.most:.1f} a second: {ends} the limit, with"
        f" {row.headroom:.2f}x headroom to it and {UNIT_TRANSACTIONS / row.most:.0f}x to that of"
        f" units, and **{hardest.refused:.1%}** of them end as CONFLICT.\n"
    )


def _whole(measured: Mapping[str, Footprint]) -> Iterator[str]:
    common, checkout = (whole(measured, rates(own_peak=own)) for own in ("", "O1"))
    yield "## The whole\n"
    yield "Means of a second, of all tenants together, if one table has them all.\n"
    yield "| | common peak | own peak of O1 |"
    yield "|---|--:|--:|"
    rows = [
        ("requests, and beside them the authorizer's looks at tokens", "requests"),
        ("calls of DynamoDB for them", "calls"),
        ("records of the stream", "records"),
        ("calls of DynamoDB by the stream's consumers", "later_calls"),
    ]
    for title, name in rows:
        yield f"| {title} | {getattr(common, name):,.0f} | {getattr(checkout, name):,.0f} |"
    for place in ("table", "GSI1", "GSI2", "GSI3", "directory", "platform", "control"):
        cells = (
            f"{run.reads.get(place, 0):,.0f} R, {run.writes.get(place, 0):,.0f} W"
            for run in (common, checkout)
        )
        yield f"| {place} | {' | '.join(cells)} |"
    yield (
        f"\nA table's default quota is {TABLE_QUOTA:,} units of each kind"
        " ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Limits.html))."
        f" A new on-demand table takes {NEW_TABLE_READS:,} R and {NEW_TABLE_WRITES:,} W at once"
        " ([warm throughput](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "warm-throughput-scenarios.html)), so one table that is to have all of this on its"
        " first day"
        " is warmed before.\n"
    )


def _otherwise(found: Day) -> Iterator[str]:
    yield "## If things were otherwise\n"
    yield (
        f"The numbers above are for the tier `{TIER}`. The same for the shards of the other"
        f" tiers, and"
        " for popularity that is less or more skewed; shares of the limits at the hardest row's own"
        " peak, of the mean and not of the busiest second. `basic` has one shard of everything"
        " but the platform's index, and is not for a tenant"
        " with half of the platform: its collections grow first (T10).\n"
    )
    yield "| | " + " | ".join(MEASURES.values()) + " |"
    yield "|---|" + "---|" * len(MEASURES)
    for tier, rows in found.tiers.items():
        yield f"| shards of `{tier}` | {_shares(rows)} |"
    for by in SKEWS:
        yield f"| exponents {by:+.1f} | {_shares(found.skews[by])} |"
    yield ""


def _shares(rows: Mapping[str, Row]) -> str:
    cells = (rows[measure] for measure in MEASURES)
    return " | ".join(f"{row.mean_share:.0%}: {key_name(row.kind)}, {row.row}" for row in cells)


def _method(lengths: Lengths) -> str:
    own = Population(TIERS[TIER])
    counts = ", ".join(f"{kind} {count:,}" for kind, count in own.counts.items())
    exponents = ", ".join(f"{kind} {exponent}" for kind, exponent in own.exponents.items())
    shards = ", ".join(f"{kind} {count}" for kind, count in own.shards.items())
    return f"""\
## Method

- **Footprints are measured.** Each way of asking a row is one GraphQL operation
  (`benchmarks/day/operations.graphql`), asked once of the endpoint over a table in memory, by
  somebody of the role that asks it, in a shop with {CATEGORIES:,} categories, {PRODUCTS} products
  of 3 KB and lists longer than a page of 20. Recorded is every call: which partition key of which
  table or index, and the units by the sizes of the items. A write costs the larger of the item
  before and after, double in a transaction; each index entry that comes, goes or changes costs its
  own, single. Then the stream's consumers get what was written, and what they call and write is
  recorded the same way until nothing more is written. An order has 3 lines of 2 sellers; one in a
  hundred takes the last piece of a product, and its cards change.
- **Requests are drawn** from the catalogue's rates (`benchmarks/day/mix.py`) as Poisson processes.
  The authorizer's look at tokens (U8) is not a request of its own, and comes beside the {PEAK:,}.
  Where a row is asked in several ways, the shares are assumptions; the last table has them.
- **Half of the requests are one tenant's.** The others share the rest by Zipf's law,
  {own.tenants} tenants in one table, each as large as the first: {counts}
  (a head is the first two letters of a searched word). What is asked for is drawn by Zipf's law,
  too, with the exponents: {exponents};
  0.99 is that of [YCSB](https://github.com/brianfrankcooper/YCSB), the usual benchmark of key-value
  stores. The most popular product is in 27% of the orders then, which is much. A product's seller
  is always the same.
- **Shards** are drawn by the layer's own function from ids, of so many as the tier `{TIER}` has:
  {shards}.
- **Lengths.** {lengths.peak} seconds of the common peak and {lengths.own} of each row's own are
  drawn in full, request by request. The day is 24 hours of which {lengths.minute} second of each
  minute is drawn, with a peak at 20 h and a fifth of it at night: some 60 million requests, of
  which one in {60 // lengths.minute} is drawn.
- **What is not in it**: retries, TTL's deletions (which cost no units), backups, jobs, schools,
  activity; the stream's delay (its work is added to the second of the request). A rename of a
  category with {MANY} products counts as if all its work were done in one second. A batch of the
  stream writes a seller's sums once; {BATCHES} batches a second have records of one and the same
  seller. Beside it, an instance of a function reads a tenant's routing record at most every 5 s,
  and adds what the tenant used to its day every 10 s, or every second while it is much: 100
  instances make some 20 R of one key, and 10 to 100 W of another.
- **A partition key is taken for a partition.** DynamoDB may put several keys into one partition; it
  moves busy ones apart. A short burst above a limit may pass; we do not count on that.
"""


def _flows(measured: Mapping[str, Footprint]) -> Iterator[str]:
    common = rates()
    yield "## What is asked\n"
    yield (
        "Requests a second of all tenants; calls and units of one request, then those of the"
        " stream's"
        f" work after it. All footprints: `benchmarks/day/{footprints.FILE.name}`.\n"
    )
    yield "| | row's own peak | share of it | at the common peak | calls | stream's calls | units |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for flow in FLOWS:
        print_ = measured[flow.name]
        read, write = units_of(print_)
        units = " + ".join(
            f"{number:g} {kind}" for number, kind in ((read, "R"), (write, "W")) if number
        )
        beside = " (beside)" if flow.name in BESIDE else ""
        yield (
            f"| {flow.name}{beside} | {RATES[flow.row]:g} | {flow.share:.0%} |"
            f" {common[flow.name]:.3g} "
            f"| {sum(print_.calls.values())} | {sum(print_.later_calls.values())} |"
            f" {units or '0'} |"
        )
    yield ""


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _own(row: Row, *numbers: str) -> str:
    """Cells of a row's own peak, if it is harder than the common one."""
    harder = row.hardest_mean > HARDER * row.mean
    return " | ".join((row.row, *numbers) if harder else ["-"] * (1 + len(numbers)))


def _headroom(row: Row) -> str:
    told = f"{row.headroom:.1f}x"
    return f"**{told}**" if row.share > HARD else told
