"""Spans of OpenTelemetry: a request, its rounds, and its calls of DynamoDB.

They are made at the request's end, from the record that the engine keeps anyway, with the times
at which things happened; so nothing on the way knows of them. Imported only where they are wanted:
the API comes from a layer that the operator adds. What is done with spans is that layer's affair.

https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
https://opentelemetry.io/docs/specs/semconv/db/dynamodb/
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from opentelemetry.context import Context
from opentelemetry.trace import (
    SpanKind,
    Status,
    StatusCode,
    TracerProvider,
    get_tracer,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from tenantql.engine.observation import FAULTS, Observation
from tenantql.engine.rounds import Round
from tenantql.table.encoding import Call
from tenantql.table.sending import Spent

SYSTEM: Final = "aws.dynamodb"

type Attributes = dict[str, AttributeValue]


class RequestSpans:
    """Tells of requests as spans of `provider`, by default the one that the layer has set up.

    The request's span has the current one as its parent, if the layer has begun one.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = get_tracer("tenantql", tracer_provider=provider)

    def __call__(self, observed: Observation) -> None:
        """Makes the spans of a request that ends now."""
        end, moment = time.time_ns(), time.monotonic()

        def at(seconds: float) -> int:
            return end - int((moment - seconds) * 1e9)

        start = end - int((observed.duration_ms or 0) * 1e6)
        if observed.record:
            # What was told before this took time too, and the duration is rounded.
            start = min(start, at(observed.began))
        span = self._tracer.start_span(
            observed.kind or "GraphQL Operation",
            kind=SpanKind.SERVER,
            attributes=_of_request(observed),
            start_time=start,
        )
        if observed.code in FAULTS:
            span.set_status(Status(StatusCode.ERROR))
        within = set_span_in_context(span)
        for one in observed.record:
            self._tell_round(one, observed.began + one.started, within, at)
        span.end(end)

    def _tell_round(
        self, one: Round, started: float, within: Context, at: Callable[[float], int]
    ) -> None:
        span = self._tracer.start_span(
            "round",
            within,
            attributes={"tenantql.requests": one.requests},
            start_time=at(started),
        )
        inside = set_span_in_context(span, within)
        for spent in one.calls:
            self._tell_call(spent, inside, at)
        span.end(at(started + one.seconds))

    def _tell_call(self, spent: Spent, within: Context, at: Callable[[float], int]) -> None:
        span = self._tracer.start_span(
            f"DynamoDB.{spent.operation}",
            within,
            kind=SpanKind.CLIENT,
            attributes=_of_call(spent),
            start_time=at(spent.started),
        )
        if spent.error is not None:
            span.set_status(Status(StatusCode.ERROR))
        span.end(at(spent.started + spent.seconds))


def _of_request(observed: Observation) -> Attributes:
    found = {
        "graphql.operation.type": observed.kind,
        "graphql.operation.name": observed.operation,
        "error.type": observed.code,
        "faas.invocation_id": observed.request_id,
        "faas.coldstart": observed.cold_start,
        "tenantql.document_hash": observed.document_hash,
        "tenantql.tenant": observed.tenant,
        "tenantql.tier": observed.tier,
    }
    return {name: value for name, value in found.items() if value is not None}


def _of_call(spent: Spent) -> Attributes:
    found: Attributes = {
        "db.system.name": SYSTEM,
        "db.operation.name": spent.operation,
        "tenantql.units": spent.units,
    }
    if spent.call is not None:
        found["aws.dynamodb.table_names"] = _tables(spent.call)
        if index := spent.call.parameters.get("IndexName"):
            found["aws.dynamodb.index_name"] = index
    if spent.error is not None:
        found["error.type"] = type(spent.error).__name__
    return found


def _tables(call: Call) -> list[str]:
    """The tables that a call names, and nothing else of it."""
    parameters = call.parameters
    if name := parameters.get("TableName"):
        return [name]
    found = set(cast("Mapping[str, Any]", parameters.get("RequestItems", {})))
    for action in cast("list[dict[str, Any]]", parameters.get("TransactItems", [])):
        found |= {body["TableName"] for body in action.values()}
    return sorted(found)
