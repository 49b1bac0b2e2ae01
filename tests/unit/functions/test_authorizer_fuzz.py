"""Tokens and events of every kind: nobody is let in by accident, and nothing is raised.

`FUZZ_CASES=20000 .venv/bin/pytest tests/unit/functions/test_authorizer_fuzz.py` tries more of each.
"""

import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc import jwt

from local.issuer import Issuer, serving
from tenantql.table.access import Access
from tenantql.tenancy.identity import Identity
from tests.unit.builders import CREDENTIALS, holding
from tests.unit.functions import loading
from tests.unit.functions.loading import ENVIRONMENT, Log

REFUSED = {"isAuthorized": False}
NOW = int(time.time())
CASES = int(os.environ.get("FUZZ_CASES", "200"))
more = settings(max_examples=CASES)


class Door:
    """The authorizer beside a control table without revocations, and its log."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        own = {"TENANTQL_ISSUER": issuer.url, "TENANTQL_JWKS_URI": issuer.jwks_uri}
        self.module: Any = loading.load("authorizer", {**ENVIRONMENT, **own})
        self.module._transport = holding()
        self.module._access = _access

    def ask(self, authorization: str) -> Any:
        """The answer to a header. That it is wrong, however wrong, is foreseen: no defect."""
        log = Log(self.module._logger)
        event = {"version": "2.0", "type": "REQUEST", "identitySource": [authorization]}
        answer = self.module.handler(event, None)
        assert '"level":"ERROR"' not in log.text
        return answer


def _access(tenant: str) -> Access:
    return Access("shop-control", f"REVOKED#{tenant}#", CREDENTIALS)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with serving(audience="tests") as issuer:
        yield Door(issuer)


text = st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)
CLAIMS = ("iss", "aud", "sub", "iat", "exp", "nbf", "jti", "custom:tenant", "custom:user")
claims = st.dictionaries(
    st.sampled_from([*CLAIMS, "cognito:groups", "crit"]),
    values
    | st.sampled_from(["acme", "acme#eu", "*", "", "platform", ["platform"], ["admin"], NOW + 60])
    | st.sampled_from([10**30, -1, 2**63, 1e308, True]),
    min_size=1,
    max_size=4,
)
heads = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "b64", "zip", "enc"]),
    values | st.sampled_from(["none", "None", "HS256", "RS256", "ES256", "EdDSA", "RS512", "dir"]),
    max_size=4,
)


def part(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def good_claims(issuer: Issuer) -> dict[str, Any]:
    return {
        "iss": issuer.url,
        "aud": "tests",
        "sub": "ada",
        "iat": NOW - 10,
        "exp": NOW + 3600,
        "custom:tenant": "acme",
        "cognito:groups": ["admin"],
    }


headers = st.one_of(
    text,
    st.text().map(lambda value: f"Bearer {value}"),
    st.lists(st.text("abcXYZ019-_=", max_size=30), max_size=6).map(
        lambda parts: f"Bearer {'.'.join(parts)}"
    ),
    st.integers(1, 40).map(lambda size: f"Bearer {'A' * size * 1000}.{'A' * size}.AA"),
    st.integers(1, 20_000).map(lambda dots: "Bearer " + "." * dots),
)


@more
@given(headers)
def test_what_is_no_token(door: Door, authorization: str) -> None:
    assert door.ask(authorization) == REFUSED


@more
@given(st.dictionaries(st.sampled_from(["identitySource", "headers", "type"]), values) | values)
def test_what_is_no_event_of_the_gateway(door: Door, event: Any) -> None:
    assert door.module.handler(event, None) == REFUSED


@more
@given(heads, st.binary(max_size=300), st.booleans())
def test_the_right_claims_under_any_head(
    door: Door, head: dict[str, Any], signature: bytes, known: bool
) -> None:
    """Nothing but the issuer's own signature counts, whatever a head says of it."""
    named = {**head, "kid": door.issuer._key.kid} if known else head
    signed = urlsafe_b64encode(signature).rstrip(b"=").decode()
    token = f"{part(named)}.{part(good_claims(door.issuer))}.{signed}"
    assert door.ask(f"Bearer {token}") == REFUSED


@more
@given(st.integers(0), st.sampled_from("ABab01-_.=é "), st.booleans())
def test_a_good_token_with_a_character_changed(door: Door, at: int, put: str, added: bool) -> None:
    token = door.issuer.token("acme", "ada", ["admin"])
    # Of the last character some bits stand for nothing.
    place = at % (len(token) - 1)
    changed = token[:place] + put + token[place + (not added) :]
    assume(changed != token)
    assert door.ask(f"Bearer {changed}") == REFUSED


@more
@given(claims)
def test_whatever_a_signed_token_claims(door: Door, changed: dict[str, Any]) -> None:
    """The issuer is trusted with who somebody is, and with nothing that is not of that form."""
    said = {**good_claims(door.issuer), **changed}
    key = door.issuer._key
    found = door.ask(f"Bearer {jwt.encode({'alg': 'RS256', 'kid': key.kid}, said, key)}")
    if found == REFUSED:
        return
    assert said["iss"] == door.issuer.url
    assert said["aud"] == "tests" or "tests" in said["aud"]
    assert said["exp"] > NOW - 31
    assert NOW - 25 * 3600 < said["iat"] <= NOW + 120
    event: dict[str, Any] = {"requestContext": {"authorizer": {"lambda": found["context"]}}}
    who = Identity.from_event(event)
    assert who.tenant == said["custom:tenant"]
    assert who.subject == said.get("custom:user", said["sub"])
    assert all(role in said["cognito:groups"] for role in who.roles)
    assert all(isinstance(value, str) for value in found["context"].values())
