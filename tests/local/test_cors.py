"""CORS of the local gateway, with what the template says, and what no page can do."""

import asyncio
from typing import Any

import pytest

from local.development import cors_of
from local.gateway import Authorizer, Gateway, Request, Response
from tenantql.http.requests import PREFLIGHT
from tests.local.test_gateway import ALLOWED, Fake

OURS = "https://app.example.com"
THEIRS = "https://attacker.example"


def sent(method: str, result: Any = None, **headers: str) -> tuple[Response, Fake, Fake]:
    asked, behind = Fake(ALLOWED), Fake(result or {"statusCode": 200})
    gateway = Gateway({"POST /graphql": behind}, Authorizer(asked), cors_of([OURS]))
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    found = Request(method=method, path="/graphql", headers=named)
    return asyncio.run(gateway.handle(found)), asked, behind


def cors(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers if name.startswith("access-control-")}


def test_a_preflight_is_answered_without_a_token() -> None:
    answer, authorizer, function = sent(
        "OPTIONS", origin=OURS, access_control_request_method="POST"
    )
    assert answer.status == 204
    found = cors(answer)
    assert found["access-control-allow-origin"] == OURS
    assert found["access-control-allow-methods"] == "GET,POST"
    allowed = set(found["access-control-allow-headers"].split(","))
    assert allowed == {"authorization", "content-type", PREFLIGHT}
    assert "access-control-allow-credentials" not in found
    assert (authorizer.events, function.events) == ([], [])


def test_a_preflight_from_elsewhere_allows_nothing() -> None:
    answer, _, function = sent("OPTIONS", origin=THEIRS, access_control_request_method="POST")
    assert (answer.status, cors(answer), function.events) == (204, {}, [])


@pytest.mark.parametrize(
    "headers", [{}, {"origin": OURS}, {"access_control_request_method": "GET"}]
)
def test_an_options_that_is_no_preflight_is_a_route_that_is_not_there(
    headers: dict[str, str],
) -> None:
    assert sent("OPTIONS", **headers)[0].status == 404


def test_a_page_may_read_the_answer_and_some_of_its_headers() -> None:
    answer, _, _ = sent("POST", origin=OURS, authorization="Bearer t")
    assert cors(answer) == {
        "access-control-allow-origin": OURS,
        "access-control-expose-headers": "retry-after,x-request-id",
    }


def test_a_page_may_read_a_refusal_of_the_gateway() -> None:
    answer, _, _ = sent("POST", origin=OURS)
    assert (answer.status, cors(answer)["access-control-allow-origin"]) == (401, OURS)


def test_what_the_function_says_of_cors_is_dropped() -> None:
    result = {"statusCode": 200, "headers": {"access-control-allow-origin": "*"}}
    assert cors(sent("POST", result, origin=THEIRS, authorization="Bearer t")[0]) == {}
