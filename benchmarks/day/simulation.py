"""Seconds of a day, drawn from the mix and the footprints, and added up for each key.

Requests come as Poisson processes. Each draws its tenant and its things, and every touch of its
flow's footprint adds units to the second and the key that it then has; the stream's work is added
to the second of its request. A key is a table's or an index's partition key; an item's key is that
of the table with its sort key.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.day.footprints import Footprint, Touch
from benchmarks.day.population import Numbers, Population

CHUNK: Final = 30
"""Seconds that are drawn at once."""

REDRAWS: Final = 6
"""How often a thing is drawn that a request names already, until any other will do."""

BUSIEST: Final = 50
"""Keys of a kind whose sums are kept: the busiest of all is always among them."""

BATCHES: Final = 4
"""Batches of the stream in a second that have records of one and the same seller.

The function waits up to a second for 100 records, and one seller's records all come in one lane
(they share a partition key), so batches of one seller come one after another.
"""

TENANTS_LEAD: Final = "TENANT#{tenant}#"
SHARDED: Final[Mapping[str, str]] = {
    f"{TENANTS_LEAD}TYPE#": "directory",
    f"{TENANTS_LEAD}USERS#": "users",
    f"{TENANTS_LEAD}ORDERS#": "orders",
    f"{TENANTS_LEAD}INVOICES#": "invoices",
    f"{TENANTS_LEAD}REVENUE#": "revenue",
    f"{TENANTS_LEAD}SPEND#": "spend",
    "ORDERS#": "platform",
}
"""The kind of shards that a key ends with, by its beginning."""

MEASURES: Final = ("read", "write", "transactions")
_ROLE: Final = re.compile(r"\{([a-z]+)(\d*)\}")
_CONSTANT: Final = frozenset({"month", "today"})


@dataclass
class Series:
    """What the busiest key of one kind had, second by second, and what the busiest had in all."""

    parts: dict[int, NDArray[np.float64]] = field(default_factory=dict[int, NDArray[np.float64]])
    totals: dict[int, float] = field(default_factory=dict[int, float])

    def add(self, first: int, found: NDArray[np.float64], totals: Mapping[int, float]) -> None:
        """Seconds from number `first` on, and what they were in all for the busiest keys."""
        self.parts[first] = found
        for key, total in totals.items():
            self.totals[key] = self.totals.get(key, 0) + total

    @property
    def seconds(self) -> NDArray[np.float64]:
        """The busiest key of each second."""
        return np.concatenate([part for _, part in sorted(self.parts.items())])

    @property
    def most(self) -> float:
        """The busiest second."""
        return float(self.seconds.max())

    @property
    def mean(self) -> float:
        """The busiest key's mean over all seconds."""
        return max(self.totals.values()) / len(self.seconds)

    def quantile(self, share: float) -> float:
        """What this share of the seconds keeps to."""
        return float(np.quantile(self.seconds, share))


type Kind = tuple[str, str]
"""A place and a key template in which things of one kind have one name."""

type Found = dict[tuple[Kind, str], Series]
"""Series by kind of key and measure."""


def simulate(
    footprints: Mapping[str, Footprint],
    population: Population,
    rates: Mapping[str, float],
    seconds: Sequence[float],
    *,
    seed: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Found:
    """Draws seconds: each number is what the rates are multiplied with in that second."""
    found: Found = defaultdict(Series)
    chance = np.random.default_rng(seed)
    for first in range(0, len(seconds), CHUNK):
        levels = np.array(seconds[first : first + CHUNK])
        chunk = _Chunk(population, chance, levels)
        for name, rate in rates.items():
            chunk.request(footprints[name], rate)
        chunk.add_to(found, first)
        advance(len(levels))
    for series in found.values():
        for first in range(0, len(seconds), CHUNK):
            # Nothing touched it then.
            series.parts.setdefault(first, np.zeros(len(seconds[first : first + CHUNK])))
    return found


@dataclass
class _Load:
    """Units and writes of one kind of key, request by request."""

    at: list[Numbers] = field(default_factory=list[Numbers])
    values: dict[str, list[NDArray[np.float64]]] = field(
        default_factory=lambda: {measure: [] for measure in MEASURES}
    )


class _Chunk:
    """Some seconds, and what their requests do to each key."""

    def __init__(
        self, population: Population, chance: np.random.Generator, levels: NDArray[np.float64]
    ) -> None:
        self._population = population
        self._chance = chance
        self._levels = levels
        self._loads: defaultdict[Kind, _Load] = defaultdict(_Load)
        self._gathered: defaultdict[Touch, list[Numbers]] = defaultdict(list)

    def request(self, footprint: Footprint, rate: float) -> None:
        """Adds what the requests of a flow do."""
        counts = self._chance.poisson(rate * self._levels)
        times = np.repeat(np.arange(len(counts)), counts)
        drawn = _Drawn(self._population, self._chance, len(times))
        for touch in footprint.all:
            if not is_own(touch.pk):
                self._touch(touch, times, drawn)

    def _touch(self, touch: Touch, times: Numbers, drawn: "_Drawn") -> None:
        codes = drawn.codes(touch.pk)
        if touch.gathered:
            slots = self._chance.integers(0, BATCHES, len(times))
            at = (codes * len(self._levels) + times) * BATCHES + slots
            same = msgspec.structs.replace(touch, pk=kind_of(touch.pk), times=1)
            self._gathered[same].append(at)
            return
        kind = shard_kind(touch.pk)
        if kind is None:
            shards: Iterable[Numbers] = (np.zeros_like(codes),)
        elif touch.every:
            count = self._population.shards_of(kind)
            shards = (np.full_like(codes, number) for number in range(count))
        else:
            # As often as the flow does it, and each time in a shard of its own.
            draws = (drawn.shards(kind, len(codes)) for _ in range(touch.times))
            self._add(touch, times, codes, draws, 1)
            return
        self._add(touch, times, codes, shards, touch.times)

    def _add(
        self, touch: Touch, times: Numbers, codes: Numbers, shards: Iterable[Numbers], often: int
    ) -> None:
        for shard in shards:
            at = (codes * 100 + shard) * len(self._levels) + times
            size = len(at)
            units = np.full(size, touch.read * often), np.full(size, touch.write * often)
            _append(self._loads[touch.place, kind_of(touch.pk)], at, *units, np.zeros(size))
            if touch.sk and not is_own(touch.sk):
                item = self._loads["item", kind_of(f"{touch.pk} / {touch.sk}")]
                together = np.full(size, float(touch.together * often))
                _append(item, at, np.zeros(size), units[1], together)

    def add_to(self, found: Found, first: int) -> None:
        """Adds up each key's seconds, and takes the busiest key of each second."""
        width = len(self._levels)
        for touch, parts in self._gathered.items():
            # One write for all records of a batch, whichever requests they are of.
            codes, times = np.divmod(np.unique(np.concatenate(parts)) // BATCHES, width)
            self._add(touch, times, codes, (np.zeros_like(codes),), 1)
        for kind, load in self._loads.items():
            at, where = np.unique(np.concatenate(load.at), return_inverse=True)
            for measure, parts in load.values.items():
                total = np.bincount(where, np.concatenate(parts), len(at))
                if not total.any():
                    continue
                best = np.zeros(width)
                np.maximum.at(best, at % width, total)
                keys, of = np.unique(at // width, return_inverse=True)
                sums = np.bincount(of, total, len(keys))
                busiest = np.argsort(sums)[-BUSIEST:]
                totals = zip(keys[busiest].tolist(), sums[busiest].tolist(), strict=True)
                found[kind, measure].add(first, best, dict(totals))


def _append(
    load: _Load,
    at: Numbers,
    read: NDArray[np.float64],
    write: NDArray[np.float64],
    together: NDArray[np.float64],
) -> None:
    load.at.append(at)
    for measure, values in zip(MEASURES, (read, write, together), strict=True):
        load.values[measure].append(values)


@dataclass
class _Drawn:
    """The tenant and the things of some requests, drawn when a key first names them."""

    population: Population
    chance: np.random.Generator
    size: int
    _things: dict[str, Numbers] = field(default_factory=dict[str, Numbers])

    def codes(self, template: str) -> Numbers:
        """A number for each request's key of this form, its shard left out."""
        found = np.zeros(self.size, dtype=np.int64)
        for role in roles(template):
            kind = role.rstrip("0123456789")
            count = self.population.tenants if kind == "tenant" else self.population.counts[kind]
            found = found * count + self._thing(role, kind)
        return found

    def shards(self, kind: str, size: int) -> Numbers:
        """A shard for each."""
        return self.population.draw_shards(kind, self.chance, size)

    def _thing(self, role: str, kind: str) -> Numbers:
        if role not in self._things:
            if kind == "tenant":
                drawn = self.population.draw_tenants(self.chance, self.size)
            elif kind == "seller":
                # The first two products of an order are the first seller's.
                product = self._thing("product2" if role == "seller1" else "product0", "product")
                drawn = self.population.seller_of(product)
            else:
                drawn = self._other_than(role, kind)
            self._things[role] = drawn
        return self._things[role]

    def _other_than(self, role: str, kind: str) -> Numbers:
        """Things of a kind that a request does not name yet: a cart has no product twice."""
        before = [
            things
            for other, things in self._things.items()
            if other != role and other.rstrip("0123456789") == kind
        ]
        drawn = self.population.draw(kind, self.chance, self.size)
        for again in range(REDRAWS):
            twice = np.zeros(self.size, dtype=bool)
            for things in before:
                twice |= things == drawn
            count = int(twice.sum())
            if not count:
                break
            if again < REDRAWS - 1:
                drawn[twice] = self.population.draw(kind, self.chance, count)
            else:
                drawn[twice] = self.chance.integers(0, self.population.counts[kind], count)
        return drawn


@cache
def roles(template: str) -> tuple[str, ...]:
    """What of a request a key names, in order."""
    found = (f"{match[1]}{match[2]}" for match in _ROLE.finditer(template))
    return tuple(role for role in found if role != "shard" and role not in _CONSTANT)


@cache
def kind_of(template: str) -> str:
    """The same template with one name for things of a kind."""
    return _ROLE.sub(r"{\1}", template)


@cache
def is_own(template: str) -> bool:
    """Whether each request has a key of this form for itself."""
    return "{new}" in template


@cache
def shard_kind(template: str) -> str | None:
    """The kind of shards that a key ends with."""
    if "{shard}" not in template:
        return None
    return next(kind for lead, kind in SHARDED.items() if template.startswith(lead))
