"""DynamoDB over HTTP: calls as signed requests, answers as DynamoDB's API has them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from tenantql.table.direct.answers import read_answer
from tenantql.table.direct.conversations import Conversation, converse
from tenantql.table.direct.endpoints import endpoint_of
from tenantql.table.direct.pool import Lost, NotSent, Pool
from tenantql.table.direct.signing import Signer
from tenantql.table.errors import OutcomeUnknown, TableError, Unavailable
from tenantql.table.faults import LOST
from tenantql.table.transport import Answer, Post, Transport

MOST: Final = 32
"""Calls of one exchange that are on the wire at a time, each on a connection of its own."""


class DirectTransport(Transport):
    """Calls over connections of its own, which are kept alive. Threads may share it."""

    def __init__(self, region: str, environment: Mapping[str, str]) -> None:
        """`environment` has what the AWS SDKs take from it: endpoint and certificates.

        Raises SettingsError if it names an endpoint that cannot be.
        """
        endpoint = endpoint_of("dynamodb", region, environment)
        self._pool = Pool(endpoint, environment.get("AWS_CA_BUNDLE"))
        self._signer = Signer(region, endpoint.authority)

    def exchange(self, posts: Sequence[Post], until: float) -> list[Answer | TableError]:
        """See `Transport`: all requests are written before the first answer is waited for."""
        outcomes = converse((self._call(post, until) for post in posts), MOST)
        return [
            _table_error(outcome) if isinstance(outcome, Exception) else outcome
            for outcome in outcomes
        ]

    def close(self) -> None:
        """Closes the connections that are kept."""
        self._pool.close()

    def _call(self, post: Post, until: float) -> Conversation[Answer]:
        return read_answer((yield from self._pool.ask(self._request(post), until)))

    def _request(self, post: Post) -> bytes:
        try:
            body = orjson.dumps(post.call.parameters)
        except TypeError as error:
            raise TableError("a call does not have the form that DynamoDB takes") from error
        target = b"DynamoDB_20120810." + post.call.operation.encode()
        return (
            b"POST / HTTP/1.1\r\n%baccept-encoding:identity\r\nuser-agent:tenantql\r\n"
            b"content-length:%d\r\n\r\n%b"
        ) % (self._signer.headers(target, body, post.credentials), len(body), body)


def _table_error(error: Exception) -> TableError:
    """The error of a call; what went wrong on the wire stays its cause."""
    match error:
        case TableError():
            return error
        case NotSent():
            typed: TableError = Unavailable("the database cannot be reached; try again")
        case Lost():
            typed = OutcomeUnknown(LOST)
        case _:
            typed = TableError("a call failed within")
    typed.__cause__ = error
    return typed
