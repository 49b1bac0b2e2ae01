"""The reference transport: one shared boto3 client that signs with each request's credentials."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, Final, cast

import boto3
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, ReadOnlyCredentials
from botocore.credentials import Credentials as BotoCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)
from botocore.session import Session

from tenantql.clones import forgets_in_clones
from tenantql.table.access import Credentials
from tenantql.table.errors import CredentialsMissing, OutcomeUnknown, TableError, Unavailable
from tenantql.table.faults import LOST, fault, is_damaged
from tenantql.table.transport import Answer, Post, Transport

LONGEST: Final = 60.0
"""Seconds: more than one attempt can take."""

PARALLEL: Final = 10
"""Calls that are on the wire at once: as many as boto3 keeps connections open."""


class _RequestCredentials(BotoCredentials):
    """Stands where botocore looks for credentials and answers with those of the call in progress.

    Each signature asks anew. Outside of a call, and in a thread that a call did not start, the
    variable is unset and nothing is signed.
    """

    def __init__(self) -> None:
        super().__init__("unset", "unset")
        self.current: ContextVar[Credentials] = ContextVar("credentials")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The credentials of the call in progress. Raises CredentialsMissing outside of one."""
        try:
            current = self.current.get()
        except LookupError:
            raise CredentialsMissing("a call was made without credentials") from None
        return ReadOnlyCredentials(current.access_key, current.secret_key, current.token)


class _Provider(CredentialProvider):
    METHOD = "tenantql-request"

    def __init__(self, credentials: _RequestCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> _RequestCredentials:
        return self._credentials


class BotoTransport(Transport):
    """Calls through boto3, in threads where there are several; without the retries of boto3."""

    def __init__(self, region: str) -> None:
        self._credentials = _RequestCredentials()
        session = Session()
        provider = _Provider(self._credentials)
        session.register_component("credential_provider", CredentialResolver([provider]))
        config = Config(
            region_name=region,
            # Several attempts stay within the function's time.
            connect_timeout=1,
            read_timeout=2,
            # Those of boto3 would repeat a write whose answer was lost.
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=PARALLEL,
            tcp_keepalive=True,
            # Credentials change with each call; the endpoint of an account must not stick.
            account_id_endpoint_mode="disabled",
        )
        self._client: BaseClient = boto3.Session(botocore_session=session).client(
            "dynamodb", config=config
        )
        self._client.meta.events.register("before-parse.dynamodb", _ensure_whole)
        self._threads = _threads()
        forgets_in_clones(self)

    def exchange(self, posts: Sequence[Post], until: float) -> list[Answer | TableError]:
        """See `Transport`."""
        if len(posts) == 1 and until == float("inf"):
            return [self._outcome(posts[0])]
        waiting = [self._threads.submit(self._outcome, post) for post in posts]
        outcomes: list[Answer | TableError] = []
        for future in waiting:
            try:
                left = min(max(0.0, until - time.monotonic()), LONGEST)
                outcomes.append(future.result(left))
            except TimeoutError:
                unsent = future.cancel()
                kind = Unavailable if unsent else OutcomeUnknown
                outcomes.append(kind("the time for this request is up; try again"))
        return outcomes

    def forget_all(self) -> None:
        """Ends the connections; the threads of the original may not be there."""
        self._client.close()
        self._threads = _threads()

    def _outcome(self, post: Post) -> Answer | TableError:
        try:
            return self._send(post)
        except TableError as error:
            return error

    def _send(self, post: Post) -> Answer:
        method = getattr(self._client, xform_name(post.call.operation))
        token = self._credentials.current.set(post.credentials)
        try:
            return cast("Answer", method(**post.call.parameters))
        except ClientError as error:
            raise _typed(error) from error
        except ParamValidationError as error:
            raise TableError("a call does not have the form that DynamoDB takes") from error
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            raise Unavailable("the database cannot be reached; try again") from error
        except BotoCoreError as error:
            raise OutcomeUnknown(LOST) from error
        finally:
            self._credentials.current.reset(token)


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARALLEL, thread_name_prefix="boto3")


class OwnCredentials:
    """The credentials of the function's own role, found where the runtime puts them.

    Each call gives the current ones; botocore renews them. Raises CredentialsMissing.
    """

    def __init__(self) -> None:
        self.forget_all()
        forgets_in_clones(self)

    def forget_all(self) -> None:
        """Has the credentials found again."""
        self._session = Session()

    def __call__(self) -> Credentials:
        """The credentials of this moment."""
        found = self._session.get_credentials()
        if found is None:
            raise CredentialsMissing("the function has no credentials")
        frozen = found.get_frozen_credentials()
        if not frozen.access_key or not frozen.secret_key:
            raise CredentialsMissing("the function has no credentials")
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


def _ensure_whole(response_dict: dict[str, Any], **_: Any) -> None:
    """Raises OutcomeUnknown for an answer that is damaged, or not DynamoDB's.

    botocore does not compare the checksum, and takes what is no JSON for an answer with nothing in
    it.
    """
    body = response_dict["body"]
    damaged = is_damaged(body, response_dict["headers"].get("x-amz-crc32"))
    if damaged or not isinstance(_json(body), dict):
        raise OutcomeUnknown(LOST)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _typed(error: ClientError) -> TableError:
    answer = cast("dict[str, Any]", error.response)
    code = answer.get("Error", {}).get("Code", "")
    return fault(code, answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0), answer)
