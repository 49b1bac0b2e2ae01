"""What is known of one request, filled in on its way and told once at its end."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from tenantql.engine.operations import Kind
from tenantql.engine.rounds import Round, Rounds
from tenantql.errors import Code
from tenantql.table.errors import AccessDenied, Throttled
from tenantql.tenancy.routing import Tier

FAULTS: Final = frozenset({Code.INTERNAL, Code.UNAVAILABLE})
"""The codes of errors that no client causes, and that an operator wants to hear of."""


class Observation(msgspec.Struct):
    """One request as its log line, its metrics and the tenant's usage tell of it.

    It names no argument and holds nothing of an item. What a request did not get to is None.
    docs/observability.md says what each field is.
    """

    request_id: str
    tenant: str | None = None
    subject: str | None = None
    tier: Tier | None = None
    entry: int | None = None
    operation: str | None = None
    kind: Kind | None = None
    document_hash: str | None = None
    cost: int | None = None
    rounds: int | None = None
    calls: int | None = None
    throttled: int | None = None
    denied: int | None = None
    read_units: float | None = None
    write_units: float | None = None
    store_ms: float | None = None
    code: Code | None = None
    reason: str | None = None
    status: int | None = None
    bytes: int | None = None
    duration_ms: float | None = None
    cold_start: bool = False
    record: Sequence[Round] = ()
    began: float = 0.0

    def ran(self, rounds: Rounds) -> None:
        """Takes over what an operation asked of the table, once it has run."""
        self.record, self.began = rounds.record, rounds.began
        cost = rounds.cost
        self.rounds, self.calls = cost.rounds, cost.calls
        self.read_units, self.write_units = cost.read_units, cost.write_units
        seconds, throttled, denied = 0.0, 0, 0
        for one in rounds.record:
            seconds += one.seconds
            for spent in one.calls:
                throttled += isinstance(spent.error, Throttled)
                denied += isinstance(spent.error, AccessDenied)
        self.throttled, self.denied = throttled or None, denied or None
        self.store_ms = round(seconds * 1e3, 2)

    def line(self) -> dict[str, Any]:
        """What is known, by name."""
        found = zip(TOLD, _told(self), strict=True)
        return {name: value for name, value in found if value is not None}


TOLD: Final = tuple(
    name for name in Observation.__struct_fields__ if name not in {"record", "began"}
)
"""The fields that the log shows."""

_told = attrgetter(*TOLD)
