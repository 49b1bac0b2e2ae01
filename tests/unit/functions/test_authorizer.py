"""The authorizer: a good token is an identity; for every other one nobody is let in."""

import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest
from joserfc import jwt

from local.issuer import Issuer
from tenantql.tenancy.revocation import LONGEST_LIFE
from tests.unit.functions.authorizing import (
    HOUR,
    NOW,
    REFUSED,
    ask,
    bearer,
    claims_of,
    forged,
    load,
    part,
    settings,
)
from tests.unit.functions.key_server import key_server
from tests.unit.functions.loading import Log


@pytest.fixture(scope="module")
def loaded(issuer: Issuer) -> ModuleType:
    return load(settings(issuer))


@pytest.fixture
def log(loaded: ModuleType) -> Log:
    return Log(loaded._logger)


def test_a_member_of_a_tenant(loaded: ModuleType, issuer: Issuer, log: Log) -> None:
    token = issuer.token("acme", "01USER", ["staff", "customer"], claims={"jti": "t-1"})
    assert bearer(loaded, token) == {
        "isAuthorized": True,
        "context": {
            "tenant": "acme",
            "subject": "01USER",
            "roles": "customer,staff",
            "token": "t-1",
        },
    }
    assert log.text == ""


def test_an_operator(loaded: ModuleType, issuer: Issuer) -> None:
    token = issuer.token(None, "olga", ["platform"], claims={"jti": "t-1"})
    assert bearer(loaded, token) == {
        "isAuthorized": True,
        "context": {"tenant": "", "subject": "olga", "roles": "platform", "token": "t-1"},
    }


def test_a_claim_names_the_user(loaded: ModuleType, issuer: Issuer) -> None:
    token = issuer.token("acme", "an-account", ["customer"], claims={"custom:user": "01USER"})
    assert bearer(loaded, token)["context"]["subject"] == "01USER"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_in_any_case(loaded: ModuleType, issuer: Issuer, scheme: str) -> None:
    assert ask(loaded, f"{scheme} {issuer.token('acme', 'ada', [])}")["isAuthorized"] is True


def test_a_token_that_expired_within_the_leeway(loaded: ModuleType, issuer: Issuer) -> None:
    assert bearer(loaded, issuer.token("acme", "ada", [], expires_in=-5))["isAuthorized"] is True


def test_another_algorithm_of_public_keys(issuer: Issuer) -> None:
    elliptic = Issuer(issuer.url, audience="tests", algorithm="ES256")
    with key_server() as keys:
        keys.body = json.dumps(elliptic.jwks()).encode()
        module = load(settings(issuer, keys.url))
        assert bearer(module, elliptic.token("acme", "ada", []))["isAuthorized"] is True


WRONG: Mapping[str, dict[str, Any]] = {
    "expired": {"expires_in": -60},
    "issued in the future": {"claims": {"iat": NOW + HOUR}},
    "not yet valid": {"claims": {"nbf": NOW + HOUR}},
    "of another issuer": {"issuer": "https://issuer.example"},
    "of an issuer that starts alike": {"claims": {"iss": "http://127.0.0.1"}},
    "for another audience": {"audience": "another"},
    "without an expiry": {"claims": {"exp": None}},
    "without an issue time": {"claims": {"iat": None}},
    "without a subject": {"claims": {"sub": None}},
    "without an issuer": {"claims": {"iss": None}},
    "without an audience": {"claims": {"aud": None}},
    "without a tenant": {"tenant": None},
    "with an empty tenant": {"tenant": ""},
    "of a tenant that is a pattern": {"tenant": "*"},
    "of a tenant with a delimiter": {"tenant": "acme#eu"},
    "of several tenants": {"claims": {"custom:tenant": ["acme", "globex"]}},
    "of an operator with a tenant": {"roles": ["platform"]},
    "with roles as text": {"claims": {"cognito:groups": "admin"}},
    "with an empty subject": {"claims": {"sub": ""}},
    "with a number for a subject": {"claims": {"sub": 7}},
    "with an empty user": {"claims": {"custom:user": ""}},
    "with a list of users": {"claims": {"custom:user": ["a"]}},
    "issued too long ago": {"claims": {"iat": NOW - int(LONGEST_LIFE.total_seconds()) - HOUR}},
    "of an operator, issued too long ago": {
        "tenant": None,
        "roles": ["platform"],
        "claims": {"iat": NOW - int(LONGEST_LIFE.total_seconds()) - HOUR},
    },
    "with text for an expiry": {"claims": {"exp": "never"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_wrong(loaded: ModuleType, issuer: Issuer, log: Log, wrong: str) -> None:
    right: dict[str, Any] = {"tenant": "acme", "subject": "ada", "roles": ["admin"]}
    token = issuer.token(**{**right, **WRONG[wrong]})
    assert bearer(loaded, token) == REFUSED
    (line,) = log.lines
    assert (line["level"], line["message"]) == ("INFO", "refused")
    assert line["reason"]
    assert not any(part in log.text for part in token.split("."))


def test_roles_that_are_lists_grant_nothing(loaded: ModuleType, issuer: Issuer) -> None:
    token = issuer.token("acme", "ada", [], claims={"cognito:groups": [["admin"], {"a": 1}, 7]})
    assert bearer(loaded, token)["context"]["roles"] == ""


def test_a_token_without_a_signature(loaded: ModuleType, issuer: Issuer) -> None:
    for algorithm in ("none", "None", "NONE", "", None, ["RS256"], 7):
        assert bearer(loaded, forged(issuer, algorithm, issuer._key.kid)) == REFUSED
    assert bearer(loaded, forged(issuer, "RS256", issuer._key.kid)) == REFUSED


def test_a_token_signed_with_the_public_key_as_a_secret(loaded: ModuleType, issuer: Issuer) -> None:
    pem = issuer._key.as_pem(private=False)
    for secret in (pem, pem.strip(), json.dumps(issuer.jwks()["keys"][0]).encode()):
        for algorithm in ("HS256", "RS256"):
            assert bearer(loaded, forged(issuer, algorithm, issuer._key.kid, secret)) == REFUSED


def test_a_token_of_another_key_with_the_same_name(loaded: ModuleType, issuer: Issuer) -> None:
    other = Issuer(issuer.url, audience="tests")
    header = {"alg": "RS256", "kid": issuer._key.kid}
    token = jwt.encode(header, claims_of(issuer), other._key)
    assert bearer(loaded, token) == REFUSED
    assert bearer(loaded, jwt.encode(header, claims_of(issuer), issuer._key))["isAuthorized"]


def test_a_token_of_a_key_that_is_not_published(
    loaded: ModuleType, issuer: Issuer, log: Log
) -> None:
    other = Issuer(issuer.url, audience="tests")
    assert bearer(loaded, other.token("acme", "ada", ["admin"])) == REFUSED
    assert [line["level"] for line in log.lines] == ["INFO"]


def test_a_token_whose_claims_were_changed(loaded: ModuleType, issuer: Issuer) -> None:
    header, _, signature = issuer.token("acme", "ada", ["customer"]).split(".")
    assert bearer(loaded, f"{header}.{part(claims_of(issuer))}.{signature}") == REFUSED


GARBAGE = [
    *("", " ", "Bearer", "Bearer ", "Basic YTpi", "eyJ.eyJ.eyJ", "Bearer a", "Bearer a.b.c"),
    *("Bearer ...", "Bearer é.é.é", "Bearer \ud800", "Bearer " + "a" * 20_000, "Bearer a b c"),
]


@pytest.mark.parametrize("authorization", GARBAGE)
def test_garbage(loaded: ModuleType, log: Log, authorization: str) -> None:
    assert ask(loaded, authorization) == REFUSED
    (line,) = log.lines
    assert line["message"] == "refused"


@pytest.mark.parametrize("header", [[], 5, None, {"alg": "RS256"}, {"alg": "RS256", "kid": 7}])
def test_a_header_that_is_none(loaded: ModuleType, issuer: Issuer, header: object) -> None:
    assert bearer(loaded, f"{part(header)}.{part(claims_of(issuer))}.AA") == REFUSED


@pytest.mark.parametrize("event", [{}, {"identitySource": None}, {"identitySource": []}])
def test_no_header(loaded: ModuleType, log: Log, event: dict[str, Any]) -> None:
    assert loaded.handler(event, None) == REFUSED
    assert [line["reason"] for line in log.lines] == ["Unauthenticated"]
