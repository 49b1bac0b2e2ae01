"""The connections to one endpoint, kept alive between requests.

A connection is kept only after its answer has been read to the last byte. So what is read from it
next belongs to the request that is sent next, and to no other.
"""

import ssl
import threading
import time
from collections.abc import Callable
from typing import Final

from tenantql.clones import forgets_in_clones
from tenantql.table.direct import http1
from tenantql.table.direct.addresses import Addresses
from tenantql.table.direct.connections import Connection, Security, connect
from tenantql.table.direct.conversations import Conversation
from tenantql.table.direct.endpoints import Endpoint

CONNECT_SECONDS: Final = 1.0
"""For a connection with its TLS handshake."""

ANSWER_SECONDS: Final = 2.0
"""From the first byte of a request to the last of its answer."""

KEPT: Final = 64
"""Idle connections; those beyond are closed."""

KEPT_SECONDS: Final = 45.0
"""An idle connection older than this is closed, for its end may have gone unnoticed: a frozen
function hears nothing. The AWS SDK for Java 2 has 60 seconds."""


class NotSent(Exception):
    """Raised when nothing of a request has left: it was surely not carried out."""


class Lost(Exception):
    """Raised when a request may have arrived, and its answer did not."""


class Pool:
    """The connections to one endpoint. Threads may share it."""

    def __init__(
        self,
        endpoint: Endpoint,
        ca_bundle: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`ca_bundle` is a file of certificates to trust in place of the system's.

        `clock` is the wall's, which unlike monotonic time has gone on when a function awakes or
        is restored from a snapshot.
        """
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._clock = clock
        self._addresses = Addresses(endpoint.host, endpoint.port)
        self._security: Security | None = None
        if endpoint.tls:
            context = ssl.create_default_context(cafile=ca_bundle)
            self._security = Security(context, endpoint.host)
        forgets_in_clones(self)

    def __del__(self) -> None:
        self.close()

    def ask(self, request: bytes, until: float) -> Conversation[http1.Answer]:
        """The answer to `request`, over a connection that nobody else uses meanwhile.

        Raises NotSent or Lost, by `until` (monotonic time) at the latest.
        """
        connection: Connection | None = None
        try:
            connection = self._taken() or (yield from self._opened(until))
            answer = yield from connection.ask(request, _in_time(until, ANSWER_SECONDS))
        except BaseException as error:
            if connection is not None:
                connection.close()
            if not isinstance(error, OSError | http1.Malformed):
                raise
            written = connection is not None and connection.written
            raise (Lost if written else NotSent) from error
        if answer.reusable:
            self._give(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Closes the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def forget_all(self) -> None:
        """Ends this process's part of the connections, and the TLS session, of its original."""
        self._lock = threading.Lock()
        self.close()
        self._addresses.forget_all()
        if self._security is not None:
            self._security.session = None

    def _taken(self) -> Connection | None:
        """An idle connection that is still good: the one used last, which is good most likely."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return None
            idle = self._clock() - connection.idle_since
            if 0 <= idle < KEPT_SECONDS and connection.is_silent():
                connection.written = False
                return connection
            connection.close()

    def _give(self, connection: Connection) -> None:
        if self._security is not None:
            self._security.session = connection.session
        connection.idle_since = self._clock()
        with self._lock:
            kept = len(self._idle) < KEPT
            if kept:
                self._idle.append(connection)
        if not kept:
            connection.close()

    def _opened(self, until: float) -> Conversation[Connection]:
        """A new connection to one of the addresses; each gets its share of the time."""
        until = _in_time(until, CONNECT_SECONDS)
        addresses = self._addresses.get(until)
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            now = time.monotonic()
            try:
                share = now + (until - now) / left
                return (yield from connect(address, self._security, share, until))
            except OSError:
                if left == 1:
                    raise
        raise OSError("the host has no address")


def _in_time(until: float, seconds: float) -> float:
    """`seconds` from now, or `until` if that is earlier. Raises TimeoutError if it is over."""
    now = time.monotonic()
    if now >= until:
        raise TimeoutError
    return min(until, now + seconds)
