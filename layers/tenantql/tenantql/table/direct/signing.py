"""Signature Version 4: a request's hash, signed with a key derived from the secret key.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

Deriving the key takes four of the five HMACs, and it is the same for a day, so it is kept.
"""

import hmac
import re
import time
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec

from tenantql.table.access import Credentials
from tenantql.table.errors import CredentialsMissing

KEPT: Final = 1024
"""Credentials whose key is kept. To derive one anew costs as much as a signature."""

_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]+")


def signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """The key that signs on one `day` (YYYYMMDD, UTC), in one region, for one service."""
    key = hmac.digest(f"AWS4{secret_key}".encode(), day.encode(), "sha256")
    for part in (region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class _Prepared(msgspec.Struct, frozen=True):
    """What the signatures of one day have in common for some credentials."""

    mac: hmac.HMAC
    """Of nothing yet, with the key. It is copied for each signature, which spares making it."""
    scope: bytes
    token: bytes
    """The header of the session token as it is signed, or nothing."""
    names: bytes
    authorization: bytes
    """The Authorization header, but for the signature."""


class Signer:
    """Signs calls that go to `host` (with its port, if that is not the scheme's).

    They are of DynamoDB's protocol, in which a header names the operation, or for `form` of the one
    in which the body does. Safe to share between threads.
    """

    def __init__(
        self, region: str, host: str, service: str = "dynamodb", *, form: bool = False
    ) -> None:
        self._region = region
        self._service = service
        self._host = host.encode()
        self._form = form
        self._type = b"application/x-www-form-urlencoded" if form else b"application/x-amz-json-1.0"
        # Of the instance, so that no more is kept than it has signed with.
        self._prepared = lru_cache(KEPT)(self._prepare)

    def headers(
        self, target: bytes, body: bytes, credentials: Credentials, now: float | None = None
    ) -> bytes:
        """The headers that are signed, and their signature; each line with its end.

        `target` is the operation as the header X-Amz-Target names it, nothing for a form; `now` is
        in seconds since 1970. Raises CredentialsMissing for credentials that no header can hold.
        """
        date = _date(int(time.time() if now is None else now))
        prepared = self._prepared(credentials, date[:8])
        named = b"" if self._form else b"x-amz-target:%b\n" % target
        canonical = (b"POST\n/\n\ncontent-type:%b\nhost:%b\nx-amz-date:%b\n%b%b\n%b\n%b") % (
            self._type,
            self._host,
            date,
            prepared.token,
            named,
            prepared.names,
            sha256(body).hexdigest().encode(),
        )
        text = b"AWS4-HMAC-SHA256\n%b\n%b\n%b" % (
            date,
            prepared.scope,
            sha256(canonical).hexdigest().encode(),
        )
        mac = prepared.mac.copy()
        mac.update(text)
        return (b"host:%b\r\ncontent-type:%b\r\nx-amz-date:%b\r\n%b%b%b\r\n") % (
            self._host,
            self._type,
            date,
            (named + prepared.token).replace(b"\n", b"\r\n"),
            prepared.authorization,
            mac.hexdigest().encode(),
        )

    def _prepare(self, credentials: Credentials, day: bytes) -> _Prepared:
        if not _are_headers(credentials):
            raise CredentialsMissing("the credentials are malformed")
        token = f"x-amz-security-token:{credentials.token}\n" if credentials.token else ""
        scope = f"{day.decode()}/{self._region}/{self._service}/aws4_request"
        between = ";x-amz-security-token" if token else ""
        names = f"content-type;host;x-amz-date{between}{'' if self._form else ';x-amz-target'}"
        authorization = (
            f"authorization:AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature="
        )
        key = signing_key(credentials.secret_key, day.decode(), self._region, self._service)
        return _Prepared(
            mac=hmac.new(key, digestmod="sha256"),
            scope=scope.encode(),
            token=token.encode(),
            names=names.encode(),
            authorization=authorization.encode(),
        )


@lru_cache(1)
def _date(second: int) -> bytes:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second)).encode()


def _are_headers(credentials: Credentials) -> bool:
    """Whether nothing in the credentials ends a header, or is not there."""
    values = (credentials.access_key, credentials.token or "none")
    return bool(credentials.secret_key) and all(map(_HEADER_VALUE.fullmatch, values))
