"""Requests: what an event says, and a clear refusal of everything that is no GraphQL request."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from tenantql.engine.documents import Reference
from tenantql.engine.service import GraphQLRequest
from tenantql.http.errors import HttpError
from tenantql.http.negotiation import JSON
from tenantql.http.options import DEFAULTS, HttpOptions
from tenantql.http.requests import MAX_BODY_BYTES, PREFLIGHT, HttpRequest, graphql_requests
from tenantql.http.statuses import Profile, status_of
from tests.unit.http.events import event, posted

QUERY = "{ organisation { name } }"
HASH = sha256(QUERY.encode()).hexdigest()


def parameters(found: dict[str, Any], options: HttpOptions = DEFAULTS) -> GraphQLRequest:
    asked = graphql_requests(HttpRequest.from_event(found), options)
    assert isinstance(asked, GraphQLRequest)
    return asked


def refusal(found: dict[str, Any], options: HttpOptions = DEFAULTS) -> tuple[int, str]:
    with pytest.raises(HttpError) as raised:
        graphql_requests(HttpRequest.from_event(found), options)
    return status_of(Profile.STANDARD, JSON, raised.value.outcome), str(raised.value)


def as_json(body: object, content_type: str = "application/json", **headers: str) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return event(body=text, headers={"content-type": content_type, **headers})


def as_bytes(body: bytes, content_type: str = "application/json") -> dict[str, Any]:
    encoded = {"body": b64encode(body).decode(), "isBase64Encoded": True}
    return event(headers={"content-type": content_type}) | encoded


def test_header_names_are_in_lower_case() -> None:
    found = HttpRequest.from_event(event(headers={"Content-Type": "A", "X-Other": "B"}))
    assert found.headers == {"content-type": "A", "x-other": "B"}


def test_what_an_event_leaves_out_is_empty() -> None:
    found = HttpRequest.from_event({"requestContext": {"http": {"method": "GET"}}})
    assert found == HttpRequest("GET", {}, {}, b"")


def test_headers_and_parameters_that_are_no_text_are_not_there() -> None:
    odd = event(query={"query": QUERY}) | {"headers": {"accept": ["a"], "content-type": None}}
    found = HttpRequest.from_event(odd)
    assert (found.headers, found.query) == ({}, {"query": QUERY})


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
        'application/json;charset="UTF-8"',
        "application/json; charset=utf8; profile=x",
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


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "iso-8859-1", "us-ascii", ""])
def test_another_charset_is_415(charset: str) -> None:
    found = as_json({"query": QUERY}, f"application/json; charset={charset}")
    assert refusal(found) == (415, "Send the request in UTF-8.")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip"])
def test_a_compressed_body_is_415(coding: str) -> None:
    found = as_json({"query": QUERY}, **{"Content-Encoding": coding})
    assert refusal(found) == (415, "Send the request without a content-encoding.")


def test_a_coding_that_is_none_is_taken() -> None:
    assert parameters(as_json({"query": QUERY}, **{"Content-Encoding": "Identity"})).query == QUERY


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\xef\xbb\xbf{}", "The body begins with a byte order mark, which JSON does not have."),
        ("{}".encode("utf-16"), "The body is not valid UTF-8."),
        (b'{"query": "\xff"}', "The body is not valid UTF-8."),
        (b'{"query": "\xed\xa0\x80"}', "The body is not valid UTF-8."),
        ('{"query": "a"}'.encode("utf-16-le"), "The body is not valid JSON."),
    ],
)
def test_bytes_that_are_no_utf_8_are_400(body: bytes, message: str) -> None:
    assert refusal(as_bytes(body)) == (400, message)


def test_half_a_character_is_400() -> None:
    assert refusal(event(body="\ud800")) == (400, "The body is not valid Unicode.")
    found = event("GET", query={"query": "\ud800"})
    assert refusal(found) == (400, "The query string is not valid Unicode.")


@pytest.mark.parametrize(
    "body",
    [
        '{"query": "a", "query": "b"}',
        '{"query": "a", "variables": {}, "variables": {"a": 1}}',
        '{"query": "a", "\\u0071uery": "b"}',
        '[{"query": "a", "query": "b"}]',
    ],
)
def test_a_member_that_is_there_twice_is_400(body: str) -> None:
    assert refusal(as_json(body)) == (400, "The body has a member twice.")


@pytest.mark.parametrize(
    "body",
    [
        {"query": QUERY, "variables": {"query": "a", "extensions": {}, "variables": 1}},
        {"query": '{ a(b: "\\"query\\"") }', "variables": {"é": '"query"'}},
    ],
)
def test_a_name_that_stands_elsewhere_too_is_no_repetition(body: dict[str, Any]) -> None:
    for text in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
        assert parameters(as_json(text)).query == body["query"]


@pytest.mark.parametrize(
    "body", ["", "{", "nothing", '{"query": "a",}', '{"query": NaN}', '{"query": "\\ud800"}']
)
def test_what_is_no_json_is_400(body: str) -> None:
    assert refusal(as_json(body)) == (400, "The body is not valid JSON.")


def test_json_that_is_nested_without_end_is_400() -> None:
    assert refusal(as_json("[" * 90_000))[0] == 400
    assert refusal(as_json("[" * 40_000 + "]" * 40_000))[0] == 400


@pytest.mark.parametrize("body", ["a", 1, None, True])
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


def test_a_get_can_be_asked_for_a_header_that_forces_a_preflight() -> None:
    careful = HttpOptions(require_preflight=True)
    status, message = refusal(event("GET", query={"query": QUERY}), careful)
    assert status == 400
    assert PREFLIGHT in message
    found = event("GET", query={"query": QUERY}, headers={"GraphQL-Require-Preflight": "1"})
    assert parameters(found, careful).query == QUERY
    assert parameters(as_json({"query": QUERY}), careful).query == QUERY


PERSISTED = {"version": 1, "sha256Hash": HASH}


@pytest.mark.parametrize(
    ("body", "query", "reference"),
    [
        ({"documentId": f"sha256:{HASH}"}, None, Reference(HASH)),
        ({"documentId": "anything", "query": None}, None, Reference("anything")),
        ({"extensions": {"persistedQuery": PERSISTED}}, None, Reference(HASH, automatic=True)),
        (
            {"query": QUERY, "extensions": {"persistedQuery": PERSISTED}},
            QUERY,
            Reference(HASH, automatic=True),
        ),
    ],
)
def test_a_document_by_its_name(
    body: dict[str, Any], query: str | None, reference: Reference
) -> None:
    by_get = {
        name: json.dumps(value) if name == "extensions" else value
        for name, value in body.items()
        if value is not None
    }
    for found in (as_json(body), event("GET", query=by_get)):
        asked = parameters(found)
        assert (asked.query, asked.reference) == (query, reference)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"documentId": 1}, "documentId needs to be a string"),
        ({"documentId": HASH, "query": QUERY}, "not both"),
        ({"documentId": HASH, "extensions": {"persistedQuery": PERSISTED}}, "not both"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}}, "version"),
        ({"extensions": {"persistedQuery": {"version": True, "sha256Hash": HASH}}}, "version"),
        ({"extensions": {"persistedQuery": "a"}}, "version"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "64 hexadecimal digits"),
        ({"extensions": {"persistedQuery": PERSISTED | {"sha256Hash": HASH.upper()}}}, "64 hex"),
        ({"extensions": {"persistedQuery": PERSISTED}, "query": ""}, "query needs to be a string"),
    ],
)
def test_a_name_in_another_form_is_400(body: dict[str, Any], message: str) -> None:
    status, found = refusal(as_json(body))
    assert status == 400
    assert message in found


def test_a_batch() -> None:
    entries = [{"query": QUERY}, {"documentId": HASH, "operationName": "A"}]
    found = HttpRequest.from_event(as_json(entries))
    asked = graphql_requests(found, HttpOptions(max_batch=2))
    assert asked == [GraphQLRequest(QUERY), GraphQLRequest(None, "A", reference=Reference(HASH))]


@pytest.mark.parametrize(
    ("entries", "most", "message"),
    [
        ([{"query": QUERY}], 0, "Batches are not taken here"),
        ([{"query": QUERY}], 1, "Batches are not taken here"),
        ([], 2, "A batch has 1 to 2 operations."),
        ([{"query": QUERY}] * 3, 2, "A batch has 1 to 2 operations."),
        ([{"query": QUERY}, "a"], 2, "Each entry of a batch needs to be a JSON object"),
        ([[{"query": QUERY}]], 2, "Each entry of a batch needs to be a JSON object"),
        ([{"query": QUERY}, {"query": 1}], 2, "query needs to be a string"),
    ],
)
def test_a_batch_that_is_refused_as_a_whole(entries: list[Any], most: int, message: str) -> None:
    status, found = refusal(as_json(entries), HttpOptions(max_batch=most))
    assert status == 400
    assert message in found


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "post", ""])
def test_another_method_is_405(method: str) -> None:
    assert refusal(event(method, query={"query": QUERY})) == (405, "Use POST, or GET for a query.")
