"""Responses: media type, status and JSON, as an HTTP API takes them (payload 2.0)."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from tenantql.errors import Code
from tenantql.http.requests import HttpRequest

GRAPHQL_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"

STATUS: Final[Mapping[Code, int]] = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.BAD_USER_INPUT: 400,
    Code.CONFLICT: 409,
    Code.RATE_LIMITED: 429,
    Code.COST_EXCEEDED: 400,
    Code.TENANT_MOVING: 503,
    Code.UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}
"""The status of a request that failed before it ran. One that ran answers 200."""

type GatewayResponse = dict[str, Any]


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of the answer: GraphQL's own for a client that names it, else plain JSON."""
    accepted = headers.get("accept", "").lower()
    return GRAPHQL_JSON if GRAPHQL_JSON in accepted else JSON


def respond(
    status: int, body: Mapping[str, Any], request: HttpRequest | None, request_id: str
) -> GatewayResponse:
    """A JSON response. A 405 names the methods that are allowed."""
    kind = JSON if request is None else media_type(request.headers)
    headers = {
        "content-type": f"{kind}; charset=utf-8",
        "cache-control": "no-store",
        "x-request-id": request_id,
        "x-content-type-options": "nosniff",
    }
    if status == 405:
        headers["allow"] = "GET, POST"
    return {
        "statusCode": status,
        "headers": headers,
        "body": orjson.dumps(body).decode(),
        "isBase64Encoded": False,
    }
