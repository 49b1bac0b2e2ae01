"""Responses: media type, headers and status."""

import json

import pytest

from tenantql.engine.service import Answer, Stage
from tenantql.errors import Code
from tenantql.http.requests import HttpError, HttpRequest
from tenantql.http.responses import STATUS, media_type, refused, respond
from tests.unit.http.events import GRAPHQL_JSON

JSON = "application/json"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/html", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (GRAPHQL_JSON.upper(), GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8, application/json; q=0.9", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON}", GRAPHQL_JSON),
    ],
)
def test_a_client_that_names_graphqls_media_type_gets_it(accept: str | None, kind: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    assert media_type(headers) == kind


def test_a_response_has_the_form_of_the_gateway() -> None:
    request = HttpRequest("POST", {"accept": GRAPHQL_JSON}, {}, b"")
    answer = Answer(Stage.EXECUTED, {"data": {"name": "é"}})
    found = respond(answer, request, "request-1")
    assert found["statusCode"] == 200
    assert found["isBase64Encoded"] is False
    assert json.loads(found["body"]) == {"data": {"name": "é"}}
    assert found["headers"] == {
        "content-type": f"{GRAPHQL_JSON}; charset=utf-8",
        "cache-control": "no-store",
        "x-request-id": "request-1",
        "x-content-type-options": "nosniff",
    }


def test_without_a_request_it_is_plain_json() -> None:
    found = refused(HttpError(413, "Too long."), None, "request-1")
    assert found["statusCode"] == 413
    assert found["headers"]["content-type"] == f"{JSON}; charset=utf-8"


def test_a_405_names_the_methods() -> None:
    assert refused(HttpError(405, "No."), None, "r")["headers"]["allow"] == "GET, POST"
    assert "allow" not in refused(HttpError(400, "No."), None, "r")["headers"]


def test_each_code_has_a_status_of_an_error() -> None:
    assert set(STATUS) == set(Code)
    assert all(400 <= status < 600 for status in STATUS.values())
    assert STATUS[Code.INTERNAL] == 500
    assert STATUS[Code.UNAUTHENTICATED] == 401
