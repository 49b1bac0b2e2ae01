"""HTTP requests: from an event of an HTTP API (payload 2.0) to GraphQL's parameters.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://graphql.github.io/graphql-over-http/draft/
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import ItemsView, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import orjson

from tenantql.engine.service import GraphQLRequest
from tenantql.errors import Code

MAX_BODY_BYTES: Final = 100_000


class HttpError(Exception):
    """Raised for a request that is no GraphQL request, with the `status` and `code` to answer."""

    def __init__(self, status: int, message: str, code: Code = Code.BAD_USER_INPUT) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as the gateway saw it; header names are in lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Raises HttpError for a body that is too large or is not the base64 that it claims."""
        text = event.get("body") or ""
        if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
            raise _too_large()
        try:
            body = b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        except (Base64Error, ValueError):
            raise HttpError(400, "The body is not valid base64.") from None
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        return cls(
            method=event["requestContext"]["http"]["method"],
            headers={name.lower(): value for name, value in _strings(event.get("headers"))},
            query=dict(_strings(event.get("queryStringParameters"))),
            body=body,
        )


def graphql_request(request: HttpRequest) -> GraphQLRequest:
    """The GraphQL request of a POST with a JSON body, or of a GET. Raises HttpError."""
    match request.method:
        case "GET":
            return _checked(
                request.query.get("query"),
                request.query.get("operationName") or None,
                _optional_json(request.query, "variables"),
                _optional_json(request.query, "extensions"),
                queries_only=True,
            )
        case "POST":
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                raise HttpError(415, "Send the request as application/json.")
            body = _json(request.body, "The body")
            if not isinstance(body, dict):
                raise HttpError(400, "The body needs to be a JSON object with a query.")
            found = cast(dict[str, object], body)
            names = ("query", "operationName", "variables", "extensions")
            return _checked(*(found.get(name) for name in names))
        case _:
            raise HttpError(405, "Use POST, or GET for a query.")


def _checked(
    query: object,
    operation_name: object,
    variables: object,
    extensions: object,
    *,
    queries_only: bool = False,
) -> GraphQLRequest:
    if not isinstance(query, str) or not query:
        raise HttpError(400, "query needs to be a string with a GraphQL document.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise HttpError(400, "operationName needs to be a string.")
    for name, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise HttpError(400, f"{name} needs to be a JSON object.")
    return GraphQLRequest(
        query,
        operation_name,
        cast(dict[str, Any] | None, variables),
        cast(dict[str, Any], extensions or {}),
        queries_only,
    )


def _strings(found: dict[str, str] | None) -> ItemsView[str, str]:
    return (found or {}).items()


def _optional_json(query: Mapping[str, str], name: str) -> object:
    return _json(query[name], name) if query.get(name) else None


def _json(text: str | bytes, what: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HttpError(400, f"{what} is not valid JSON.") from None


def _too_large() -> HttpError:
    return HttpError(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
