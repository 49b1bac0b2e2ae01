"""The function's own credentials: found, kept, renewed by one, and never guessed."""

import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenantql.table.access import Credentials
from tenantql.table.direct import own_credentials
from tenantql.table.direct.own_credentials import (
    ATTEMPTS,
    RENEW_BEFORE,
    TRY_AGAIN_AFTER,
    OwnCredentials,
    has_own_credentials,
)
from tenantql.table.errors import CredentialsMissing
from tests.unit.table.direct.server import LONG, Asked, Doing, End, Server, answer, serving

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LIFETIME = timedelta(hours=6)
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIDFUNCTION",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}


class Issuer:
    """What Lambda runs beside a function with SnapStart."""

    def __init__(self) -> None:
        self.now = START
        self.issued = 0
        self.failing: list[Doing] | None = None
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, asked: Asked) -> Iterable[Doing]:
        self.gate.wait(LONG)
        if self.failing is not None:
            return self.failing
        if asked.headers.get("authorization") != "the function's word":
            return [answer(b"who is it?", 401)]
        self.issued += 1
        return [answer(self.body())]

    def body(self, **changed: Any) -> dict[str, Any]:
        return {
            "AccessKeyId": f"AKID{self.issued}",
            "SecretAccessKey": "secret",
            "Token": f"token-{self.issued}",
            "Expiration": (self.now + LIFETIME).isoformat().replace("+00:00", "Z"),
        } | changed

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def server(issuer: Issuer) -> Iterator[Server]:
    with serving(issuer) as running:
        yield running


@pytest.fixture
def environment(server: Server) -> dict[str, str]:
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/2021-04-23/credentials?a=b",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the function's word",
    }


@pytest.fixture
def own(issuer: Issuer, environment: dict[str, str]) -> OwnCredentials:
    return OwnCredentials(environment, issuer.clock)


def test_they_are_in_the_environment() -> None:
    assert OwnCredentials(VARIABLES)() == Credentials("AKIDFUNCTION", "secret", "token")
    permanent = {name: VARIABLES[name] for name in list(VARIABLES)[:2]}
    assert OwnCredentials(permanent)() == Credentials("AKIDFUNCTION", "secret", None)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_ACCESS_KEY_ID": "AKIDFUNCTION"},
        {"AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"},
        {"AWS_PROFILE": "somebody"},
    ],
    ids=str,
)
def test_without_any_there_are_none(environment: dict[str, str]) -> None:
    with pytest.raises(CredentialsMissing, match="has no credentials"):
        OwnCredentials(environment)()


def test_they_are_fetched_from_where_the_environment_says(
    own: OwnCredentials, server: Server
) -> None:
    assert own() == Credentials("AKID1", "secret", "token-1", START + LIFETIME)
    (asked,) = server.asked
    assert asked.line == "GET /2021-04-23/credentials?a=b HTTP/1.1"
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"


def test_the_environment_comes_first(
    environment: dict[str, str], server: Server, issuer: Issuer
) -> None:
    own = OwnCredentials({**environment, **VARIABLES}, issuer.clock)
    assert own().access_key == "AKIDFUNCTION"
    assert server.asked == []


def test_the_word_may_be_in_a_file_that_changes(
    environment: dict[str, str], issuer: Issuer, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("an old word", encoding="utf-8")
    environment |= {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)}
    own = OwnCredentials(environment, issuer.clock)
    with pytest.raises(CredentialsMissing):
        own()
    file.write_text("the function's word", encoding="utf-8")
    assert own().access_key == "AKID1"


def test_they_are_kept_until_shortly_before_they_expire(
    own: OwnCredentials, issuer: Issuer
) -> None:
    first = own()
    issuer.now = START + LIFETIME - RENEW_BEFORE - timedelta(seconds=1)
    assert own() is first
    issuer.now += timedelta(seconds=1)
    assert own().access_key == "AKID2"
    assert issuer.issued == 2


def test_those_that_are_good_are_used_while_there_are_no_new_ones(
    own: OwnCredentials, issuer: Issuer, server: Server
) -> None:
    first = own()
    issuer.failing = [answer(b"later", 500)]
    issuer.now = START + LIFETIME - RENEW_BEFORE
    assert own() is first
    assert own() is first
    assert len(server.asked) == 1 + ATTEMPTS, "it is not tried again at each call"
    issuer.now += TRY_AGAIN_AFTER
    assert own() is first
    assert len(server.asked) == 1 + 2 * ATTEMPTS
    issuer.now = START + LIFETIME
    with pytest.raises(CredentialsMissing):
        own()
    issuer.failing = None
    assert own().access_key == "AKID2"


def test_several_threads_wait_for_one_flight(own: OwnCredentials, issuer: Issuer) -> None:
    issuer.gate.clear()
    found = list[Credentials]()
    threads = [threading.Thread(target=lambda: found.append(own())) for _ in range(5)]
    for thread in threads:
        thread.start()
    issuer.gate.set()
    for thread in threads:
        thread.join()
    assert [each.access_key for each in found] == ["AKID1"] * 5
    assert issuer.issued == 1


def test_nobody_waits_for_new_ones_while_the_old_are_good(
    own: OwnCredentials, issuer: Issuer
) -> None:
    first = own()
    issuer.now = START + LIFETIME - RENEW_BEFORE
    own._lock.acquire()  # by who renews them
    assert own() is first
    own._lock.release()
    assert own().access_key == "AKID2"


@pytest.mark.parametrize(
    "doing",
    [
        [End.CLOSE],
        [answer(b"no", 403)],
        [answer(b"not json")],
        [answer([])],
        [answer({})],
        [answer(Issuer().body(Expiration="soon"))],
        [answer(Issuer().body(Expiration="2027-01-01T00:00:00"))],
        [answer(Issuer().body(Expiration=None))],
        [answer(Issuer().body(Expiration="2026-11-21T09:30:00Z"))],
    ],
)
def test_an_answer_without_good_credentials_is_none(
    own: OwnCredentials, issuer: Issuer, doing: list[Doing]
) -> None:
    issuer.failing = doing
    with pytest.raises(CredentialsMissing) as raised:
        own()
    assert "secret" not in str(raised.value)


def test_a_server_that_does_not_answer_is_not_waited_for(
    own: OwnCredentials, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_credentials, "SECONDS", 0.02)
    issuer.failing = [LONG]
    with pytest.raises(CredentialsMissing):
        own()


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1/", "http://example.com/", "ftp://127.0.0.1/", "127.0.0.1", "http://x:y/"],
)
def test_a_secret_goes_nowhere_else_in_plain(url: str) -> None:
    with pytest.raises(CredentialsMissing) as raised:
        OwnCredentials({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url})()
    assert not isinstance(raised.value.__cause__, OSError), "it was not even tried"


@pytest.mark.parametrize("word", ["a\r\nhost: elsewhere", "a\nb", "wörd"])
def test_a_word_that_no_header_can_hold_is_not_sent(
    environment: dict[str, str], server: Server, issuer: Issuer, word: str
) -> None:
    environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = word
    with pytest.raises(CredentialsMissing):
        OwnCredentials(environment, issuer.clock)()
    assert server.asked == []


def test_a_relative_address_is_of_the_containers_host(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Any]()

    def fetched(endpoint: Any, _bundle: object, request: bytes) -> bytes:
        asked.append((endpoint.authority, request.split(b"\r\n")[0]))
        raise OSError

    monkeypatch.setattr(own_credentials, "_fetched", fetched)
    with pytest.raises(CredentialsMissing):
        OwnCredentials({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"})()
    assert asked == [("169.254.170.2", b"GET /v2/credentials/1 HTTP/1.1")]


@pytest.mark.parametrize(
    ("environment", "there"),
    [
        ({}, False),
        ({"AWS_PROFILE": "somebody"}, False),
        ({"AWS_ACCESS_KEY_ID": ""}, False),
        (VARIABLES, True),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1"}, True),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"}, True),
    ],
)
def test_an_environment_says_whether_it_has_any(environment: dict[str, str], there: bool) -> None:
    assert has_own_credentials(environment) is there
