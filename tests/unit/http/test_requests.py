"""Requests: what an event says, and a clear refusal of everything that is no GraphQL request."""

import json
from typing import Any

import pytest

from tenantql.engine.service import GraphQLRequest
from tenantql.http.requests import (
    MAX_BODY_BYTES,
    HttpError,
    HttpRequest,
    graphql_request,
)
from tests.unit.http.events import event, posted

QUERY = "{ organisation { name } }"


def parameters(found: dict[str, Any]) -> GraphQLRequest:
    return graphql_request(HttpRequest.from_event(found))


def refusal(found: dict[str, Any]) -> tuple[int, str]:
    with pytest.raises(HttpError) as raised:
        parameters(found)
    return raised.value.status, str(raised.value)


def as_json(body: object, content_type: str = "application/json") -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return event(body=text, headers={"content-type": content_type})


def test_header_names_are_in_lower_case() -> None:
    found = HttpRequest.from_event(event(headers={"Content-Type": "A", "X-Other": "B"}))
    assert found.headers == {"content-type": "A", "x-other": "B"}


def test_what_an_event_leaves_out_is_empty() -> None:
    found = HttpRequest.from_event({"requestContext": {"http": {"method": "GET"}}})
    assert found == HttpRequest("GET", {}, {}, b"")


@pytest.mark.parametrize("base64", [False, True])
def test_a_body(base64: bool) -> None:
    found = HttpRequest.from_event(event(body='{"a": "é"}', base64=base64))
    assert found.body == '{"a": "é"}'.encode()


@pytest.mark.parametrize("body", ["***", "YQ", "YQ==a", "é"])
def test_a_body_that_is_not_the_base64_it_claims(body: str) -> None:
    found = event() | {"body": body, "isBase64Encoded": True}
    assert refusal(found) == (400, "The body is not valid base64.")


@pytest.mark.parametrize("base64", [False, True])
@pytest.mark.parametrize("fill", ["a", "é"])
def test_a_body_is_bounded_by_its_bytes(base64: bool, fill: str) -> None:
    largest = fill * (MAX_BODY_BYTES // len(fill.encode()))
    assert len(HttpRequest.from_event(event(body=largest, base64=base64)).body) == MAX_BODY_BYTES
    status, message = refusal(event(body=largest + fill, base64=base64))
    assert (status, message) == (413, f"The body is larger than {MAX_BODY_BYTES} bytes.")


def test_a_huge_body_is_refused_before_it_is_decoded() -> None:
    status, _ = refusal(event() | {"body": "*" * 5_000_000, "isBase64Encoded": True})
    assert status == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;",
    ],
)
def test_a_post(content_type: str) -> None:
    body = {"query": QUERY, "operationName": "A", "variables": {"a": [1]}, "extensions": {}}
    assert parameters(as_json(body, content_type)) == GraphQLRequest(QUERY, "A", {"a": [1]})


def test_a_post_of_a_query_alone() -> None:
    assert parameters(as_json({"query": QUERY})) == GraphQLRequest(QUERY, None, None)
    body = {"query": QUERY, "operationName": None, "variables": None}
    assert parameters(as_json(body)) == GraphQLRequest(QUERY, None, None)
    assert parameters(posted(QUERY, base64=True)).query == QUERY


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ],
)
def test_another_content_type_is_415(content_type: str) -> None:
    """A form's content types need no preflight: they are a way of cross-site requests."""
    status, message = refusal(as_json({"query": QUERY}, content_type))
    assert (status, message) == (415, "Send the request as application/json.")


@pytest.mark.parametrize(
    "body", ["", "{", "nothing", '{"query": "a",}', '{"query": NaN}', "\ufeff{}"]
)
def test_what_is_no_json_is_400(body: str) -> None:
    assert refusal(as_json(body)) == (400, "The body is not valid JSON.")


def test_json_that_is_nested_without_end_is_400() -> None:
    assert refusal(as_json("[" * 90_000))[0] == 400
    assert refusal(as_json("[" * 40_000 + "]" * 40_000))[0] == 400


@pytest.mark.parametrize("body", [[], [{"query": QUERY}], "a", 1, None, True])
def test_json_that_is_no_object_is_400(body: object) -> None:
    status, message = refusal(as_json(json.dumps(body)))
    assert status == 400
    assert "JSON object with a query" in message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "query needs to be a string"),
        ({"query": ""}, "query needs to be a string"),
        ({"query": None}, "query needs to be a string"),
        ({"query": ["a"]}, "query needs to be a string"),
        ({"query": QUERY, "operationName": 1}, "operationName needs to be a string"),
        ({"query": QUERY, "operationName": ["a"]}, "operationName needs to be a string"),
        ({"query": QUERY, "variables": "a"}, "variables needs to be a JSON object"),
        ({"query": QUERY, "variables": [1]}, "variables needs to be a JSON object"),
        ({"query": QUERY, "variables": 0}, "variables needs to be a JSON object"),
        ({"query": QUERY, "extensions": "a"}, "extensions needs to be a JSON object"),
        ({"query": QUERY, "extensions": []}, "extensions needs to be a JSON object"),
    ],
)
def test_parameters_of_another_type_are_400(body: object, message: str) -> None:
    status, found = refusal(as_json(body))
    assert status == 400
    assert message in found


def test_a_get() -> None:
    query = {"query": QUERY, "operationName": "A", "variables": '{"a": 1}'}
    assert parameters(event("GET", query=query)) == GraphQLRequest(
        QUERY, "A", {"a": 1}, queries_only=True
    )
    query = {"query": QUERY, "operationName": "", "variables": ""}
    assert parameters(event("GET", query=query)) == GraphQLRequest(QUERY, queries_only=True)
    assert parameters(event("GET", query={"query": QUERY, "variables": "null"})).variables is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, "query needs to be a string"),
        ({"query": ""}, "query needs to be a string"),
        ({"query": QUERY, "variables": "{"}, "variables is not valid JSON"),
        ({"query": QUERY, "variables": "[]"}, "variables needs to be a JSON object"),
        ({"query": QUERY, "variables": '"a"'}, "variables needs to be a JSON object"),
        ({"query": QUERY, "extensions": "{"}, "extensions is not valid JSON"),
        ({"query": QUERY, "extensions": "1"}, "extensions needs to be a JSON object"),
    ],
)
def test_a_get_without_its_parameters_is_400(query: dict[str, str] | None, message: str) -> None:
    status, found = refusal(event("GET", query=query))
    assert status == 400
    assert message in found


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "post", ""])
def test_another_method_is_405(method: str) -> None:
    assert refusal(event(method, query={"query": QUERY})) == (405, "Use POST, or GET for a query.")
