"""Observations as requests leave them."""

from typing import Any

from tenantql.engine.observation import Observation
from tenantql.engine.operations import Kind
from tenantql.tenancy.routing import Tier


def query(**changed: Any) -> Observation:
    """Of a query that ran."""
    values: dict[str, Any] = {
        "request_id": "request-1",
        "tenant": "acme",
        "tier": Tier.BASIC,
        "operation": "Name",
        "kind": Kind.QUERY,
        "rounds": 1,
        "calls": 1,
        "read_units": 0.5,
        "write_units": 0.0,
        "store_ms": 4.0,
        "status": 200,
        "duration_ms": 5.0,
    }
    return Observation(**values | changed)
