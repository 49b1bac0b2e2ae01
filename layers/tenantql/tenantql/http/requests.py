"""HTTP requests: from an event of an HTTP API (payload 2.0) to GraphQL's parameters.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://graphql.github.io/graphql-over-http/draft/
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self, cast

import msgspec
import orjson

from tenantql.engine.documents import Reference
from tenantql.engine.service import GraphQLRequest
from tenantql.http.bodies import json_body
from tenantql.http.errors import HttpError, ill_formed
from tenantql.http.options import HttpOptions
from tenantql.http.statuses import Outcome

MAX_BODY_BYTES: Final = 100_000

PREFLIGHT: Final = "graphql-require-preflight"
"""A header that a page can send to another site only after a preflight."""

PARAMETERS: Final = ("query", "documentId", "operationName", "variables", "extensions")

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class HttpRequest(msgspec.Struct, frozen=True):
    """A request as the gateway saw it; header names are in lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Raises HttpError for a body that is too large or is not what it claims."""
        text = event.get("body") or ""
        if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
            raise _too_large()
        encoded = event.get("isBase64Encoded")
        try:
            body = b64decode(text, validate=True) if encoded else text.encode()
        except (Base64Error, ValueError):
            what = "base64" if encoded else "Unicode"
            raise HttpError(Outcome.UNREADABLE, f"The body is not valid {what}.") from None
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        return cls(
            method=event["requestContext"]["http"]["method"],
            headers={name.lower(): value for name, value in _texts(event.get("headers"))},
            query=dict(_texts(event.get("queryStringParameters"))),
            body=body,
        )


type GraphQLRequests = GraphQLRequest | list[GraphQLRequest]
"""What a request asks for: one operation, or a batch of them."""


def graphql_requests(request: HttpRequest, options: HttpOptions) -> GraphQLRequests:
    """The GraphQL request of a GET or POST, or the batch of a POST. Raises HttpError."""
    match request.method:
        case "GET":
            if options.require_preflight and not request.headers.get(PREFLIGHT):
                message = f"Send a query by GET with the header {PREFLIGHT}."
                raise HttpError(Outcome.ILL_FORMED, message)
            return _by_get(request.query)
        case "POST":
            body = json_body(request.headers, request.body, PARAMETERS)
            return _batch(body, options) if isinstance(body, list) else _checked(body)
        case _:
            raise HttpError(Outcome.METHOD, "Use POST, or GET for a query.")


def _batch(entries: list[object], options: HttpOptions) -> list[GraphQLRequest]:
    if options.max_batch < 2:
        raise ill_formed("Batches are not taken here: send one JSON object with a query.")
    if not 0 < len(entries) <= options.max_batch:
        raise ill_formed(f"A batch has 1 to {options.max_batch} operations.")
    if not all(isinstance(entry, dict) for entry in entries):
        raise ill_formed("Each entry of a batch needs to be a JSON object with a query.")
    return [_checked(cast("dict[str, object]", entry)) for entry in entries]


def _by_get(query: Mapping[str, str]) -> GraphQLRequest:
    try:
        "".join(query.values()).encode()
    except UnicodeEncodeError:
        raise HttpError(Outcome.UNREADABLE, "The query string is not valid Unicode.") from None
    found: dict[str, object] = {name: query.get(name) or None for name in PARAMETERS}
    for name in ("variables", "extensions"):
        if text := query.get(name):
            found[name] = _json(text, name)
    return _checked(found, queries_only=True)


def _checked(found: Mapping[str, object], *, queries_only: bool = False) -> GraphQLRequest:
    query, name = found.get("query"), found.get("operationName")
    variables, extensions = found.get("variables"), found.get("extensions")
    if name is not None and not isinstance(name, str):
        raise ill_formed("operationName needs to be a string.")
    for parameter, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise ill_formed(f"{parameter} needs to be a JSON object.")
    extended = cast("dict[str, Any]", extensions or {})
    reference = _reference(found.get("documentId"), extended.get("persistedQuery"))
    if query is None and reference is not None:
        text = None
    elif isinstance(query, str) and query:
        text = query
    else:
        raise ill_formed("query needs to be a string with a GraphQL document.")
    if text is not None and reference is not None and not reference.automatic:
        raise ill_formed("Send a query or a documentId, not both.")
    return GraphQLRequest(
        text, name, cast("dict[str, Any] | None", variables), extended, queries_only, reference
    )


def _reference(document_id: object, persisted: object) -> Reference | None:
    """The document that a request names, by `documentId` or as automatic persisted queries do."""
    if document_id is not None and persisted is not None:
        raise ill_formed("Send a documentId or extensions.persistedQuery, not both.")
    if document_id is not None:
        if not isinstance(document_id, str):
            raise ill_formed("documentId needs to be a string.")
        return Reference(document_id.removeprefix("sha256:"))
    if persisted is None:
        return None
    named = cast("dict[str, object]", persisted) if isinstance(persisted, dict) else {}
    sha256, version = named.get("sha256Hash"), named.get("version")
    # True == 1, and is no version.
    if type(version) is not int or version != 1:
        raise ill_formed("Unsupported persisted query version")
    if not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
        raise ill_formed("persistedQuery.sha256Hash needs to be 64 hexadecimal digits.")
    return Reference(sha256, automatic=True)


def _texts(found: Mapping[str, object] | None) -> Iterator[tuple[str, str]]:
    """The members that are text, as the gateway's all are: an answer depends on headers."""
    for name, value in (found or {}).items():
        if isinstance(value, str):
            yield name, value


def _json(text: str, name: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HttpError(Outcome.UNREADABLE, f"{name} is not valid JSON.") from None


def _too_large() -> HttpError:
    return HttpError(Outcome.TOO_LARGE, f"The body is larger than {MAX_BODY_BYTES} bytes.")
