"""Which partition keys have how many units, without a counter for each key that there ever was.

Lossy counting: when there are too many counters, the lightest are given up, and only their sum is
kept (Manku and Motwani, Approximate Frequency Counts over Data Streams, 2002).
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from benchmarks.day.recording import Touched

KEPT: Final = 200_000
"""Counters that are kept; at twice as many, the lighter ones are given up."""


class Hot(msgspec.Struct, frozen=True):
    """A partition key of the table or an index, and the units that it had."""

    place: str
    pk: str
    read: float
    write: float


class Heat:
    """Units by partition key, in the order of the busiest."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._units: dict[tuple[str, str], list[float]] = {}
        self.keys = 0
        """Counters that were begun: of a key that came back after it was given up, another."""
        self.read = self.write = 0.0

    def add(self, touched: Iterable[Touched]) -> None:
        """Counts what a call did."""
        for one in touched:
            found = self._units.get((one.place, one.pk))
            if found is None:
                found = self._units[one.place, one.pk] = [0.0, 0.0]
                self.keys += 1
            found[0] += one.read
            found[1] += one.write
            self.read += one.read
            self.write += one.write
        if len(self._units) > 2 * self._kept:
            ordered = sorted(self._units.items(), key=_units)
            self._units = dict(ordered[-self._kept :])

    def busiest(self, count: int) -> list[Hot]:
        """The busiest keys, by units of both kinds."""
        ordered = sorted(self._units.items(), key=_units, reverse=True)
        return [Hot(place, pk, *units) for (place, pk), units in ordered[:count]]

    def shares(self, counts: Iterable[int]) -> dict[int, float]:
        """Of all units, the share of the so many busiest keys."""
        ordered = sorted(map(sum, self._units.values()), reverse=True)
        total = self.read + self.write
        return {count: sum(ordered[:count]) / total if total else 0.0 for count in counts}

    def gini(self) -> float:
        """The Gini coefficient of units over keys: 0 if all have as many, near 1 if one has all.

        Keys that were given up count with the mean of what they had.
        """
        values = sorted(map(sum, self._units.values()))
        rest = self.keys - len(values)
        total = self.read + self.write
        if not total:
            return 0.0
        light = (total - sum(values)) / rest if rest else 0.0
        area = light * rest * rest / 2
        reached = light * rest
        for value in values:
            area += reached + value / 2
            reached += value
        return 1 - 2 * area / (total * self.keys)


def _units(entry: tuple[tuple[str, str], list[float]]) -> float:
    return sum(entry[1])
