"""What all processes measured, added up as it comes; memory does not grow with the requests."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.day.mix import BESIDE, FLOWS, rates
from load.measuring import Part
from load.statistics import Latency
from load.summary import PROMISED, Bare, Row, Slice

ALL: Final = "all"
TIMES: Final = ("own", "whole", "cpu")
SUMS: Final = ("calls", "read", "write", "bytes")

_ROWS: Final[NDArray[Any]] = np.array([flow.row for flow in FLOWS])


@dataclass
class _Row:
    times: dict[str, Latency] = field(default_factory=lambda: {name: Latency() for name in TIMES})
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SUMS, 0.0))

    def add(self, columns: Mapping[str, NDArray[Any]]) -> None:
        for name, latency in self.times.items():
            latency.add(columns[name])
        for name in SUMS:
            self.sums[name] += float(columns[name].sum(dtype=np.float64))

    def told(self, of: int, wanted: float) -> Row:
        own, whole, cpu = (self.times[name] for name in TIMES)
        count = own.count
        means = {name: round(self.sums[name] / count, 3) for name in SUMS}
        return Row(
            requests=count,
            share=round(count / of, 6),
            wanted=round(wanted, 6),
            own=own.quantiles,
            whole=whole.quantiles,
            cpu=cpu.quantiles,
            own_mean=own.mean,
            whole_mean=whole.mean,
            cpu_mean=cpu.mean,
            **means,
        )


class Gathering:
    """All that is known of a run so far."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._rows: defaultdict[str, _Row] = defaultdict(_Row)
        self._bare: defaultdict[str, Latency] = defaultdict(Latency)
        self._parts: list[Part] = []
        self._rss: dict[int, float] = {}
        self.cpu: dict[int, float] = {}
        self.checks = Latency()
        self.slices: list[Slice] = []
        self.errors: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.examples: list[str] = []
        self.requests = self.wrong = 0

    def take(self, part: Part) -> None:
        """What a worker sends."""
        self._parts.append(part)
        self.requests += len(part)
        self._rss[part.worker] = part.rss
        self.cpu[part.worker] = part.cpu
        for (flow, code), count in part.errors.items():
            self.errors[flow.split(" ", 1)[0]][code] += count
            self.wrong += count
        self.examples = (self.examples + part.examples)[:10]

    def end_slice(self, at: float, state: Mapping[str, Any], load: float) -> None:
        """Adds up what came since the last slice. `state` is the store's."""
        parts, self._parts = self._parts, []
        if not any(len(part) for part in parts):
            return
        columns: dict[str, NDArray[Any]] = {
            name: np.concatenate(
                [np.frombuffer(part.columns[name], _TYPES[name]) for part in parts]
            )
            for name in _TYPES
        }
        bare = Latency()
        for part in parts:
            self.checks.add(part.checks)
            for name, times in part.bare.items():
                self._bare[name].add(times)
                bare.add(times)
        rows: NDArray[Any] = _ROWS[columns["flow"]]
        shown: dict[str, tuple[float, float, float, float]] = {}
        for row in (ALL, *np.unique(rows).tolist()):
            one = columns if row == ALL else {n: c[rows == row] for n, c in columns.items()}
            self._rows[row].add(one)
            if row == ALL or row in PROMISED:
                shown[row] = _quantiles(one)
        self.slices.append(
            Slice(
                at=round(at, 1),
                requests=len(rows),
                errors=sum(sum(part.errors.values()) for part in parts),
                rows=shown,
                bare=bare.quantiles.p50 if bare.count else None,
                rss=[self._megabytes(worker) for worker in range(self._workers)],
                store_rss=round(state["rss"] / 2**20, 1) if state else None,
                waiting=state.get("waiting"),
                load=round(load, 2),
            )
        )

    def _megabytes(self, worker: int) -> float | None:
        return round(self._rss[worker] / 2**20, 1) if worker in self._rss else None

    def rows(self) -> tuple[dict[str, Row], Row]:
        """Each row of the catalogue in its order, and all of them."""
        wanted: Counter[str] = Counter()
        asked = {name: rate for name, rate in rates().items() if name not in BESIDE}
        for name, rate in asked.items():
            wanted[name.split()[0]] += rate / sum(asked.values())  # pyright: ignore[reportArgumentType] - a share
        count = self._rows[ALL].times["own"].count
        order = dict.fromkeys(_ROWS.tolist())
        told = {row: self._rows[row].told(count, wanted[row]) for row in order if row in self._rows}
        return told, self._rows[ALL].told(count, 1.0)

    def bare(self) -> dict[str, Bare]:
        """The calls by boto3."""
        return {
            name: Bare(found.count, found.quantiles) for name, found in sorted(self._bare.items())
        }


_TYPES: Final[Mapping[str, Any]] = {
    "flow": np.uint16,
    "own": np.uint32,
    "whole": np.uint32,
    "cpu": np.uint32,
    "calls": np.uint16,
    "read": np.float32,
    "write": np.float32,
    "bytes": np.uint32,
}


def _quantiles(columns: Mapping[str, NDArray[Any]]) -> tuple[float, float, float, float]:
    """p50 and p99 of own time, then of all."""
    found: Sequence[float] = [
        round(float(value) / 1e3, 3)
        for name in ("own", "whole")
        for value in np.percentile(columns[name], (50, 99))
    ]
    return found[0], found[1], found[2], found[3]
