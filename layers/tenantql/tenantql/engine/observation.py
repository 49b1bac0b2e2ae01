"""What is known of one request, filled in on its way and told once at its end."""

from dataclasses import dataclass, fields
from typing import Any

from tenantql.engine.operations import Kind
from tenantql.errors import Code
from tenantql.tenancy.routing import Tier


@dataclass(slots=True)
class Observation:
    """One request as its log line, its metrics and the tenant's usage tell of it.

    It names no argument and holds nothing of an item. `code` and `reason` (a class) are of the
    first error; `bytes` is the size of the answer; what a request did not get to is None.
    """

    request_id: str
    tenant: str | None = None
    subject: str | None = None
    tier: Tier | None = None
    operation: str | None = None
    kind: Kind | None = None
    rounds: int | None = None
    calls: int | None = None
    units: float | None = None
    code: Code | None = None
    reason: str | None = None
    status: int | None = None
    bytes: int | None = None
    duration_ms: float | None = None

    def line(self) -> dict[str, Any]:
        """What is known, by name."""
        found = [(name, getattr(self, name)) for name in _NAMES]
        return {name: value for name, value in found if value is not None}


_NAMES = tuple(field.name for field in fields(Observation))
