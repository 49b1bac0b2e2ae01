"""docs/load/scaling.md: the settings, the simulated days, and when on demand is better."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.day.running import NIGHT
from benchmarks.scaling.demand import (
    BEFORE,
    KINDS,
    OPENING,
    PARTS,
    SALE,
    SHAPES,
    SIZES,
    TABLE,
)
from benchmarks.scaling.settings import (
    COOLDOWN_IN,
    COOLDOWN_OUT,
    IMPORT,
    LOST,
    PAGE,
    SEEDS,
    TARGET,
    holds,
    limits,
)
from benchmarks.scaling.tracking import (
    BURST,
    DECREASE_EVERY,
    EFFECT,
    FREE_DECREASES,
    IN_MARGIN,
    IN_POINTS,
    KNOWN,
    OUT_POINTS,
    Followed,
)
from cli.cost.bill import break_even
from cli.cost.plan import DAYS
from cli.cost.prices import Prices
from cli.cost.usage import PLACES
from local.provision import ROOT

FILE: Final = ROOT / "docs" / "load" / "scaling.md"
PICTURE: Final = FILE.with_suffix(".svg")

GUIDE: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"

type Tried = Mapping[tuple[float, int], Sequence[Followed]]
"""What became of the days, by target and cooldown."""


@dataclass(frozen=True)
class Dollars:
    """A day's capacity, and what the same units cost on demand."""

    provisioned: float
    on_demand: float


def first(tried: Tried) -> Sequence[Followed]:
    """The days of the first seed, with the settings that are taken."""
    return tried[TARGET, COOLDOWN_IN][: len(SIZES) * len(SHAPES)]


def dollars(found: Followed, prices: Prices) -> Dollars:
    """What a simulated day costs either way. On demand refuses nothing of it."""
    provisioned = on_demand = 0.0
    for kind in KINDS:
        parts = [number for number, part in enumerate(PARTS) if part[1] == kind]
        hours = found.capacity[:, parts].sum() / 60
        provisioned += prices[f"{kind.lower()}_capacity_hours"].of(hours)
        units = found.asked.units[:, parts].sum()
        on_demand += prices[f"{kind.lower()}_request_units"].of(units)
    return Dollars(provisioned, on_demand)


def page(tried: Tried, prices: Prices, picture: Path) -> str:
    """The whole page."""
    days = first(tried)
    parts = (
        _head(picture),
        *_settings(),
        *_days(days, prices),
        *_choice(days, prices),
        *_tried(tried, prices),
        _model(),
    )
    return "\n".join(parts)


def _head(picture: Path) -> str:
    return f"""\
<!-- Made by `make scaling`; change benchmarks/scaling instead. -->
# Provisioned capacity that follows the day

The template pays for tables on demand, and with `CapacityMode=provisioned` by capacity that
Application Auto Scaling keeps at a target. Here is how far it may scale, where that comes from, and
what becomes of simulated days: what is throttled, and what it costs. **Nothing of this has been
seen on AWS**; the model is [below](#the-model).

![Write units of the table over four days, and the capacity that follows them]({picture.name})
"""


def _settings() -> Iterator[str]:
    yield f"""\
## Settings

`CapacityFor` says for how many requests a day, of the catalogue's mix and curve:
{_sizes()}.

Target: {TARGET:.0%} of the capacity is used. Cooldowns: {COOLDOWN_OUT} s before an increase,
{60 * COOLDOWN_IN} s before a decrease. Units a second, least to most, which `make scaling` writes
into `template.yaml` and [Terraform's module](../terraform.md), and tests compare:

| | {" | ".join(f"{size.name}: R | W" for size in SIZES)} |
|---|{"--:|--:|" * len(SIZES)}"""
    for place in PLACES:
        cells = (
            f"{found.least:,} to {found.most:,}"
            for size in SIZES
            for found in (limits(size)[place, kind] for kind in KINDS)
        )
        yield f"| {place} | {' | '.join(cells)} |"
    yield f"""
- **Most** is what the target asks for when the row of the catalogue that is hardest for the part
  has its [own peak](day.md). A part may always come to {PAGE} R, a page of 1 MB a second, for
  rebuilds and exports, which are not in the mix; and to {IMPORT:.0%} of its table's writes, for
  imports.
- **Least** is what it asks for at night, {NIGHT:.0%} of the peak; and no less than lets the largest
  request fit into {BURST} s of what is unused then (the rename of a category with many products).
- Rounded up to two digits.
- **Target and cooldown** are the highest target, and the shortest cooldown with it, with which
  nothing is throttled but in a sale that nobody announced, and of that day at most {LOST:.1%}, each
  time that the days are drawn: [what was tried](#what-was-tried).
"""


def _sizes() -> str:
    each = [
        f"`{size.name}`, {size.requests:,.0f} ({size.peak:,.0f} a second at the peak)"
        for size in SIZES
    ]
    return ";\n".join(each)


def _days(days: Sequence[Followed], prices: Prices) -> Iterator[str]:
    yield f"""\
## Four days

- **day**: the catalogue's curve, with its peak at 20 h.
- **morning**: nothing until {OPENING // 60} h, then half of the peak within five minutes.
- **sale**: from {SALE.start // 60} to {SALE.stop // 60} h the peak at once, with checkouts (O1) at
  their own peak: {_steps(days):.0f} times the writes of the minutes before.
- **announced sale**: the same, and a scheduled action raises the least capacity {BEFORE} minutes
  before.

`used` is of what is paid for, by price. Dollars are of the day's units; storage is the same.

| for | day | throttled | in minutes | at worst | used | $ provisioned | $ on demand |
|---|---|--:|--:|--:|--:|--:|--:|"""
    for each in days:
        usd = dollars(each, prices)
        yield (
            f"| {each.asked.size.name} | {each.asked.shape.name} | {_percent(each.lost)} |"
            f" {each.minutes or '-'} | {_percent(each.most)} | {_used(usd, prices):.0%} |"
            f" {usd.provisioned:.2f} | {usd.on_demand:.2f} |"
        )
    yield """
`throttled` is of the day's units, `at worst` of a table's or index's in one minute. The layer tries
what is throttled again, which helps for a second and not for minutes: then a customer gets
RATE_LIMITED ([errors](../errors.md)). Half a per cent of a day is most of what is asked in the
first minutes of that sale. A write that one index has no capacity for is refused as a whole, so
**the slowest of the table and its indexes sets the pace**.
"""


def _steps(days: Sequence[Followed]) -> float:
    part = PARTS.index(("table", "Write"))
    largest = next(
        each.asked.units[:, part] for each in reversed(days) if each.asked.shape.name == "sale"
    )
    before = range(SALE.start - 10, SALE.start)
    return float(largest[[*SALE]].mean() / largest[[*before]].mean())


def _used(usd: Dollars, prices: Prices) -> float:
    """The used share of what is paid for: at the break-even both cost the same."""
    read, write = break_even(prices)
    return usd.on_demand / usd.provisioned * (read + write) / 2


def _percent(share: float) -> str:
    return f"{share:.2%}" if share > 0.00005 else "-"


def _choice(days: Sequence[Followed], prices: Prices) -> Iterator[str]:
    _, write = break_even(prices)
    usd = [dollars(each, prices) for each in days if each.asked.shape.name == "day"]
    saved = ", ".join(
        f"${(each.on_demand - each.provisioned) * DAYS:,.0f} for `{size.name}`"
        for size, each in zip(SIZES, usd, strict=True)
    )
    yield f"""\
## On demand or provisioned

Provisioned capacity costs less where more than **{write:.1%}** of it is used
([cost.md](../cost.md#provisioned-capacity)). On the catalogue's day it saves a month {saved}.

**On demand is better**

- while the traffic is not known, or less than a day's curve repeats itself: a size too large for
  the traffic is paid for, a size too small throttles for good at its most;
- for sales that nobody announces, imports and other steps: capacity follows some five minutes
  later and, when unused capacity is gone, by {1 / TARGET:.1f} times at most each time, since what
  is refused does not count as consumed. On demand takes any
  [level that was reached before]({GUIDE}/on-demand-capacity-mode.html) at once, and twice that;
- for a development stack, and below the traffic that the least capacity is for.

**Provisioned is better** where the curve of a day repeats itself, is under the size's peak, and
somebody looks at the throttles. Announce a sale: a
[scheduled action](https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html)
on every target that it needs, indexes as well, as in the last day above. The mode can be changed
back and forth, from provisioned to on demand
[up to four times in 24 hours]({GUIDE}/bp-switching-capacity-modes.html).
"""


def _tried(tried: Tried, prices: Prices) -> Iterator[str]:
    yield f"""\
## What was tried

Shares that are throttled, the worst of the sizes and of {len(SEEDS)} draws; `used` is the day's,
from the smallest to the largest.

| target | cooldown | {" | ".join(shape.name for shape in SHAPES)} | minutes of the sale | used | |
|--:|--:|{"--:|" * len(SHAPES)}--:|--:|---|"""
    for (target, cooldown), found in tried.items():
        by_shape = {
            shape.name: [each for each in found if each.asked.shape == shape] for shape in SHAPES
        }
        lost = " | ".join(_percent(max(each.lost for each in days)) for days in by_shape.values())
        used = [_used(dollars(each, prices), prices) for each in by_shape["day"]]
        minutes = max(each.minutes for each in by_shape["sale"])
        verdict = (
            "**taken**"
            if (target, cooldown) == (TARGET, COOLDOWN_IN)
            else ("holds" if holds(found) else "")
        )
        yield (
            f"| {target:.0%} | {60 * cooldown} s | {lost} | {minutes} |"
            f" {min(used):.0%} to {max(used):.0%} | {verdict} |"
        )
    yield ""


def _model() -> str:
    indexes = ", ".join(place for place in TABLE if place != "table")
    return f"""\
## The model

`benchmarks/scaling`, from the seeds {", ".join(map(str, SEEDS))}: the same command makes the same
page.

**Measured**: the units of each request in the table and each index, the stream's work with them
(`benchmarks/day/footprints.json`), drawn as Poisson processes at the catalogue's rates.

**Documented by AWS**

- Capacity grows when consumption is over the target for {OUT_POINTS} minutes, and shrinks when it
  is under it for {IN_POINTS}; the alarm may come some minutes later, and a change takes several
  minutes ([Managing throughput capacity automatically]({GUIDE}/AutoScaling.html)). Under it means
  {IN_MARGIN:.0%} under it
  ([Troubleshoot DynamoDB auto scaling](https://repost.aws/knowledge-center/dynamodb-auto-scaling)).
- Unused capacity of {BURST} s is kept, best effort
  ([Burst and adaptive capacity]({GUIDE}/burst-adaptive-capacity.html)).
- An index that is short of writes holds the table's writes back
  ([GSI write throttling and back pressure]({GUIDE}/gsi-throttling.html)); one short of reads does
  not.
- {FREE_DECREASES} decreases a day of a table or index, reads and writes together, then one if the
  last was {DECREASE_EVERY} minutes ago: 27 ([Quotas]({GUIDE}/Limits.html)).
- Cooldowns of target tracking are 0 by default for DynamoDB; the one before a decrease also begins
  with an increase ([How target tracking works](https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html)).

**Assumed**

- A minute's consumption is known {KNOWN} minute later, and a change has effect after {EFFECT}: with
  the {OUT_POINTS} minutes of the alarm, five from a step to its capacity.
- An increase is to what the mean of the {OUT_POINTS} minutes needs, a decrease to that of the
  {IN_POINTS}.
- Changes of one table and its indexes ({indexes}) that are due in the same minute are made
  together; others wait until these have effect.
- Every write is taken to go to the index that is shortest, which overstates.
- What is refused does not come back. Retries would be load on top, which understates.
- A day begins with the capacity that its first minutes need.

**Left out**: the capacity of single partitions ([day.md](day.md)), for which no capacity of the
table is enough; seconds within a minute, which what is unused covers while there is some; growth;
the alarms that target tracking makes for each of the {len(PARTS)} policies, at their price.
"""
