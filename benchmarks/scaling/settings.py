"""Least and most capacity of each table and index, target and cooldowns, from the load model.

template.yaml and infra/terraform have these numbers, and tests compare them.

- **Most** is what the target asks for when the row that is hardest for the part has its own peak;
  and enough for what is no request of the mix: a page a second that a rebuild or an export reads,
  and the writes of an import to an index that has few.
- **Least** is what it asks for at night; and enough that what one request needs at most fits into
  the unused capacity that DynamoDB keeps.
- **Target and cooldown** are the highest target, and with it the shortest cooldown, with which the
  simulated days have what `holds` says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Final

import numpy as np

from benchmarks.day.limits import TABLE_QUOTA
from benchmarks.day.mix import RATES
from benchmarks.day.running import NIGHT
from benchmarks.scaling.demand import PARTS, SHAPES, SIZES, Asked, Numbers, Size, ask, mean, units
from benchmarks.scaling.tracking import BURST, Followed, Policy, follow

TARGET: Final = 0.6
COOLDOWN_OUT: Final = 0
COOLDOWN_IN: Final = 0
"""The share of capacity that is to be used; minutes between increases, and before a decrease."""

TARGETS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
COOLDOWNS: Final = (0, 15, 60)
"""What is tried. AWS takes targets of 20 to 90%; a cooldown of 0 is its default for DynamoDB."""

PAGE: Final = 256
"""Units of the largest page that a Query has: 1 MB, strongly consistent.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""
IMPORT: Final = 0.1
"""The share of its table's most writes that an index may have at least."""

LOST: Final = 0.005
"""The share of a day's units that an unannounced sale may lose."""

SEEDS: Final = (1, 2, 3)
"""Days are drawn so often: what holds by chance is not taken. The first is the page's."""


@dataclass(frozen=True)
class Limits:
    """Least and most capacity of one part, in units a second."""

    least: int
    most: int


@cache
def _peak() -> Numbers:
    return mean()


@cache
def _own_peak() -> Numbers:
    return np.max([mean(row) for row in RATES], axis=0)


def limits(size: Size, target: float = TARGET) -> Mapping[tuple[str, str], Limits]:
    """Least and most of each part, for traffic of a size. Raises ValueError beyond the quota."""
    night = np.ceil(_peak() * size.scale * NIGHT / target)
    _, each = units()
    largest = np.ceil(each.max(axis=0) / (BURST * (1 - target)))
    least = np.maximum(np.maximum(night, largest), 1)
    own = _own_peak() * size.scale / target
    table = own[PARTS.index(("table", "Write"))]
    beside = [PAGE if kind == "Read" else IMPORT * table for _, kind in PARTS]
    most = np.maximum(np.ceil(np.maximum(own, beside)), least)
    if most.max() > TABLE_QUOTA:
        raise ValueError(f"{size.name} needs {most.max():,.0f} units of {TABLE_QUOTA:,}")
    found = zip(map(rounded, least.tolist()), map(rounded, most.tolist()), strict=True)
    return dict(zip(PARTS, (Limits(*pair) for pair in found), strict=True))


def rounded(units: float) -> int:
    """Up to two digits, so that not every change of a footprint changes the settings."""
    step = 10 ** max(0, len(str(int(units))) - 2)
    return step * ceil(units / step)


def policy(size: Size, target: float = TARGET, cooldown_in: int = COOLDOWN_IN) -> Policy:
    """How capacity for traffic of a size is scaled."""
    found = limits(size, target).values()
    return Policy(
        target=target,
        cooldown_out=COOLDOWN_OUT,
        cooldown_in=cooldown_in,
        least=np.array([float(each.least) for each in found]),
        most=np.array([float(each.most) for each in found]),
    )


def days() -> list[Asked]:
    """Each shape at each size, drawn with each seed."""
    return [ask(shape, size, seed) for seed in SEEDS for size in SIZES for shape in SHAPES]


def tried(asked: Sequence[Asked]) -> Iterator[tuple[float, int, list[Followed]]]:
    """Every target with every cooldown, and what became of the days with it."""
    for target in TARGETS:
        for cooldown in COOLDOWNS:
            policies = [policy(day.size, target, cooldown) for day in asked]
            yield target, cooldown, follow(asked, policies)


def holds(found: Iterable[Followed]) -> bool:
    """Whether nothing is refused but in a sale that nobody announced, and little in that."""
    return all(each.lost <= (LOST if each.asked.shape.name == "sale" else 0) for each in found)


def chosen(every: Iterable[tuple[float, int, Iterable[Followed]]]) -> tuple[float, int]:
    """The highest target that holds, and the shortest cooldown with it.

    Raises ValueError if none holds.
    """
    good = [(target, -cooldown) for target, cooldown, found in every if holds(found)]
    target, cooldown = max(good)
    return target, -cooldown
