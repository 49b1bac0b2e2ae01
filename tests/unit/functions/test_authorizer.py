"""The authorizer: a good token is an identity; for every other one nobody is let in."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import ModuleType
from typing import Any

import pytest
from joserfc import jwt

from local.issuer import Issuer, serving
from tests.unit.functions.key_server import KeyServer, key_server
from tests.unit.functions.loading import ENVIRONMENT, Log, load

REFUSED = {"isAuthorized": False}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving(audience="tests") as served:
        yield served


def settings(issuer: Issuer, jwks_uri: str | None = None) -> dict[str, str]:
    return {
        **ENVIRONMENT,
        "TENANTQL_ISSUER": issuer.url,
        "TENANTQL_JWKS_URI": jwks_uri or issuer.jwks_uri,
    }


@pytest.fixture(scope="module")
def loaded(issuer: Issuer) -> ModuleType:
    return load("authorizer", settings(issuer))


@pytest.fixture
def log(loaded: ModuleType) -> Log:
    return Log(loaded._logger)


def ask(module: ModuleType, authorization: object) -> Any:
    event: dict[str, Any] = {"version": "2.0", "type": "REQUEST", "identitySource": [authorization]}
    return module.handler(event, None)


def bearer(module: ModuleType, token: str) -> Any:
    return ask(module, f"Bearer {token}")


def test_a_member_of_a_tenant(loaded: ModuleType, issuer: Issuer, log: Log) -> None:
    token = issuer.token("acme", "01USER", ["staff", "customer"])
    assert bearer(loaded, token) == {
        "isAuthorized": True,
        "context": {"tenant": "acme", "subject": "01USER", "roles": "customer,staff"},
    }
    assert log.text == ""


def test_an_operator(loaded: ModuleType, issuer: Issuer) -> None:
    assert bearer(loaded, issuer.token(None, "olga", ["platform"])) == {
        "isAuthorized": True,
        "context": {"tenant": "", "subject": "olga", "roles": "platform"},
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
        module = load("authorizer", settings(issuer, keys.url))
        assert bearer(module, elliptic.token("acme", "ada", []))["isAuthorized"] is True


HOUR = 3600
NOW = int(time.time())
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


def part(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def claims_of(issuer: Issuer) -> dict[str, Any]:
    return {
        "iss": issuer.url,
        "aud": "tests",
        "sub": "ada",
        "iat": NOW - 10,
        "exp": NOW + HOUR,
        "custom:tenant": "acme",
        "cognito:groups": ["admin"],
    }


def forged(issuer: Issuer, algorithm: object, kid: object, key: bytes = b"") -> str:
    """A token with every right claim, not signed or signed with an HMAC."""
    signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': kid})}.{part(claims_of(issuer))}"
    signature = urlsafe_b64encode(hmac.digest(key, signed.encode(), sha256)) if key else b""
    return f"{signed}.{signature.rstrip(b'=').decode()}"


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


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with key_server() as served:
        yield served


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (404, b"not found"),
        (302, b""),
        (200, b""),
        (200, b"<html>"),
        (200, b"\xff"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": "a"}'),
    ],
)
def test_without_keys_nobody_is_let_in_until_they_are_there(
    issuer: Issuer, keys: KeyServer, status: int, body: bytes
) -> None:
    module = load("authorizer", settings(issuer, keys.url))
    log = Log(module._logger)
    token = issuer.token("acme", "ada", ["admin"])
    keys.status, keys.body = status, body
    assert bearer(module, token) == REFUSED
    (line,) = log.lines
    assert line["message"] == "refused"
    keys.status, keys.body = 200, json.dumps(issuer.jwks()).encode()
    assert bearer(module, token)["isAuthorized"] is True


def test_a_secret_among_the_published_keys_signs_nothing(issuer: Issuer, keys: KeyServer) -> None:
    secret = b"published by mistake, and long enough"
    key = {"kty": "oct", "kid": "a", "k": urlsafe_b64encode(secret).rstrip(b"=").decode()}
    keys.body = json.dumps({"keys": [key]}).encode()
    module = load("authorizer", settings(issuer, keys.url))
    assert bearer(module, forged(issuer, "HS256", "a", secret)) == REFUSED
    assert keys.asked == 1


def test_a_server_of_keys_that_is_not_there(issuer: Issuer) -> None:
    with key_server() as gone:
        url = gone.url
    module = load("authorizer", settings(issuer, url))
    log = Log(module._logger)
    assert bearer(module, issuer.token("acme", "ada", ["admin"])) == REFUSED
    assert [line["reason"] for line in log.lines] == ["PyJWKClientConnectionError"]


def test_keys_are_read_once(issuer: Issuer, keys: KeyServer) -> None:
    keys.body = json.dumps(issuer.jwks()).encode()
    module = load("authorizer", settings(issuer, keys.url))
    for subject in ("ada", "bob"):
        assert bearer(module, issuer.token("acme", subject, []))["isAuthorized"] is True
    unknown = Issuer(issuer.url, audience="tests").token("acme", "eve", [])
    for _ in range(3):
        assert bearer(module, unknown) == REFUSED
    assert keys.asked <= 2, "unknown keys do not make a request each"
