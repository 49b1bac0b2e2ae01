"""Spans: a request, its rounds and its calls, as OpenTelemetry's conventions have them."""

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tenantql.engine.operations import Engine
from tenantql.table.errors import Throttled, Unavailable
from tenantql.telemetry.spans import RequestSpans
from tests.unit.builders import TABLE, Scripted, stored, user
from tests.unit.http.events import posted
from tests.unit.http.site import MEMBER, QUERY, Site

BY_EMAIL = "query Find($email: EmailAddress!) { userByEmail(email: $email) { email } }"
ADDRESS = {"email": "ada@example.com"}


class Traced:
    """Spans that have ended."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tell = RequestSpans(provider)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def of(self, kind: SpanKind) -> list[ReadableSpan]:
        return [span for span in self.spans if span.kind is kind]

    @property
    def request(self) -> ReadableSpan:
        (found,) = self.of(SpanKind.SERVER)
        return found


@pytest.fixture
def traced() -> Traced:
    return Traced()


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    return span.attributes or {}


def test_a_request_with_a_round_and_a_call(engine: Engine, traced: Traced) -> None:
    site = Site(engine, Scripted(lambda _call: {"Items": [stored(user())]}), traced.tell)
    site(posted(BY_EMAIL, variables=ADDRESS, identity=MEMBER))
    call, inside, request = traced.spans
    assert [span.name for span in traced.spans] == ["DynamoDB.Query", "round", "query"]
    assert request.parent is None
    assert inside.parent == request.context
    assert call.parent == inside.context
    line = site.line
    assert attributes(request) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Find",
        "faas.invocation_id": "request-1",
        "faas.coldstart": True,
        "tenantql.document_hash": line["document_hash"],
        "tenantql.tenant": "acme",
    }
    assert attributes(inside) == {"tenantql.requests": 1}
    assert call.kind is SpanKind.CLIENT
    assert attributes(call) == {
        "db.system.name": "aws.dynamodb",
        "db.operation.name": "Query",
        "aws.dynamodb.table_names": (TABLE,),
        "aws.dynamodb.index_name": "GSI1",
        "tenantql.units": 0.0,
    }


def test_spans_lie_within_each_other_in_time(engine: Engine, traced: Traced) -> None:
    site = Site(engine, Scripted(), traced.tell)
    site(posted(QUERY, identity=MEMBER))
    call, inside, request = ((span.start_time or 0, span.end_time or 0) for span in traced.spans)
    assert request[0] <= inside[0] <= call[0] <= call[1] <= inside[1] <= request[1]


def test_a_call_that_fails(engine: Engine, traced: Traced) -> None:
    def throttle(_call: object) -> Mapping[str, Any]:
        raise Throttled("secret-of-an-error")

    site = Site(engine, Scripted(throttle), traced.tell)
    site(posted(QUERY, identity=MEMBER))
    calls = traced.of(SpanKind.CLIENT)
    assert len(calls) > 1, "each attempt is one"
    for call in calls:
        assert attributes(call)["error.type"] == "Throttled"
        assert call.status.status_code is StatusCode.ERROR
        assert call.status.description is None
    assert attributes(traced.request)["error.type"] == "RATE_LIMITED"
    assert traced.request.status.status_code is StatusCode.UNSET, "no fault of the server"


def test_a_fault_is_an_error_of_the_request(engine: Engine, traced: Traced) -> None:
    site = Site(engine, Scripted(), traced.tell)
    site.refusal = Unavailable("STS is away")
    site(posted(QUERY, identity=MEMBER))
    assert traced.request.name == "GraphQL Operation"
    assert traced.request.status.status_code is StatusCode.ERROR
    assert attributes(traced.request)["error.type"] == "UNAVAILABLE"
