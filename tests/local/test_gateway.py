"""The gateway's own answers, the authorizer's cache, and what a function returns."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.function import FunctionError, FunctionTimeoutError
from local.gateway import Authorizer, Gateway, Request, Response, response_of
from local.gateway.authorization import CACHE_SECONDS
from local.gateway.gateway import BODY_LIMIT


class Fake:
    """A function that answers with `result` or raises it, and keeps the events."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.events: list[Mapping[str, Any]] = []

    async def __call__(self, event: Mapping[str, Any], _request_id: str) -> Any:
        self.events.append(event)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


ALLOWED = {"isAuthorized": True, "context": {"tenant": "acme"}}


def a_request(token: str | None = "Bearer t", **changes: Any) -> Request:
    headers = [("authorization", token)] if token is not None else []
    given: dict[str, Any] = {"method": "POST", "path": "/graphql", "headers": headers}
    return Request(**given | changes)


def answer(
    request: Request, *, authorizer: Any = ALLOWED, function: Any = None
) -> tuple[Response, Fake, Fake]:
    asked, behind = Fake(authorizer), Fake(function or {"statusCode": 204})
    gateway = Gateway({"POST /graphql": behind}, Authorizer(asked))
    return asyncio.run(gateway.handle(request)), asked, behind


@pytest.mark.parametrize(
    ("request_", "given", "status", "message"),
    [
        (a_request(None), {}, 401, "Unauthorized"),
        (a_request(""), {}, 401, "Unauthorized"),
        (a_request(), {"authorizer": {"isAuthorized": False}}, 403, "Forbidden"),
        (a_request(), {"authorizer": None}, 500, "Internal Server Error"),
        (a_request(), {"authorizer": {"isAuthorized": "yes"}}, 500, "Internal Server Error"),
        (a_request(), {"authorizer": FunctionError("x")}, 500, "Internal Server Error"),
        (a_request(), {"authorizer": FunctionTimeoutError("x")}, 500, "Internal Server Error"),
        (a_request(), {"function": FunctionError("a secret")}, 500, "Internal Server Error"),
        (a_request(), {"function": FunctionTimeoutError("x")}, 503, "Service Unavailable"),
        (a_request(), {"function": {"statusCode": "no"}}, 500, "Internal Server Error"),
        (a_request(method="PUT"), {}, 404, "Not Found"),
        (a_request(path="/other"), {}, 404, "Not Found"),
        (a_request(body=b"x" * (BODY_LIMIT + 1)), {}, 413, "Request Entity Too Large"),
    ],
)
def test_own_answers_are_bare(
    request_: Request, given: dict[str, Any], status: int, message: str
) -> None:
    response, _, _ = answer(request_, **given)
    assert response.status == status
    assert json.loads(response.body) == {"message": message}
    assert ("content-type", "application/json") in response.headers
    assert ("apigw-requestid", request_.id) in response.headers


def test_without_a_token_nobody_is_asked() -> None:
    _, authorizer, function = answer(a_request(None))
    assert not authorizer.events
    assert not function.events


def test_a_body_of_the_largest_size_goes_through() -> None:
    response, _, _ = answer(a_request(body=b"x" * BODY_LIMIT))
    assert response.status == 204


def test_the_function_gets_the_authorizers_context() -> None:
    _, _, function = answer(a_request())
    assert function.events[0]["requestContext"]["authorizer"] == {"lambda": {"tenant": "acme"}}


@pytest.mark.parametrize("decision", [ALLOWED, {"isAuthorized": False}])
def test_a_decision_is_kept_for_its_token_and_time(decision: dict[str, Any]) -> None:
    now = 0.0
    asked = Fake(decision)
    authorizer = Authorizer(asked, clock=lambda: now)
    gateway = Gateway({"POST /graphql": Fake({"statusCode": 200})}, authorizer)

    def send(token: str) -> int:
        return asyncio.run(gateway.handle(a_request(token))).status

    first = send("Bearer a")
    now = CACHE_SECONDS - 1
    assert send("Bearer a") == first
    assert len(asked.events) == 1
    send("Bearer b")
    assert len(asked.events) == 2
    now = CACHE_SECONDS
    send("Bearer a")
    assert len(asked.events) == 3


def test_a_fault_of_the_authorizer_is_not_kept() -> None:
    asked = Fake(FunctionError("x"))
    gateway = Gateway({"POST /graphql": Fake({"statusCode": 200})}, Authorizer(asked))
    assert asyncio.run(gateway.handle(a_request())).status == 500
    asked.result = ALLOWED
    assert asyncio.run(gateway.handle(a_request())).status == 200


def test_an_open_route_needs_no_token_and_tells_of_nobody() -> None:
    asked, behind = Fake(ALLOWED), Fake({"statusCode": 200})
    routes = {"GET /health": behind, "GET /graphql": behind}
    gateway = Gateway(routes, Authorizer(asked), opened=("GET /health",))
    found = asyncio.run(gateway.handle(a_request(method="GET", path="/health")))
    assert found.status == 200
    assert "authorizer" not in behind.events[0]["requestContext"]
    assert asked.events == []
    closed = asyncio.run(gateway.handle(a_request(None, method="GET")))
    assert (closed.status, len(behind.events)) == (401, 1)


@pytest.mark.parametrize(
    ("result", "status", "headers", "body"),
    [
        (
            {"statusCode": 200, "headers": {"Content-Type": "a/b", "X-Count": 3}, "body": "é"},
            200,
            [("content-type", "a/b"), ("x-count", "3")],
            "é".encode(),
        ),
        (
            {"statusCode": 200, "cookies": ["a=1", "b=2"]},
            200,
            [("set-cookie", "a=1"), ("set-cookie", "b=2")],
            b"",
        ),
        (
            {"statusCode": 200, "headers": {}, "body": "/wA=", "isBase64Encoded": True},
            200,
            [("content-type", "text/plain; charset=utf-8")],
            b"\xff\x00",
        ),
        ({"a": 1}, 200, [("content-type", "application/json")], b'{"a": 1}'),
        ("text", 200, [("content-type", "application/json")], b"text"),
    ],
)
def test_what_a_function_returns(
    result: Any, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    response = response_of(result)
    assert response.status == status
    assert list(response.headers) == headers
    assert response.body == body


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 999},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["x"]},
    ],
)
def test_what_does_not_fit_the_format_is_the_gateways_fault(result: Any) -> None:
    assert response_of(result).status == 500
