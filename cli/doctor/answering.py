"""Whether the API answers: the health path, and a refusal for whoever brings no token."""

import os
from collections.abc import Iterator
from typing import Final

import httpx

from cli.doctor.deployed import Deployed
from cli.doctor.findings import Check, Found, Severity

GROUP: Final = "api"
SECONDS: Final = 30.0
"""As long as the gateway waits."""
ASKED: Final = (
    ("GET", "/health", 200),
    ("GET", "/graphql", 401),
    ("POST", "/graphql", 401),
    ("GET", "/platform", 401),
    ("POST", "/platform", 401),
    ("GET", "/nothing-is-here", 404),
)
"""Requests without a token, with the status that each gets."""


def url(stack: Deployed) -> str:
    """The API's address; that of a local cloud needs no name server."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return f"{endpoint}/_aws/execute-api/{stack.outputs['ApiId']}/$default"
    return stack.outputs["ApiUrl"]


def _answers(stack: Deployed) -> Iterator[Found]:
    with httpx.Client(timeout=SECONDS) as client:
        for method, path, wanted in ASKED:
            where = f"{method} {path}"
            try:
                answer = client.request(method, f"{url(stack)}{path}")
            except httpx.HTTPError as error:
                yield Found(where, f"is not answered: {error}")
                continue
            if answer.status_code != wanted:
                yield Found(where, f"is answered {answer.status_code}, not {wanted}")


CHECKS: Final = (
    Check(
        "answers",
        GROUP,
        "The API answers: healthy, and 401 for whoever brings no token",
        "Everything can be configured well and still not work.",
        "See the function's log, and that of the API.",
        Severity.CRITICAL,
        _answers,
    ),
)
