"""Units that each table and index is asked for, minute by minute.

Requests of each flow come as a Poisson process; each brings the units that were measured of it, the
stream's work with them. So a rare request that writes much comes as rarely, and writes as much.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.day.mix import PEAK, rates
from benchmarks.day.running import level
from cli.cost.usage import PLACES, flows

type Numbers = NDArray[np.float64]

MINUTES: Final = 1440
MEAN_LEVEL: Final = sum(map(level, range(MINUTES))) / MINUTES
"""Of the day's curve, whose peak is 1."""

KINDS: Final = ("Read", "Write")
PARTS: Final = tuple((place, kind) for place in PLACES for kind in KINDS)
"""What is scaled by itself: a table or index, for reads and for writes."""

TABLE: Final = tuple(place for place in PLACES if place != "control")
"""The data table and its indexes; the others are tables by themselves."""


@dataclass(frozen=True)
class Size:
    """Traffic that capacity is made for: requests a day, in the catalogue's mix and curve."""

    name: str
    requests: float

    @property
    def peak(self) -> float:
        """Requests a second at the peak of the day."""
        return self.requests / MEAN_LEVEL / 86_400

    @property
    def scale(self) -> float:
        """Of the catalogue's peak."""
        return self.peak / PEAK


SIZES: Final = (
    Size("1M", 1_000_000),
    Size("10M", 10_000_000),
    Size("65M", round(PEAK * 86_400 * MEAN_LEVEL, -6)),
)
"""The customer's million requests a day, ten of them, and the day at the catalogue's peaks."""


@dataclass(frozen=True)
class Shape:
    """How requests come over the day, as shares of the peak.

    `sale` are minutes in which checkouts (O1) have their own peak. `raised` are minutes in which a
    scheduled action keeps the least capacity at what the peak of the sale needs.
    """

    name: str
    level: Callable[[int], float]
    sale: range = range(0)
    raised: range = range(0)


def _sale(minute: int) -> float:
    return 1.0 if minute in SALE else level(minute)


def _morning(minute: int) -> float:
    """Nothing until the doors open, then half of the peak in five minutes, and on as every day."""
    if minute < OPENING:
        return 0.0
    return min(max(0.5, level(minute)), (minute - OPENING + 1) * 0.1)


SALE: Final = range(11 * 60, 12 * 60)
OPENING: Final = 9 * 60
BEFORE: Final = 30
"""Minutes before a sale at which a scheduled action raises the least capacity."""

SHAPES: Final = (
    Shape("day", level),
    Shape("morning", _morning),
    Shape("sale", _sale, sale=SALE),
    Shape("announced sale", _sale, sale=SALE, raised=range(SALE.start - BEFORE, SALE.stop)),
)


@dataclass(frozen=True)
class Asked:
    """What is asked on a day: units of each minute by part."""

    shape: Shape
    size: Size
    units: Numbers


def units() -> tuple[Sequence[str], Numbers]:
    """The flows, and the units of each part that one request of a flow has."""
    found = flows()
    rows = [
        [_of(each, kind).get(place, 0.0) for place, kind in PARTS]
        for each in ((flow.read, flow.write) for flow in found.values())
    ]
    return tuple(found), np.array(rows)


def _of(found: tuple[Mapping[str, float], Mapping[str, float]], kind: str) -> Mapping[str, float]:
    return found[KINDS.index(kind)]


def mean(own_peak: str = "") -> Numbers:
    """Units a second of each part at the catalogue's peak, or at a row's own within it."""
    names, each = units()
    asked = rates(own_peak=own_peak)
    return np.array([asked[name] for name in names]) @ each


def ask(shape: Shape, size: Size, seed: int) -> Asked:
    """Draws a day."""
    names, each = units()
    chance = np.random.default_rng(seed)
    usual, sale = (
        np.array([rates(own_peak=row)[name] for name in names]) * size.scale * 60
        for row in ("", "O1")
    )
    levels = np.array([shape.level(minute) for minute in range(MINUTES)])
    expected = np.array(
        [(sale if minute in shape.sale else usual) * levels[minute] for minute in range(MINUTES)]
    )
    counts = chance.poisson(expected)
    return Asked(shape, size, counts @ each)
