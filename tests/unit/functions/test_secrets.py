"""Planted secrets at DEBUG: what the functions write shows nothing of tokens, requests or items."""

import json
import logging
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

import pytest

from local.issuer import serving
from tenantql.tenancy.identity import Role
from tests.unit.builders import identity, organisation, stored
from tests.unit.functions import loading
from tests.unit.functions.loading import ENVIRONMENT
from tests.unit.functions.test_stream import record
from tests.unit.http.events import posted
from tests.unit.http.site import Runtime

SECRET: Final = "s3cret"
DEBUG: Final = {
    **ENVIRONMENT,
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "AWS_ACCESS_KEY_ID": f"AKID{SECRET}",
    "AWS_SECRET_ACCESS_KEY": f"{SECRET}-key",
    "AWS_SESSION_TOKEN": f"{SECRET}-session",
    # Nobody listens there: what needs data meets a failure.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


def load(name: str, monkeypatch: pytest.MonkeyPatch, **changed: str) -> ModuleType:
    for variable, value in {**DEBUG, **changed}.items():
        monkeypatch.setenv(variable, value)
    return loading.load(name, {**DEBUG, **changed})


@pytest.fixture
def assert_clean(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[..., None]:
    """Asserts that something was written, and that no secret is in it."""
    caplog.set_level(logging.DEBUG)

    def clean(*secrets: str) -> None:
        printed = capsys.readouterr()
        written = printed.out + printed.err + caplog.text
        assert printed.out.strip()
        assert [secret for secret in (SECRET, *secrets) if secret in written] == []

    return clean


type Clean = Callable[..., None]


@pytest.mark.parametrize(
    ("function", "role", "text"),
    [
        ("graphql", Role.ADMIN, '{ userByUsername(username: "s3cret") { email } }'),
        ("graphql", Role.ADMIN, "{ s3cret }"),
        ("platform", Role.PLATFORM, '{ tenant(id: "s3cret") { id } }'),
        ("platform", Role.PLATFORM, "{ s3cret }"),
    ],
)
def test_endpoints(
    function: str, role: Role, text: str, monkeypatch: pytest.MonkeyPatch, assert_clean: Clean
) -> None:
    module = load(function, monkeypatch)
    who = identity(role, tenant=None if role is Role.PLATFORM else "acme")
    found = posted(text, variables={"a": SECRET}, identity=who)
    found["headers"] |= {"authorization": f"Bearer {SECRET}", "cookie": SECRET}
    answer = module.handler(found, Runtime(left=700))
    assert "errors" in json.loads(answer["body"])
    assert_clean()


def test_the_authorizer(monkeypatch: pytest.MonkeyPatch, assert_clean: Clean) -> None:
    with serving(audience="tests") as issuer:
        urls = {"TENANTQL_ISSUER": issuer.url, "TENANTQL_JWKS_URI": issuer.jwks_uri}
        module = load("authorizer", monkeypatch, **urls)
        claims: Mapping[str, Any] = {"jti": SECRET, "email": SECRET, "custom:user": SECRET}
        good = issuer.token("acme", SECRET, ["staff"], claims=dict(claims))
        for token in (SECRET, f"Bearer {SECRET}", f"Bearer {good}", f"Bearer {good}{SECRET}"):
            event = {"version": "2.0", "type": "REQUEST", "identitySource": [token]}
            assert module.handler(event, None) == {"isAuthorized": False}
    assert_clean(*good.split("."))


def test_the_stream(monkeypatch: pytest.MonkeyPatch, assert_clean: Clean) -> None:
    module = load("stream", monkeypatch)
    item = stored(organisation()) | {"name": {"S": SECRET}, "GSI1PK": {"S": f"TENANT#x#{SECRET}"}}
    records = [record(1, item), record(2, {"SK": {"S": SECRET}}), record(3, {SECRET: {"S": "a"}})]
    module.handler({"Records": records}, None)
    assert_clean()
