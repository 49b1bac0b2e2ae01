"""Latencies, added up as they come: percentiles of any number of requests in bounded memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

LONGEST: Final = 60_000_000
"""Microseconds; what takes longer counts as this."""

DIGITS: Final = 3
PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9, 100.0)


class Quantiles(msgspec.Struct, frozen=True):
    """Milliseconds."""

    p50: float
    p90: float
    p99: float
    p999: float
    most: float


def _histogram() -> Any:
    return HdrHistogram(1, LONGEST, DIGITS)


@dataclass
class Latency:
    """Times in microseconds, in an HDR histogram: three digits of each are kept."""

    histogram: Any = field(default_factory=_histogram)
    count: int = 0
    total: int = 0

    def add(self, times: NDArray[Any] | Iterable[int]) -> None:
        """Takes note of times."""
        found = np.clip(np.asarray(times, dtype=np.int64), 1, LONGEST)
        for value, count in zip(*np.unique(found, return_counts=True), strict=True):
            self.histogram.record_value(int(value), int(count))
        self.count += len(found)
        self.total += int(found.sum())

    @property
    def quantiles(self) -> Quantiles:
        """The percentiles of all of them."""
        found = self.histogram.get_percentile_to_value_dict([*PERCENTILES])
        return Quantiles(*(round(found[each] / 1e3, 3) for each in PERCENTILES))

    @property
    def mean(self) -> float:
        """Milliseconds."""
        return round(self.total / self.count / 1e3, 4) if self.count else 0.0
