"""Tokens that were given up: refused, whatever their signature, and while nobody can tell."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest

from local.issuer import Issuer
from tenantql.table.errors import AccessDenied, Unavailable
from tenantql.tenancy.revocation import RevokedCopy
from tests.unit.builders import AT, Scripted, holding
from tests.unit.functions.authorizing import HOUR, NOW, REFUSED, bearer, load, settings
from tests.unit.functions.key_server import key_server
from tests.unit.functions.loading import Log


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
