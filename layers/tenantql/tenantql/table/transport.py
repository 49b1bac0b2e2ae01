"""Transports: what puts calls on the wire. One attempt each; `tenantql.table.sending` retries."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.errors import TableError
from tenantql.table.retries import Quota

type Answer = Mapping[str, Any]
"""As DynamoDB's API has it, but that items may be the bytes of theirs (`decoding.StoredItem`)."""


class Post(msgspec.Struct, frozen=True):
    """A call, and the credentials that sign it, and no others."""

    call: Call
    credentials: Credentials


class Transport(ABC):
    """Sends calls. An answer is of DynamoDB's API; every failure is a TableError."""

    @abstractmethod
    def exchange(self, posts: Sequence[Post], until: float) -> list[Answer | TableError]:
        """One attempt of each of `posts`, all on the wire at once; what came of each, in order.

        `until` is a time of `time.monotonic`; after it nothing is waited for. Does not raise. An
        error says whether the call may have been carried out: OutcomeUnknown if so, Throttled and
        any other Unavailable if surely not.
        """

    @cached_property
    def quota(self) -> Quota:
        """What the retries of all calls over this transport draw from."""
        return Quota()


class OneByOne(Transport):
    """A transport that sends calls one after another: for one that wraps another, and for tests."""

    @abstractmethod
    def send(self, call: Call, credentials: Credentials) -> Answer:
        """The answer to `call`. Raises TableError."""

    def exchange(self, posts: Sequence[Post], until: float) -> list[Answer | TableError]:
        """See `Transport`; `until` is not heeded."""
        del until
        return [self._sent(post) for post in posts]

    def _sent(self, post: Post) -> Answer | TableError:
        try:
            return self.send(post.call, post.credentials)
        except TableError as error:
            return error


def send(
    transport: Transport, call: Call, credentials: Credentials, until: float = float("inf")
) -> Answer:
    """The answer to one attempt of one call. Raises TableError."""
    (outcome,) = transport.exchange([Post(call, credentials)], until)
    if isinstance(outcome, TableError):
        raise outcome
    return outcome
