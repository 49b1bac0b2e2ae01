"""Requests as events of payload format 2.0, a table of cases."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from local.gateway import Request, authorizer_event, function_event

NOON = datetime(2026, 3, 12, 19, 3, 58, 390_000, UTC)


@dataclass(frozen=True)
class Case:
    """A request, and what the event has to say at some of its paths."""

    name: str
    request: Request
    expected: dict[str, Any]
    absent: tuple[str, ...] = field(default=())


def a_request(**changes: Any) -> Request:
    given: dict[str, Any] = {"method": "POST", "path": "/graphql", "id": "abc=", "time": NOON}
    return Request(**given | changes)


def at(event: Any, path: str) -> Any:
    for name in path.split("/"):
        event = event[name]
    return event


CASES = [
    Case(
        "header names in lower case, repeated ones joined",
        a_request(headers=[("X-One", "1"), ("Accept", "a/b"), ("x-one", "2")]),
        {"headers": {"x-one": "1,2", "accept": "a/b"}},
    ),
    Case(
        "cookies apart from the headers, one entry each",
        a_request(headers=[("Cookie", "a=1; b=2"), ("cookie", "c=3")]),
        {"cookies": ["a=1", "b=2", "c=3"], "headers": {}},
    ),
    Case("no cookies", a_request(), {}, absent=("cookies",)),
    Case(
        "a query string raw and decoded, repeated names joined, empty values kept",
        a_request(query="q=%7Ba%7D&tag=x&tag=y+z&empty="),
        {
            "rawQueryString": "q=%7Ba%7D&tag=x&tag=y+z&empty=",
            "queryStringParameters": {"q": "{a}", "tag": "x,y z", "empty": ""},
        },
    ),
    Case(
        "no query string",
        a_request(),
        {"rawQueryString": ""},
        absent=("queryStringParameters",),
    ),
    Case(
        "a JSON body is text",
        a_request(
            headers=[("Content-Type", "application/json; charset=utf-8")], body=b'{"a":"\xc3\xa9"}'
        ),
        {"body": '{"a":"é"}', "isBase64Encoded": False},
    ),
    Case(
        "any text type is text",
        a_request(headers=[("content-type", "text/csv")], body=b"a,b"),
        {"body": "a,b", "isBase64Encoded": False},
    ),
    Case(
        "a form is base64",
        a_request(headers=[("content-type", "application/x-www-form-urlencoded")], body=b"a=1"),
        {"body": "YT0x", "isBase64Encoded": True},
    ),
    Case(
        "what is no text is base64, whatever it says it is",
        a_request(headers=[("content-type", "application/json")], body=b"\xff\x00"),
        {"body": "/wA=", "isBase64Encoded": True},
    ),
    Case("no body", a_request(), {"isBase64Encoded": False}, absent=("body",)),
    Case(
        "the request context",
        a_request(
            method="GET",
            headers=[("Host", "127.0.0.1:8000"), ("User-Agent", "curl/8")],
            source_ip="127.0.0.9",
        ),
        {
            "version": "2.0",
            "routeKey": "GET /graphql",
            "rawPath": "/graphql",
            "requestContext/http": {
                "method": "GET",
                "path": "/graphql",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.9",
                "userAgent": "curl/8",
            },
            "requestContext/domainName": "127.0.0.1:8000",
            "requestContext/requestId": "abc=",
            "requestContext/routeKey": "GET /graphql",
            "requestContext/stage": "$default",
            "requestContext/time": "12/Mar/2026:19:03:58 +0000",
            "requestContext/timeEpoch": 1773342238390,
            "requestContext/authorizer": {"lambda": {"tenant": "acme"}},
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_function_event(case: Case) -> None:
    event = function_event(case.request, {"tenant": "acme"})
    assert {path: at(event, path) for path in case.expected} == case.expected
    assert not set(case.absent) & event.keys()


def test_authorizer_event_names_the_token_and_has_no_body() -> None:
    request = a_request(headers=[("Authorization", "Bearer t")], body=b"{}")
    event = authorizer_event(request, ["Bearer t"])
    assert event["type"] == "REQUEST"
    assert event["version"] == "2.0"
    assert event["identitySource"] == ["Bearer t"]
    assert event["routeArn"].endswith(":000000000000:local/$default/POST/graphql")
    assert event["headers"] == {"authorization": "Bearer t"}
    assert "body" not in event
    assert "authorizer" not in event["requestContext"]
