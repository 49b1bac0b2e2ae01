"""Whatever is sent, an answer comes: JSON, with the standard headers, and the client's mistake.

`FUZZ_CASES=20000 .venv/bin/pytest tests/unit/http/test_fuzz.py` tries more of each.
"""

import asyncio
import gzip
import json
import os
from base64 import b64decode
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.gateway import Authorizer, Gateway, Request
from tenantql.engine.failures import MASKED
from tenantql.engine.operations import Engine
from tenantql.http.negotiation import GRAPHQL_JSON, JSON
from tenantql.http.options import HttpOptions
from tenantql.http.statuses import Profile
from tenantql.table.errors import Unavailable
from tests.unit.builders import Scripted, holding, organisation, user
from tests.unit.http import fuzz
from tests.unit.http.site import MEMBER, Runtime, Site

CASES = int(os.environ.get("FUZZ_CASES", "300"))
STANDARD = {"content-type", "cache-control", "vary", "x-request-id", "x-content-type-options"}
KINDS = {f"{kind}; charset=utf-8" for kind in (JSON, GRAPHQL_JSON)}
BATCHES = HttpOptions(max_batch=3)

more = settings(max_examples=CASES)


@pytest.fixture(scope="module")
def site(engine: Engine) -> Site:
    """One for all cases: what one leaves behind is there for the next."""
    held = holding(organisation(), user())
    # Lists are empty, whatever their key conditions.
    table = Scripted(
        lambda call: {"Items": []} if call.operation == "Query" else held._answer(call)
    )
    return Site(engine, table, options=BATCHES)


def response_to(site: Site, event: Any) -> tuple[int, Any]:
    """Status and body of the response, which is as every one has to be."""
    response = site._endpoint(event, Runtime())
    assert set(response["headers"]) >= STANDARD
    assert response["headers"]["content-type"] in KINDS
    return response["statusCode"], checked(
        b64decode(response["body"]) if response["isBase64Encoded"] else response["body"].encode(),
        response["headers"],
    )


def checked(content: bytes, headers: Any) -> Any:
    """The body, which is GraphQL's, and tells nothing of what is inside."""
    if headers.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    body: Any = json.loads(content)
    each: Any
    for each in cast("list[Any]", body) if isinstance(body, list) else [body]:
        assert {"data", "errors"} & set(each)
        for error in each.get("errors", []):
            assert error["extensions"]["code"]
    assert b"Traceback" not in content
    return cast("Any", body)


def defects(site: Site) -> list[Any]:
    """The log's lines that tell of one, since last looked at."""
    found = [line for line in site.lines if line["level"] == "ERROR"]
    site._log.seek(0)
    site._log.truncate()
    return found


@more
@given(fuzz.events)
def test_what_a_client_can_send_is_never_our_fault(site: Site, event: dict[str, Any]) -> None:
    status, _ = response_to(site, event)
    assert 200 <= status < 500
    assert defects(site) == []


@more
@given(fuzz.broken_events())
def test_what_no_gateway_sends_is_answered_too(site: Site, event: object) -> None:
    """A defect of the gateway, or nearly a request: masked at most, and never an exception."""
    status, body = response_to(site, event)
    assert status <= 500
    if status == 500:
        assert [error["message"] for error in body["errors"]] == [MASKED]
    defects(site)


@settings(max_examples=CASES // 4)
@given(fuzz.events, st.sampled_from(Profile))
def test_while_the_table_is_down(engine: Engine, event: dict[str, Any], profile: Profile) -> None:
    site = Site(engine, holding(), options=HttpOptions(statuses=profile))
    site.refusal = Unavailable("down")
    status, body = response_to(site, event)
    codes = {error["extensions"]["code"] for error in body.get("errors", [])}
    assert status < 500 or (status, codes) == (503, {"UNAVAILABLE"})
    assert defects(site) == []


@more
@given(
    fuzz.methods, fuzz.bodies, st.lists(st.tuples(fuzz.header_names, fuzz.header_values)), st.data()
)
def test_through_the_gateway(
    site: Site, method: str, body: bytes, sent: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Bytes of a request as they are on the wire; the event is the gateway's own."""

    async def allow(_event: Any, _id: str) -> Any:
        return {"isAuthorized": True, "context": MEMBER.to_context()}

    async def function(event: Any, _id: str) -> Any:
        return site._endpoint(json.loads(json.dumps(event)), Runtime())

    gateway = Gateway({f"{method} /graphql": function}, Authorizer(allow))
    query = data.draw(st.text(st.characters(max_codepoint=255), max_size=60))
    request = Request(method, "/graphql", query, [("authorization", "Bearer t"), *sent], body)
    response = asyncio.run(gateway.handle(request))
    assert 200 <= response.status < 500
    headers = dict(response.headers)
    assert set(headers) >= STANDARD
    checked(response.body, headers)
    assert defects(site) == []
