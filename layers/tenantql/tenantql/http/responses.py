"""Responses: media type, status and JSON, as an HTTP API takes them (payload 2.0)."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

import orjson

from tenantql.engine.service import Answer, Stage
from tenantql.errors import Code
from tenantql.http.requests import HttpError, HttpRequest

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


def respond(answer: Answer, request: HttpRequest | None, request_id: str) -> GatewayResponse:
    """The response that carries `answer`."""
    match answer.stage:
        case Stage.EXECUTED:
            status = 200
        case Stage.NOT_A_QUERY:
            return refused(HttpError(405, "A mutation needs POST."), request, request_id)
        case Stage.INVALID:
            # A client of plain JSON gets 200 for a well-formed request, as the draft asks.
            status = 400 if request and media_type(request.headers) == GRAPHQL_JSON else 200
        case Stage.REFUSED:
            status = STATUS[answer.code or Code.INTERNAL]
    response = _response(status, answer.body, request, request_id)
    if answer.retry_after is not None:
        response["headers"]["retry-after"] = str(ceil(answer.retry_after))
    return response


def refused(error: HttpError, request: HttpRequest | None, request_id: str) -> GatewayResponse:
    """The response to what is no GraphQL request. A 405 names the methods that are allowed."""
    entry = {"message": str(error), "extensions": {"code": error.code}}
    response = _response(error.status, {"errors": [entry]}, request, request_id)
    if error.status == 405:
        response["headers"]["allow"] = "GET, POST"
    return response


def _response(
    status: int, body: Mapping[str, Any], request: HttpRequest | None, request_id: str
) -> GatewayResponse:
    kind = JSON if request is None else media_type(request.headers)
    return {
        "statusCode": status,
        "headers": {
            "content-type": f"{kind}; charset=utf-8",
            "cache-control": "no-store",
            "x-request-id": request_id,
            "x-content-type-options": "nosniff",
        },
        "body": orjson.dumps(body).decode(),
        "isBase64Encoded": False,
    }
