"""The local issuer, read by an independent library."""

import urllib.error
import urllib.request
from typing import Any, Literal

import jwt
import pytest

from local.issuer import CONFIGURATION_PATH, Issuer, serving


def decoded(issuer: Issuer, token: str, **options: Any) -> dict[str, Any]:
    key_set = jwt.PyJWKSet.from_dict(issuer.jwks())
    key = key_set[jwt.get_unverified_header(token)["kid"]]
    given: dict[str, Any] = {"audience": issuer.audience, "issuer": issuer.url}
    return jwt.decode(token, key, algorithms=["RS256", "ES256"], **given | options)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_names_tenant_subject_and_roles(algorithm: Literal["RS256", "ES256"]) -> None:
    issuer = Issuer("http://127.0.0.1:1/", algorithm=algorithm)
    claims = decoded(issuer, issuer.token("acme", "ada", ["staff", "admin"], expires_in=60))
    assert claims["iss"] == "http://127.0.0.1:1"
    assert claims["sub"] == "ada"
    assert claims["custom:tenant"] == "acme"
    assert claims["cognito:groups"] == ["admin", "staff"]
    assert claims["exp"] - claims["iat"] == 60


def test_an_operator_has_no_tenant() -> None:
    issuer = Issuer("http://127.0.0.1:1")
    assert "custom:tenant" not in decoded(issuer, issuer.token(None, "op", ["platform"]))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"expires_in": -60}, jwt.ExpiredSignatureError),
        ({"audience": "another"}, jwt.InvalidAudienceError),
        ({"issuer": "http://another"}, jwt.InvalidIssuerError),
        ({"claims": {"aud": None}}, jwt.MissingRequiredClaimError),
    ],
)
def test_tokens_to_be_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    issuer = Issuer("http://127.0.0.1:1")
    with pytest.raises(error):
        decoded(issuer, issuer.token("acme", "ada", ["admin"], **changes))


def test_another_run_has_another_key() -> None:
    first, second = Issuer("http://127.0.0.1:1"), Issuer("http://127.0.0.1:1")
    with pytest.raises(KeyError):
        decoded(second, first.token("acme", "ada", ["admin"]))


def test_only_public_parts_are_published() -> None:
    for algorithm in ("RS256", "ES256"):
        (key,) = Issuer("http://127.0.0.1:1", algorithm=algorithm).jwks()["keys"]
        assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()


def test_served_over_http_while_the_block_runs() -> None:
    with serving() as issuer:
        token = issuer.token("acme", "ada", ["admin"])
        found = jwt.PyJWKClient(issuer.jwks_uri).get_signing_key_from_jwt(token)
        assert jwt.decode(token, found, algorithms=["RS256"], audience=issuer.audience)
        with urllib.request.urlopen(issuer.url + CONFIGURATION_PATH) as answer:
            assert issuer.jwks_uri in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(issuer.url + "/other")
        refused.value.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(issuer.jwks_uri)
