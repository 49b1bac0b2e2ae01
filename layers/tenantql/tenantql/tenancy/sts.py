"""STS: AssumeRole over the direct transport's connections.

A client of boto3 would take more time to import and to make than everything else of a function's
first request. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, Self, TypedDict
from urllib.parse import urlencode

from tenantql.table.access import Credentials
from tenantql.table.direct.conversations import converse
from tenantql.table.direct.endpoints import endpoint_of
from tenantql.table.direct.http1 import Answer
from tenantql.table.direct.own_credentials import has_own_credentials
from tenantql.table.direct.pool import Pool
from tenantql.table.direct.signing import Signer
from tenantql.table.errors import CredentialsMissing
from tenantql.table.retries import pause_before
from tenantql.table.transports import Kind, Wire

ATTEMPTS: Final = 3
"""For what can pass: no answer, a failing server, too many requests. AssumeRole changes nothing."""

SECONDS: Final = 3.0
"""For one attempt, with a new connection."""

_PASSING: Final = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})


class Tag(TypedDict):
    """A session tag."""

    Key: str
    Value: str


class AssumeRoleFailed(Exception):
    """Raised where STS does not answer or refuses; the message is not for clients."""


class Sts(Protocol):
    """What AssumeRole is asked of, as boto3's client has it."""

    def assume_role(
        self,
        *,
        RoleArn: str,
        RoleSessionName: str,
        Tags: Sequence[Tag],
        Policy: str,
        DurationSeconds: int,
    ) -> Mapping[str, Any]:
        """`Credentials` among others. Raises AssumeRoleFailed."""
        ...


class DirectSts:
    """The STS of a region. Threads may share it."""

    def __init__(
        self,
        region: str,
        environment: Mapping[str, str],
        own: Callable[[], Credentials],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`own` gives the credentials that sign.

        Raises SettingsError if `environment` names an endpoint that cannot be.
        """
        endpoint = endpoint_of("sts", region, environment)
        self._pool = Pool(endpoint, environment.get("AWS_CA_BUNDLE"))
        self._signer = Signer(region, endpoint.authority, "sts", form=True)
        self._own = own
        self._sleep = sleep

    def assume_role(
        self,
        *,
        RoleArn: str,
        RoleSessionName: str,
        Tags: Sequence[Tag],
        Policy: str,
        DurationSeconds: int,
    ) -> Mapping[str, Any]:
        """See `Sts`."""
        form = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": RoleArn,
            "RoleSessionName": RoleSessionName,
            "Policy": Policy,
            "DurationSeconds": str(DurationSeconds),
        }
        for number, tag in enumerate(Tags, 1):
            form[f"Tags.member.{number}.Key"] = tag["Key"]
            form[f"Tags.member.{number}.Value"] = tag["Value"]
        return {"Credentials": _credentials_in(self._asked(urlencode(form).encode()))}

    def _asked(self, body: bytes) -> str:
        """The text of STS's answer. Raises AssumeRoleFailed."""
        failure: Exception | None = None
        for attempt in range(ATTEMPTS):
            self._sleep(pause_before(attempt))
            try:
                answer = self._exchange(body)
            except CredentialsMissing as error:
                raise AssumeRoleFailed("the function has no credentials of its own") from error
            if isinstance(answer, Exception):
                failure = answer
                continue
            text = answer.body.decode(errors="replace")
            if answer.status == 200:
                return text
            code = _element("Code", text) or str(answer.status)
            failure = AssumeRoleFailed(f"STS answers {code}")
            if answer.status < 500 and code not in _PASSING:
                raise failure
        raise AssumeRoleFailed("STS does not answer") from failure

    def _exchange(self, body: bytes) -> Answer | Exception:
        headers = self._signer.headers(b"", body, self._own())
        request = (
            b"POST / HTTP/1.1\r\n%baccept-encoding:identity\r\nuser-agent:tenantql\r\n"
            b"content-length:%d\r\n\r\n%b"
        ) % (headers, len(body), body)
        asked = self._pool.ask(request, time.monotonic() + SECONDS)
        (answer,) = converse([asked], most=1)
        return answer


class BotoSts:
    """The same by a client of boto3, which knows profiles and more."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    def of(cls, region: str) -> Self:
        """By a client of its own, for the STS of `region`."""
        import boto3
        from botocore.config import Config

        config = Config(
            region_name=region, connect_timeout=1, read_timeout=2, retries={"mode": "standard"}
        )
        # Not of the default session, which would outlive this client with its credentials.
        return cls(boto3.Session().client("sts", config=config))

    def assume_role(self, **asked: Any) -> Mapping[str, Any]:
        """See `Sts`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._client.assume_role(**asked)
        except (ClientError, BotoCoreError) as error:
            raise AssumeRoleFailed("STS gives no credentials") from error


def sts_over(wire: Wire) -> Callable[[], Sts]:
    """Makes a client of the STS that is reached as DynamoDB is. Not before one is needed."""

    def made() -> Sts:
        if wire.kind is Kind.DIRECT and has_own_credentials(wire.environment):
            return DirectSts(wire.region, wire.environment, wire.own_credentials())
        return BotoSts.of(wire.region)

    return made


def _credentials_in(text: str) -> Mapping[str, Any]:
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    found = {name: _element(name, text) for name in names}
    try:
        expires_at = datetime.fromisoformat(found["Expiration"] or "")
    except ValueError:
        expires_at = None
    if not all(found.values()) or expires_at is None or expires_at.tzinfo is None:
        raise AssumeRoleFailed("STS answers without credentials")
    return {**found, "Expiration": expires_at}


def _element(name: str, text: str) -> str | None:
    """The text of the first XML element of that name; what STS writes into these needs no escape.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
    """
    found = re.search(f"<{name}>([^<&]+)</{name}>", text)
    return found[1] if found else None
