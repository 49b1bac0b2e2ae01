"""What a function returns, as API Gateway turns it into an HTTP response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast


@dataclass(frozen=True)
class Response:
    """An HTTP response. Headers are pairs, since `set-cookie` repeats."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


_PHRASES: Final[Mapping[int, str]] = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def message(status: int) -> Response:
    """The gateway's own answer: a status with one bare sentence, nothing of the cause."""
    body = json.dumps({"message": _PHRASES[status]}, separators=(",", ":")).encode()
    return Response(status, (("content-type", "application/json"),), body)


def response_of(result: object) -> Response:
    """A response for what the function returned.

    Without a status code the whole result is the body, as JSON. With one it says it all; what
    does not fit the format is the gateway's own 500.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return Response(200, (("content-type", "application/json"),), text.encode())
    answer = cast("dict[str, Any]", result)
    try:
        status = int(answer["statusCode"])
        given: dict[str, object] = answer.get("headers") or {}
        cookies: list[object] = answer.get("cookies") or []
        headers = [(name.lower(), _text(value)) for name, value in given.items()]
        headers += [("set-cookie", str(cookie)) for cookie in cookies]
        body = answer.get("body") or ""
        encoded = answer.get("isBase64Encoded", False)
        content = base64.b64decode(body, validate=True) if encoded else body.encode()
    except (AttributeError, TypeError, ValueError, binascii.Error):
        return message(500)
    if not 100 <= status <= 599:
        return message(500)
    if content and not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    return Response(status, tuple(headers), content)


def _text(value: object) -> str:
    """A header's value: booleans and numbers are allowed, and written as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
