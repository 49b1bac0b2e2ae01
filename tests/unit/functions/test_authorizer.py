"""The authorizer: a good token is an identity; for every other one nobody is let in."""

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from joserfc import jwt
from jwt import jwk_set_cache

from local.issuer import Issuer, serving
from tenantql.table.access import Access
from tenantql.table.errors import AccessDenied, Unavailable
from tenantql.tenancy.revocation import LONGEST_LIFE, RevokedCopy
from tests.unit.builders import AT, CREDENTIALS, Scripted, holding
from tests.unit.functions import loading
from tests.unit.functions.key_server import KeyServer, key_server
from tests.unit.functions.loading import ENVIRONMENT, Log

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


def load(environment: Mapping[str, str], *revoked: RevokedCopy) -> ModuleType:
    """The authorizer, beside a control table with these revocations."""
    module: Any = loading.load("authorizer", environment)
    module._transport = holding(*revoked)
    module._access = lambda tenant: Access("shop-control", f"REVOKED#{tenant}#", CREDENTIALS)  # pyright: ignore[reportUnknownLambdaType]
    return module


@pytest.fixture(scope="module")
def loaded(issuer: Issuer) -> ModuleType:
    return load(settings(issuer))


@pytest.fixture
def log(loaded: ModuleType) -> Log:
    return Log(loaded._logger)


def ask(module: ModuleType, authorization: object) -> Any:
    event: dict[str, Any] = {"version": "2.0", "type": "REQUEST", "identitySource": [authorization]}
    return module.handler(event, None)


def bearer(module: ModuleType, token: str) -> Any:
    return ask(module, f"Bearer {token}")


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
    module = load(settings(issuer, keys.url))
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
    module = load(settings(issuer, keys.url))
    assert bearer(module, forged(issuer, "HS256", "a", secret)) == REFUSED
    assert keys.asked == 1


def test_a_server_of_keys_that_is_not_there(issuer: Issuer) -> None:
    with key_server() as gone:
        url = gone.url
    module = load(settings(issuer, url))
    log = Log(module._logger)
    assert bearer(module, issuer.token("acme", "ada", ["admin"])) == REFUSED
    assert [line["reason"] for line in log.lines] == ["PyJWKClientConnectionError"]


def test_keys_are_read_once(issuer: Issuer, keys: KeyServer) -> None:
    keys.body = json.dumps(issuer.jwks()).encode()
    module = load(settings(issuer, keys.url))
    for subject in ("ada", "bob"):
        assert bearer(module, issuer.token("acme", subject, []))["isAuthorized"] is True
    unknown = Issuer(issuer.url, audience="tests").token("acme", "eve", [])
    for _ in range(3):
        assert bearer(module, unknown) == REFUSED
    assert keys.asked <= 2, "unknown keys do not make a request each"


def test_a_key_that_its_issuer_has_withdrawn_signs_nothing_more(
    issuer: Issuer, keys: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.body = json.dumps(issuer.jwks()).encode()
    module = load(settings(issuer, keys.url))
    token = issuer.token("acme", "ada", ["admin"])
    assert bearer(module, token)["isAuthorized"] is True
    keys.body = json.dumps(Issuer(issuer.url, audience="tests").jwks()).encode()
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 5 * 60)
    monkeypatch.setattr(jwk_set_cache, "time", later)
    assert bearer(module, token) == REFUSED


def revoked(subject: str = "ada", tenant: str = "acme", **changed: Any) -> RevokedCopy:
    values: dict[str, Any] = {"created_at": AT, "version": 1, "expires_at": 2**33, **changed}
    return RevokedCopy(tenant=tenant, subject=subject, **values)


def token_of(issuer: Issuer, jti: object = "t-1", tenant: str = "acme", **claims: Any) -> str:
    return issuer.token(tenant, "ada", ["customer"], claims={"jti": jti, **claims})


def test_a_token_that_was_given_up_is_refused_and_no_other(issuer: Issuer) -> None:
    module = load(settings(issuer), revoked(token_ids=frozenset({"t-1", "t-2"})))
    log = Log(module._logger)
    assert bearer(module, token_of(issuer)) == REFUSED
    assert [(line["level"], line["reason"]) for line in log.lines] == [("INFO", "Unauthenticated")]
    assert bearer(module, token_of(issuer, "t-3"))["isAuthorized"] is True
    assert bearer(module, token_of(issuer, tenant="acme-eu"))["isAuthorized"] is True


@pytest.mark.parametrize(("later", "good"), [(-HOUR, False), (0, False), (1, True)])
def test_all_tokens_of_before_a_time_are_refused(issuer: Issuer, later: int, good: bool) -> None:
    module = load(settings(issuer), revoked(not_before=NOW - 10))
    assert bearer(module, token_of(issuer, iat=NOW - 10 + later))["isAuthorized"] is good


def test_a_revocation_that_has_expired_counts_no_more(issuer: Issuer) -> None:
    module = load(settings(issuer), revoked(not_before=NOW, expires_at=NOW - 10))
    assert bearer(module, token_of(issuer))["isAuthorized"] is True


@pytest.mark.parametrize("jti", [None, "", "t" * 65, "t\u00e9"])
def test_a_token_without_an_id_has_a_digest_that_its_signature_does_not_change(
    issuer: Issuer, jti: object
) -> None:
    elliptic = Issuer(issuer.url, audience="tests", algorithm="ES256")
    with key_server() as keys:
        keys.body = json.dumps(elliptic.jwks()).encode()
        module: Any = load(settings(issuer, keys.url))
        token = token_of(elliptic, jti)
        found = bearer(module, token)["context"]["token"]
        assert found == sha256(token.rpartition(".")[0].encode()).hexdigest()
        module._transport = holding(revoked(token_ids=frozenset({found})))
        assert bearer(module, token) == REFUSED
        assert bearer(module, other_signature(token)) == REFUSED


P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def other_signature(token: str) -> str:
    """The same token with the other of the two signatures that are right: (r, n - s)."""
    signed, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    s = P256 - int.from_bytes(raw[32:])
    made = urlsafe_b64encode(raw[:32] + s.to_bytes(32)).rstrip(b"=").decode()
    assert made != signature
    return f"{signed}.{made}"


def test_the_other_signature_is_right_as_well(issuer: Issuer) -> None:
    elliptic = Issuer(issuer.url, audience="tests", algorithm="ES256")
    with key_server() as keys:
        keys.body = json.dumps(elliptic.jwks()).encode()
        module = load(settings(issuer, keys.url))
        assert bearer(module, other_signature(token_of(elliptic)))["isAuthorized"] is True


def test_one_read_tells_and_an_operator_has_nothing_to_read(issuer: Issuer) -> None:
    module: Any = load(settings(issuer))
    assert bearer(module, token_of(issuer))["isAuthorized"] is True
    (call,) = module._transport.calls
    assert (call.operation, call.parameters["TableName"]) == ("GetItem", "shop-control")
    assert call.parameters["Key"] == {"PK": {"S": "REVOKED#acme#ada"}, "SK": {"S": "REVOKED"}}
    assert call.parameters["ConsistentRead"] is True
    assert bearer(module, issuer.token(None, "olga", ["platform"]))["isAuthorized"] is True
    assert bearer(module, issuer.token("acme", "ada", [], audience="other")) == REFUSED
    assert len(module._transport.calls) == 1, "only a token that is good is looked up"


@pytest.mark.parametrize("error", [Unavailable("gone"), AccessDenied("no"), KeyError("a defect")])
def test_nobody_is_let_in_while_revocations_cannot_be_read(
    issuer: Issuer, error: Exception
) -> None:
    module: Any = load(settings(issuer))

    def fail(_call: object) -> Any:
        raise error

    module._transport = Scripted(fail)
    log = Log(module._logger)
    assert bearer(module, token_of(issuer)) == REFUSED
    assert [line["level"] for line in log.lines] == ["ERROR"]
