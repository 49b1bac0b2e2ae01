"""Metrics of requests, in CloudWatch's embedded metric format.

An instance adds up what it sees for a moment and writes a line then: docs/decisions says why, and
what that leaves out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TextIO

import orjson

from tenantql.engine.observation import FAULTS, Observation
from tenantql.tenancy.routing import Tier

NAMESPACE: Final = "TenantQL"

WINDOW: Final = 1.0
"""Seconds for which metrics are added up, at most, while requests come."""

MAX_VALUES: Final = 100
"""Values of one metric in a line; the format takes no more."""

NO_TIER: Final = "none"
"""The tier of operators, and of who was not admitted."""


class OperationClass(StrEnum):
    """What became of a request: an operation that ran, or none."""

    QUERY = "query"
    MUTATION = "mutation"
    REFUSED = "refused"


DIMENSIONS: Final = ("service", "tier", "class")

METRICS: Final[Mapping[str, str]] = {
    "Requests": "Count",
    "ClientErrors": "Count",
    "ServerErrors": "Count",
    "DurationMs": "Milliseconds",
    "StoreMs": "Milliseconds",
    "ReadUnits": "Count",
    "WriteUnits": "Count",
    "Rounds": "Count",
}
"""By service, tier and class: the names of metrics, with their units. The first four are those of
a request that was refused."""

SERVICE_METRICS: Final[Mapping[str, str]] = {"ColdStarts": "Count", "ThrottledCalls": "Count"}
"""By service alone."""


@dataclass(slots=True)
class _Sums:
    """What requests of one tier and class come to."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    rounds: int = 0
    durations: list[float] = field(default_factory=list[float])
    stores: list[float] = field(default_factory=list[float])

    def add(self, observed: Observation) -> None:
        self.requests += 1
        self.durations.append(observed.duration_ms or 0.0)
        if observed.code is not None:
            fault = observed.code in FAULTS
            self.server_errors += fault
            self.client_errors += not fault
        if observed.rounds is not None:
            self.stores.append(observed.store_ms or 0.0)
            self.read_units += observed.read_units or 0.0
            self.write_units += observed.write_units or 0.0
            self.rounds += observed.rounds

    def told(self) -> dict[str, Any]:
        """The metrics that there is something to say of."""
        return _named(
            METRICS,
            *(self.requests, self.client_errors, self.server_errors, self.durations, self.stores),
            *(self.read_units, self.write_units, self.rounds),
        )


class RequestMetrics:
    """Adds up requests, and tells of them about once in `WINDOW` seconds.

    The first request of an instance is told of at once, so is one after a pause, and a fault
    takes everything with it. `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        service: str,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._service = service
        self._stream = stream or sys.stdout
        self._clock = clock
        self._told_at = 0.0
        self._began = 0.0
        self._sums: dict[tuple[Tier | None, OperationClass], _Sums] = {}
        self._cold_starts = self._throttled = self._requests = 0

    def __call__(self, observed: Observation) -> None:
        """Takes a request into account."""
        now = self._clock()
        if not self._requests:
            self._began = now
        self._requests += 1
        key = observed.tier, class_of(observed)
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = _Sums()
        sums.add(observed)
        self._cold_starts += observed.cold_start
        self._throttled += observed.throttled or 0
        if now - self._told_at >= WINDOW or observed.code in FAULTS or self._requests == MAX_VALUES:
            self._tell(now)

    def _tell(self, now: float) -> None:
        lines = [
            self._line(DIMENSIONS, sums.told(), tier=tier or NO_TIER, **{"class": kind})
            for (tier, kind), sums in self._sums.items()
        ]
        if found := _named(SERVICE_METRICS, self._cold_starts, self._throttled):
            lines.append(self._line(DIMENSIONS[:1], found))
        for line in lines:
            self._stream.write(line)
        self._stream.flush()
        self._told_at = now
        self._sums = {}
        self._cold_starts = self._throttled = self._requests = 0

    def _line(self, dimensions: Iterable[str], values: Mapping[str, Any], **others: str) -> str:
        document = {
            "_aws": {
                "Timestamp": int(self._began * 1e3),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [list(dimensions)],
                        "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in values],
                    }
                ],
            },
            "service": self._service,
            **others,
            **values,
        }
        return orjson.dumps(document).decode() + "\n"


def class_of(observed: Observation) -> OperationClass:
    """The class of a request: the kind of its operation, if that ran."""
    if observed.rounds is None or observed.kind is None:
        return OperationClass.REFUSED
    return OperationClass(observed.kind)


def _named(names: Iterable[str], *values: float | list[float]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value}


_UNITS: Final = {**METRICS, **SERVICE_METRICS}
