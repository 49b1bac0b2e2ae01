"""One HTTP request to the deployed API, and what is compared of its answer."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.deployment.deployment import Deployment
from local.deployment.outcome import Outcome
from local.server import GRAPHQL

PATIENCE = 40.0
"""Seconds: longer than API Gateway waits for a function."""


@dataclass(frozen=True)
class Answer:
    """An answer as far as it is compared.

    `code` is that of the first GraphQL error, `message` what API Gateway says by itself,
    `origin` the one that a page may come from (CORS).
    """

    status: int
    code: str = ""
    data: object = None
    message: str = ""
    origin: str = ""

    @classmethod
    def of(cls, response: httpx.Response) -> "Answer":
        """What a response says; anything but a JSON object is a message."""
        try:
            body: Any = response.json() if response.content else {}
        except ValueError:
            body = {"message": response.text}
        errors: Any = body.get("errors") or [{}]
        return cls(
            status=response.status_code,
            code=errors[0].get("extensions", {}).get("code", ""),
            data=body.get("data"),
            message=body.get("message", ""),
            origin=response.headers.get("access-control-allow-origin", ""),
        )

    def __str__(self) -> str:
        said = self.code or self.message or self.origin
        if not said and self.data is not None:
            said = json.dumps(self.data, ensure_ascii=False).replace('"', "")
        return f"{self.status} {said}".strip()


type Token = Callable[[Deployment], str | None]
type Body = Callable[[Deployment], Mapping[str, Any] | bytes]
"""A query with its variables, or bytes that are sent as they are."""


def actor(id: str, *, expires_in: float = 3600) -> Token:
    """A good token of somebody; `expires_in` may be negative."""
    return lambda deployment: deployment.actors[id].token(deployment.issuer, expires_in)


def nobody(_deployment: Deployment) -> None:
    """No token."""


@dataclass(frozen=True)
class Ask:
    """A check that sends one request and compares the answer as a whole."""

    name: str
    who: str
    body: Body
    expected: Callable[[Deployment], Answer]
    token: Token = nobody
    path: str = GRAPHQL
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def run(self, deployment: Deployment) -> Outcome:
        """Send it over HTTP, as a client of the API would."""
        token = self.token(deployment)
        headers = {"content-type": "application/json", **self.headers}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        body = self.body(deployment)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        started = time.perf_counter()
        # No proxy: the API is on this host.
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            response = client.request(
                self.method, deployment.stack.url(self.path), content=content, headers=headers
            )
        took = time.perf_counter() - started
        return Outcome(self.expected(deployment), Answer.of(response), took)
