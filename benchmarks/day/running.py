"""The runs that the page is made of: the peak, each row's own peak, a day, and others."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.day.footprints import Footprint
from benchmarks.day.limits import LIMITS
from benchmarks.day.mix import BESIDE, RATES, rates
from benchmarks.day.population import TIERS, Population
from benchmarks.day.simulation import Found, Kind, Series, simulate

TIER: Final = "premium"
"""That of the busiest tenant, and of those who share its table: a tenant with half of the
platform's requests is not a small one. `basic` to `enterprise` are compared."""

SKEWS: Final = (-0.2, 0.2)
"""What is added to the exponents of popularity, to see what hangs on them."""

NIGHT: Final = 0.2
"""The least of a day, as a share of its peak."""


@dataclass(frozen=True)
class Lengths:
    """Seconds of each run: at the peak, at each row's own peak, and of each minute of the day."""

    peak: int = 600
    own: int = 20
    minute: int = 1
    compared: int = 5

    @property
    def total(self) -> int:
        """All of them."""
        others = len(TIERS) - 1 + len(SKEWS)
        return self.peak + 1440 * self.minute + len(RATES) * (self.own + others * self.compared)


@dataclass(frozen=True)
class Row:
    """One kind of key and one measure: at the common peak, at the worst row's own, over the day."""

    kind: Kind
    measure: str
    mean: float
    peak: float
    usual: float
    hardest: float
    hardest_mean: float
    row: str

    @property
    def most(self) -> float:
        """What is held against the limit: the busiest second of all, or of transactions the mean.

        Whether transactions meet is a matter of chance within their mean rate (`contention`).
        """
        if self.measure == "transactions":
            return max(self.mean, self.hardest_mean)
        return max(self.peak, self.hardest)

    @property
    def share(self) -> float:
        """Of the limit."""
        return self.most / LIMITS[self.measure]

    @property
    def mean_share(self) -> float:
        """The same of the mean at the hardest, which few seconds tell as well as many."""
        return max(self.mean, self.hardest_mean) / LIMITS[self.measure]

    @property
    def headroom(self) -> float:
        """How many times as much there could be."""
        return 1 / self.share


@dataclass(frozen=True)
class Day:
    """What was found: rows by their share, the same elsewhere, and the day's ten-minute peaks."""

    rows: Sequence[Row]
    tiers: Mapping[str, Mapping[str, Row]]
    skews: Mapping[float, Mapping[str, Row]]
    curve: Mapping[str, NDArray[np.float64]]


def level(minute: int) -> float:
    """The requests of a minute of the day, as a share of the peak's, which is at 20 h."""
    return NIGHT + (1 - NIGHT) * (0.5 + 0.5 * math.cos((minute / 60 - 20) * math.pi / 12)) ** 1.5


def whole_day(
    footprints: Mapping[str, Footprint],
    lengths: Lengths,
    seed: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Day:
    """Runs everything."""
    own = Population(TIERS[TIER])
    peak = simulate(footprints, own, rates(), [1.0] * lengths.peak, seed=seed, advance=advance)
    levels = [level(minute) for minute in range(1440) for _ in range(lengths.minute)]
    day = simulate(footprints, own, rates(), levels, seed=seed + 1, advance=advance)
    hardest = own_peaks(footprints, own, lengths.own, seed + 2, advance)
    rows = _rows(peak, day, hardest)

    def compared(population: Population) -> dict[str, Row]:
        found = own_peaks(footprints, population, lengths.compared, seed + 3, advance)
        return _worst(_rows({}, {}, found))

    tiers = {
        tier: _worst(rows) if tier == TIER else compared(replace(own, shards=shards))
        for tier, shards in TIERS.items()
    }
    skews = {by: compared(own.skewed(by)) for by in SKEWS}
    return Day(rows, tiers, {0.0: _worst(rows), **skews}, _curve(day, len(levels) // 144))


type Hardest = dict[tuple[Kind, str], tuple[Series, str]]
"""For each kind of key and measure, the scenario that was hardest for it."""


def own_peaks(
    footprints: Mapping[str, Footprint],
    population: Population,
    seconds: int,
    seed: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Hardest:
    """Each row at its own peak, the rest with what that leaves of the whole."""
    found: Hardest = {}
    for number, row in enumerate(RATES):
        asked = rates(own_peak=row)
        run = simulate(
            footprints, population, asked, [1.0] * seconds, seed=seed + number, advance=advance
        )
        for key, series in run.items():
            known = found.get(key)
            if known is None or series.mean > known[0].mean:
                found[key] = series, row
    return found


def is_limited(key: tuple[Kind, str]) -> bool:
    """Whether there is a limit: units are a partition's, transactions an item's."""
    (place, _), measure = key
    return (place == "item") == (measure == "transactions")


def _rows(peak: Found, day: Found, hardest: Hardest) -> list[Row]:
    rows: list[Row] = []
    nothing = Series({0: np.zeros(1)}, {0: 0.0})
    for key in {*peak, *hardest}:
        if is_limited(key):
            usual, all_day = peak.get(key, nothing), day.get(key, nothing)
            own, row = hardest.get(key, (nothing, ""))
            rows.append(
                Row(
                    kind=key[0],
                    measure=key[1],
                    mean=usual.mean,
                    peak=usual.most,
                    usual=all_day.quantile(0.999),
                    hardest=own.most,
                    hardest_mean=own.mean,
                    row=row,
                )
            )
    return sorted(rows, key=lambda row: (-row.share, row.kind, row.measure))


def _worst(rows: Sequence[Row]) -> dict[str, Row]:
    """The row with the largest mean share, for each measure."""
    ordered = sorted(rows, key=lambda row: row.mean_share)
    return {row.measure: row for row in ordered}


def _curve(day: Found, step: int) -> dict[str, NDArray[np.float64]]:
    """For each measure the busiest second of each ten minutes, as a share of the limit."""
    curve: dict[str, NDArray[np.float64]] = {}
    for measure, limit in LIMITS.items():
        found = [
            series.seconds for key, series in day.items() if key[1] == measure and is_limited(key)
        ]
        busiest = np.max(np.stack(found), axis=0) / limit
        curve[measure] = busiest.reshape(-1, step).max(axis=1)
    return curve


def units_of(footprint: Footprint) -> tuple[float, float]:
    """Read and write units of one request, with the stream's."""
    read = sum(touch.read * touch.times for touch in footprint.all)
    write = sum(touch.write * touch.times for touch in footprint.all)
    return read, write


@dataclass(frozen=True)
class Whole:
    """Means of a second at the peak, of all tenants together."""

    requests: float
    calls: float
    reads: Mapping[str, float]
    writes: Mapping[str, float]
    records: float
    later_calls: float


def whole(footprints: Mapping[str, Footprint], asked: Mapping[str, float]) -> Whole:
    """Adds up what is asked; units are by table and index."""
    reads, writes = defaultdict[str, float](float), defaultdict[str, float](float)
    calls = later = records = 0.0
    for name, rate in asked.items():
        footprint = footprints[name]
        calls += rate * sum(footprint.calls.values())
        later += rate * sum(footprint.later_calls.values())
        for touch in footprint.all:
            reads[touch.place] += rate * touch.read * touch.times
            writes[touch.place] += rate * touch.write * touch.times
            records += rate * touch.times * (touch.place == "table" and bool(touch.sk))
    requests = sum(rate for name, rate in asked.items() if name not in BESIDE)
    return Whole(requests, calls, reads, writes, records, later)
