"""What the deployed functions write to CloudWatch: who asked and what came of it, and no more."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from local.deployment import Deployment
from local.deployment.asking import actor
from local.deployment.questions import (
    ADMIN,
    CREATE_USER,
    INVOICE,
    ORGANISATION,
    STAFF,
    TENANT,
    USER_BY_EMAIL,
)
from local.server import GRAPHQL, PLATFORM
from tests.e2e.requests import post

pytestmark = pytest.mark.xdist_group("build")

FUNCTIONS: Final = ("graphql", "platform", "authorizer", "stream")
PATIENCE: Final = 20.0
SECRET_NAME: Final = "Zaphod Beeblebrox"
SECRET_EMAIL: Final = "zaphod.b@acme.example"
PLANTED: Final = "planted-secret@globex.example"


@dataclass(frozen=True)
class Written:
    """All log lines by function, what was sent, and the answers' request ids."""

    lines: dict[str, list[str]]
    tokens: list[str]
    secrets: list[str]
    request_ids: dict[str, str]

    def requests(self) -> Iterator[Any]:
        """The line of each request, of the tenants' endpoint."""
        for line in self.lines["graphql"]:
            if '"message":"request"' in line:
                yield json.loads(line)


@pytest.fixture(scope="module")
def written(deployed: Deployment) -> Written:
    """The logs after requests of every kind, good and bad."""
    acme = deployed.tenant("acme")
    customer = acme.people["customer"][0]
    invoice = {"id": acme.invoices[0].global_id}
    new = {"email": SECRET_EMAIL, "username": "zaphod", "displayName": SECRET_NAME}
    good = {who: actor(who)(deployed) or "" for who in (STAFF, ADMIN, "platform")}
    bad = [actor(STAFF, expires_in=-3600)(deployed) or "", "no-token-at-all"]
    sent = {
        "read": post(deployed, GRAPHQL, good[STAFF], INVOICE, invoice),
        "search": post(deployed, GRAPHQL, good[STAFF], USER_BY_EMAIL, {"email": customer.email}),
        "create": post(deployed, GRAPHQL, good[ADMIN], CREATE_USER, {"input": new}),
        "again": post(deployed, GRAPHQL, good[ADMIN], CREATE_USER, {"input": new}),
        "invalid": post(deployed, GRAPHQL, good[STAFF], "{ " + SECRET_NAME.split()[0] + " }"),
        "bad id": post(deployed, GRAPHQL, good[STAFF], INVOICE, {"id": SECRET_NAME}),
        "operator": post(deployed, PLATFORM, good["platform"], TENANT, {"id": "acme"}),
    }
    for token in bad:
        assert post(deployed, GRAPHQL, token, ORGANISATION).status_code == 403
    secrets = [
        *(SECRET_NAME, SECRET_NAME.split()[0], SECRET_EMAIL, PLANTED),
        *(customer.email, customer.name, acme.name, acme.invoices[0].id[-10:]),
    ]
    return Written(
        lines=_all_lines(deployed, sent["operator"].headers["x-request-id"]),
        tokens=[*good.values(), *bad],
        secrets=secrets,
        request_ids={name: answer.headers["x-request-id"] for name, answer in sent.items()},
    )


def _all_lines(deployed: Deployment, awaited: str) -> dict[str, list[str]]:
    """Every line there is, once the last request is among them."""
    end = time.monotonic() + PATIENCE
    while True:
        lines = {name: _lines(deployed, name) for name in FUNCTIONS}
        if any(awaited in line for line in lines["platform"]):
            return lines
        assert time.monotonic() < end, lines
        time.sleep(0.1)


def _lines(deployed: Deployment, function: str) -> list[str]:
    pages = deployed.stack.cloud.client("logs").get_paginator("filter_log_events")
    return [
        event.get("message", "")
        for page in pages.paginate(logGroupName=deployed.stack.log_group(function))
        for event in page["events"]
    ]


@pytest.mark.parametrize("function", ["graphql", "platform", "authorizer"])
def test_each_function_logs(function: str, written: Written) -> None:
    assert any('"level":"INFO"' in line for line in written.lines[function])


def test_no_line_holds_a_token(written: Written) -> None:
    parts = [part for token in written.tokens for part in (token, *token.split("."))]
    # A token's head says only how it is signed, but nothing of a token has to be there.
    found = [(part, line) for part in parts for line in _every(written) if part and part in line]
    assert found == []


def test_no_line_holds_content(written: Written) -> None:
    found = [
        (secret, line) for secret in written.secrets for line in _every(written) if secret in line
    ]
    assert found == []


@pytest.mark.parametrize("name", ["read", "search", "create", "again", "bad id"])
def test_a_request_is_logged_with_its_tenant(name: str, written: Written) -> None:
    (line,) = (
        line for line in written.requests() if line["request_id"] == written.request_ids[name]
    )
    assert line["tenant"] == "acme"
    assert line["subject"]
    assert line["status"] == 200
    assert line["operation"] in {"Invoice", "UserByEmail", "CreateUser"}


def test_an_invalid_request_is_logged_with_its_code(written: Written) -> None:
    (line,) = (
        line for line in written.requests() if line["request_id"] == written.request_ids["invalid"]
    )
    assert (line["tenant"], line["code"]) == ("acme", "BAD_USER_INPUT")


def test_a_refusal_says_why_and_not_whom(written: Written) -> None:
    refused = [json.loads(line) for line in written.lines["authorizer"] if "refused" in line]
    assert {"ExpiredSignatureError", "DecodeError"} <= {line["reason"] for line in refused}
    known = {"level", "location", "message", "timestamp", "service", "xray_trace_id", "reason"}
    assert {key for line in refused for key in line} <= known


def _every(written: Written) -> Iterator[str]:
    for lines in written.lines.values():
        yield from lines
