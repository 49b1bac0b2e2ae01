"""The issuer's keys: without them nobody is let in; they are read once, and not for ever."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from local.cloud.semantics.metrics import embedded_metrics
from local.issuer import Issuer
from tests.unit.functions.authorizing import REFUSED, bearer, forged, load, settings
from tests.unit.functions.key_server import KeyServer, key_server
from tests.unit.functions.loading import Log


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
    issuer: Issuer,
    keys: KeyServer,
    status: int,
    body: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = load(settings(issuer, keys.url))
    log = Log(module._logger)
    token = issuer.token("acme", "ada", ["admin"])
    keys.status, keys.body = status, body
    assert bearer(module, token) == REFUSED
    (line,) = log.lines
    assert line["message"] == "refused"
    # PyJWT says of JSON that is no object what it says of a key that is not in the set.
    failures = [] if body == b"[]" else [("AuthorizerFailures", (1.0,), {"service"})]
    told = embedded_metrics(capsys.readouterr().out)
    assert [(each.name, each.values, set(each.dimensions)) for each in told] == failures
    keys.status, keys.body = 200, json.dumps(issuer.jwks()).encode()
    assert bearer(module, token)["isAuthorized"] is True


def test_a_bad_token_is_no_failure_of_the_authorizer(
    issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load(settings(issuer))
    Log(module._logger)
    for token in (issuer.token("acme", "ada", [], expires_in=-3600), "no token", ""):
        assert bearer(module, token) == REFUSED
    assert capsys.readouterr().out == ""


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
    later = time.time() + 5 * 60
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: later))
    assert bearer(module, token) == REFUSED
