"""Events of an HTTP API (payload 2.0), as small as the functions need them."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from tenantql.tenancy.identity import Identity

GRAPHQL_JSON = "application/graphql-response+json"


def event(
    method: str = "POST",
    *,
    body: str | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    identity: Identity | None = None,
    base64: bool = False,
) -> dict[str, Any]:
    """An event with the authorizer's context of `identity`, if there is one."""
    found: dict[str, Any] = {
        "version": "2.0",
        "rawPath": "/graphql",
        "headers": dict(headers or {}),
        "requestContext": {"http": {"method": method, "path": "/graphql"}},
        "isBase64Encoded": base64,
    }
    if body is not None:
        found["body"] = b64encode(body.encode()).decode() if base64 else body
    if query is not None:
        found["queryStringParameters"] = dict(query)
    if identity is not None:
        found["requestContext"]["authorizer"] = {"lambda": identity.to_context()}
    return found


def posted(
    text: str | None,
    *,
    accept: str | None = None,
    variables: Any = None,
    operation: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """A POST of a GraphQL request as JSON."""
    headers = {"content-type": "application/json"} | ({"accept": accept} if accept else {})
    body = {"query": text, "variables": variables, "operationName": operation}
    return event(
        body=json.dumps({name: value for name, value in body.items() if value is not None}),
        headers=headers,
        **options,
    )


def named(document: str, *, variables: Any = None, **options: Any) -> dict[str, Any]:
    """A POST that names a document by its hash."""
    body = {"documentId": f"sha256:{document}", "variables": variables}
    return event(body=json.dumps(body), headers={"content-type": "application/json"}, **options)
