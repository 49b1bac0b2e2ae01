"""HTTP requests as API Gateway describes them to functions: payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

API_ID: Final = "local"
ACCOUNT_ID: Final = "000000000000"
STAGE: Final = "$default"

TEXT_TYPES: Final = frozenset({"application/json", "application/xml", "application/javascript"})
"""What API Gateway hands on as text, besides `text/*`; any other body is base64."""


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came in. Header names are in any case, and may repeat."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"
    id: str = field(default_factory=lambda: uuid4().hex[:15] + "=")
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def route_key(self) -> str:
        """The route of the API that the request takes."""
        return f"{self.method} {self.path}"

    def header(self, name: str) -> str | None:
        """The values of one header, joined as in an event; None when it was not sent."""
        return _joined(self.headers).get(name.lower())


def function_event(request: Request, authorizer: Mapping[str, Any] | None) -> dict[str, Any]:
    """The event of the function behind a route; `authorizer` is what the authorizer has said."""
    event: dict[str, Any] = {"version": "2.0", **_description(request)}
    if authorizer is not None:
        event["requestContext"]["authorizer"] = {"lambda": dict(authorizer)}
    event["isBase64Encoded"] = False
    if request.body:
        text = _text_of(request)
        event["isBase64Encoded"] = text is None
        event["body"] = base64.b64encode(request.body).decode() if text is None else text
    return event


def authorizer_event(request: Request, identity: Sequence[str]) -> dict[str, Any]:
    """The event of a REQUEST authorizer, which gets no body; `identity` is what identifies."""
    arn = f"arn:aws:execute-api:us-east-1:{ACCOUNT_ID}:{API_ID}/{STAGE}/{request.method}"
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn + request.path,
        "identitySource": list(identity),
        **_description(request),
    }


def _description(request: Request) -> dict[str, Any]:
    """What both events say of a request. Absent parts are left out, as API Gateway does."""
    headers = _joined(request.headers)
    cookies = [
        cookie.strip()
        for name, value in request.headers
        if name.lower() == "cookie"
        for cookie in value.split(";")
        if cookie.strip()
    ]
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    domain = headers.get("host", "localhost")
    described: dict[str, Any] = {
        "routeKey": request.route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
            "domainName": domain,
            "domainPrefix": domain.split(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request.id,
            "routeKey": request.route_key,
            "stage": STAGE,
            "time": request.time.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(request.time.timestamp() * 1000),
        },
    }
    if cookies:
        described["cookies"] = cookies
    if parameters:
        described["queryStringParameters"] = parameters
    return described


def _joined(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names, repeated ones joined with commas, cookies apart."""
    joined: dict[str, str] = {}
    for given, value in headers:
        name = given.lower()
        if name != "cookie":
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _text_of(request: Request) -> str | None:
    """The body when it goes on as text, None when it has to be encoded."""
    media_type = (request.header("content-type") or "text/plain").split(";")[0].strip().lower()
    if not media_type.startswith("text/") and media_type not in TEXT_TYPES:
        return None
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        return None
