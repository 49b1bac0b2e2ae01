"""The function's own credentials, where Lambda puts them: in the environment, or, under SnapStart,
behind an address that the environment names.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

Profiles and the other sources of the SDKs are not looked at; botocore knows them.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import orjson

from tenantql.clones import forgets_in_clones
from tenantql.errors import SettingsError
from tenantql.table.access import Credentials
from tenantql.table.direct.conversations import converse
from tenantql.table.direct.endpoints import Endpoint
from tenantql.table.direct.http1 import Answer
from tenantql.table.direct.pool import Pool
from tenantql.table.errors import CredentialsMissing

RENEW_BEFORE: Final = timedelta(minutes=10)
TRY_AGAIN_AFTER: Final = timedelta(minutes=1)
"""If they could not be renewed, and are still good."""

ATTEMPTS: Final = 3
SECONDS: Final = 2.0
"""For one attempt."""

_RELATIVE: Final = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_FULL: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_CONTAINER: Final = "http://169.254.170.2"
_PLAIN_HOSTS: Final = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"})
"""Where a token may go over http, besides loopback addresses: what the SDKs allow."""


def has_own_credentials(environment: Mapping[str, str]) -> bool:
    """Whether the environment says where the function's own credentials are."""
    return any(environment.get(name) for name in ("AWS_ACCESS_KEY_ID", _RELATIVE, _FULL))


class OwnCredentials:
    """The credentials of the function's own role; calling it gives those of the moment.

    They are renewed before they expire, by one thread; the others go on with those that are still
    good. Raises CredentialsMissing if there are none.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._environment = environment
        self._now = now
        self._lock = threading.Lock()
        self._kept: Credentials | None = None
        self._renew_at = datetime.min.replace(tzinfo=UTC)
        forgets_in_clones(self)

    def __call__(self) -> Credentials:
        """The credentials of this moment."""
        if self._environment.get("AWS_ACCESS_KEY_ID"):
            return _from_environment(self._environment)
        kept, now = self._kept, self._now()
        if kept is not None and now < self._renew_at:
            return kept
        if kept is None or kept.expires_at is None or kept.expires_at <= now:
            with self._lock:
                return self._renewed(kept, now)
        if self._lock.acquire(blocking=False):
            try:
                return self._renewed(kept, now)
            except CredentialsMissing:
                self._renew_at = now + TRY_AGAIN_AFTER
            finally:
                self._lock.release()
        return kept

    def forget_all(self) -> None:
        """Has the credentials fetched again."""
        self._lock = threading.Lock()
        self._kept = None

    def _renewed(self, old: Credentials | None, now: datetime) -> Credentials:
        """New credentials, if nobody else has put any in the place of `old` meanwhile."""
        if self._kept is not None and self._kept is not old:
            return self._kept
        found, expires_at = _from_container(self._environment)
        if expires_at <= now:
            raise CredentialsMissing("the function's credentials have expired")
        self._kept, self._renew_at = found, expires_at - RENEW_BEFORE
        return found


def _from_environment(environment: Mapping[str, str]) -> Credentials:
    access_key, secret_key, token = (
        environment.get(name)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    )
    if not access_key or not secret_key:
        raise CredentialsMissing("the function has no credentials")
    return Credentials(access_key, secret_key, token or None)


def _from_container(environment: Mapping[str, str]) -> tuple[Credentials, datetime]:
    """Credentials, and when they expire. Raises CredentialsMissing."""
    relative = environment.get(_RELATIVE)
    url = _CONTAINER + relative if relative else environment.get(_FULL)
    if not url:
        raise CredentialsMissing("the function has no credentials")
    try:
        parts = urlsplit(url)
        endpoint = Endpoint.of(f"{parts.scheme}://{parts.netloc}")
        path = f"{parts.path or '/'}{parts.query and '?'}{parts.query}"
        request = _request(path, endpoint, _authorization(environment))
        return _credentials(_fetched(endpoint, environment.get("AWS_CA_BUNDLE"), request))
    except (SettingsError, OSError, ValueError, KeyError, TypeError) as error:
        raise CredentialsMissing("the function's credentials cannot be had") from error


def _authorization(environment: Mapping[str, str]) -> str:
    """What the server of the credentials knows this function by; nothing, if it needs nothing."""
    file = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    if file:
        from pathlib import Path  # noqa: PLC0415 - Lambda has no such file

        return Path(file).read_text(encoding="utf-8")
    return environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")


def _request(path: str, endpoint: Endpoint, authorization: str) -> bytes:
    """Raises ValueError for what must not be sent: a secret in plain, a header of two lines."""
    if not endpoint.tls and not _may_be_plain(endpoint.host):
        raise ValueError("credentials are not fetched from there without TLS")
    lines = [f"GET {path} HTTP/1.1", f"host:{endpoint.authority}", "accept:application/json"]
    if authorization:
        lines.append(f"authorization:{authorization}")
    if " " in path or not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError("a header has characters that it cannot have")
    return "\r\n".join([*lines, "", ""]).encode()


def _may_be_plain(host: str) -> bool:
    try:
        return host in _PLAIN_HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False


def _fetched(endpoint: Endpoint, ca_bundle: str | None, request: bytes) -> bytes:
    """The body of the answer, after a few attempts. Raises OSError."""
    pool = Pool(endpoint, ca_bundle)
    outcome: Answer | Exception | None = None
    try:
        for _ in range(ATTEMPTS):
            (outcome,) = converse([pool.ask(request, time.monotonic() + SECONDS)], 1)
            if isinstance(outcome, Answer) and outcome.status == 200:
                return outcome.body
    finally:
        pool.close()
    raise OSError("there was no answer") from (outcome if isinstance(outcome, Exception) else None)


def _credentials(body: bytes) -> tuple[Credentials, datetime]:
    """Raises ValueError, KeyError or TypeError for an answer that has no credentials."""
    found = orjson.loads(body)
    expires_at = datetime.fromisoformat(found["Expiration"])
    if expires_at.tzinfo is None:
        raise ValueError("nobody knows when these credentials expire")
    names = ("AccessKeyId", "SecretAccessKey", "Token")
    access_key, secret_key, token = (str(found[name]) for name in names)
    return Credentials(access_key, secret_key, token, expires_at), expires_at
