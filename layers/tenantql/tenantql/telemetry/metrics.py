"""Metrics of requests, in CloudWatch's embedded metric format.

An instance adds up what it sees for a moment and writes a line then: docs/decisions says why, and
what that leaves out.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TextIO

import msgspec

from tenantql.alarms import Alarming
from tenantql.emf import embedded
from tenantql.engine.observation import FAULTS, Observation
from tenantql.table.errors import AccessDenied
from tenantql.tenancy.budgets import RateLimited
from tenantql.tenancy.routing import Tier

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

SERVICE_METRICS: Final[Mapping[str, str]] = {
    "ColdStarts": "Count",
    "ThrottledCalls": "Count",
    "Faults": "Count",
    "BudgetRefusals": "Count",
    "CredentialsIssued": "Count",
    Alarming.ACCESS_DENIED.value: "Count",
}
"""By service alone: what alarms look at, which take no more than ten series together."""


class _Sums(msgspec.Struct):
    """What requests of one tier and class come to."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    rounds: int = 0
    durations: list[float] = []
    stores: list[float] = []

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


class _OfService(msgspec.Struct):
    """What requests of all tiers and classes come to."""

    cold_starts: int = 0
    throttled: int = 0
    faults: int = 0
    over_budget: int = 0
    denied: int = 0

    def add(self, observed: Observation) -> None:
        self.cold_starts += observed.cold_start
        self.throttled += observed.throttled or 0
        self.faults += observed.code in FAULTS
        self.over_budget += observed.reason == RateLimited.__name__
        self.denied += denied_calls(observed)

    def told(self, issued: int) -> dict[str, Any]:
        """The metrics that there is something to say of."""
        return _named(
            SERVICE_METRICS,
            *(self.cold_starts, self.throttled, self.faults, self.over_budget),
            *(issued, self.denied),
        )


class RequestMetrics:
    """Adds up requests, and tells of them about once in `WINDOW` seconds.

    The first request of an instance is told of at once, so is one after a pause, and a fault
    takes everything with it. `issued` says how many sessions STS has issued so far; `clock` gives
    seconds since the epoch.
    """

    def __init__(
        self,
        service: str,
        *,
        issued: Callable[[], int] = lambda: 0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._service = service
        self._issued = issued
        self._stream = stream or sys.stdout
        self._clock = clock
        self._told_at = 0.0
        self._began = 0.0
        self._sums: dict[tuple[Tier | None, OperationClass], _Sums] = {}
        self._of_service = _OfService()
        self._requests = self._issued_before = 0

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
        self._of_service.add(observed)
        urgent = observed.code in FAULTS or denied_calls(observed)
        if now - self._told_at >= WINDOW or urgent or self._requests == MAX_VALUES:
            self._tell(now)

    def _tell(self, now: float) -> None:
        lines = [
            self._line(sums.told(), tier=tier or NO_TIER, **{"class": kind})
            for (tier, kind), sums in self._sums.items()
        ]
        issued = self._issued()
        if found := self._of_service.told(issued - self._issued_before):
            lines.append(self._line(found))
        self._issued_before = issued
        for line in lines:
            self._stream.write(line)
        self._stream.flush()
        self._told_at = now
        self._sums, self._of_service = {}, _OfService()
        self._requests = 0

    def _line(self, values: Mapping[str, Any], **others: str) -> str:
        return embedded(values, _UNITS, {"service": self._service, **others}, self._began)


def denied_calls(observed: Observation) -> int:
    """How many calls IAM refused: of the operation, or the one that would have admitted it."""
    return observed.denied or int(observed.reason == AccessDenied.__name__)


def class_of(observed: Observation) -> OperationClass:
    """The class of a request: the kind of its operation, if that ran."""
    if observed.rounds is None or observed.kind is None:
        return OperationClass.REFUSED
    return OperationClass(observed.kind)


def _named(names: Iterable[str], *values: float | list[float]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value}


_UNITS: Final = {**METRICS, **SERVICE_METRICS}
