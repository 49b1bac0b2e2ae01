"""Connections: opened without blocking, and asked one request at a time."""

import errno
import os
import select
import socket
import ssl
from typing import Any, Final

import msgspec

from tenantql.table.direct import http1
from tenantql.table.direct.addresses import Address
from tenantql.table.direct.conversations import READABLE, WRITABLE, Conversation, Wait

_SIZE: Final = 64 * 1024


class Security(msgspec.Struct):
    """TLS with one server. `session`, from an earlier connection, shortens the handshake."""

    context: ssl.SSLContext
    server_name: str
    session: ssl.SSLSession | None = None


class Connection:
    """An open connection, plain or with TLS. Not shared: one request at a time."""

    __slots__ = ("_poll", "_socket", "idle_since", "written")

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._poll = select.poll()
        self._poll.register(opened.fileno(), select.POLLIN)
        self.idle_since = 0.0
        self.written = False
        """Whether a part of the present request may have left."""

    @property
    def session(self) -> ssl.SSLSession | None:
        """The TLS session, once an answer has been read."""
        return self._socket.session if isinstance(self._socket, ssl.SSLSocket) else None

    def is_silent(self) -> bool:
        """Whether the other side has neither ended the connection nor sent what nobody asked."""
        return not self._poll.poll(0)

    def ask(self, request: bytes, until: float) -> Conversation[http1.Answer]:
        """The answer to `request`. Raises OSError (TimeoutError after `until`) and Malformed."""
        yield from self._send(request, until)
        # The server takes a while, so there is no use in looking at once.
        yield Wait(self._socket.fileno(), READABLE, until)
        return (yield from http1.read(lambda: self._receive(until)))

    def close(self) -> None:
        """Ends the connection without a word."""
        self._socket.close()

    def _send(self, request: bytes, until: float) -> Conversation[None]:
        # TLS may have written a part of a record when it says that it has to wait.
        self.written = isinstance(self._socket, ssl.SSLSocket)
        left = memoryview(request)
        while left:
            try:
                left = left[self._socket.send(left) :]
                self.written = True
            except (BlockingIOError, ssl.SSLWantWriteError):
                yield Wait(self._socket.fileno(), WRITABLE, until)
            except ssl.SSLWantReadError:
                yield Wait(self._socket.fileno(), READABLE, until)

    def _receive(self, until: float) -> Conversation[bytes]:
        while True:
            try:
                return self._socket.recv(_SIZE)
            except (BlockingIOError, ssl.SSLWantReadError):
                yield Wait(self._socket.fileno(), READABLE, until)
            except ssl.SSLWantWriteError:
                yield Wait(self._socket.fileno(), WRITABLE, until)


def connect(
    address: Address, security: Security | None, tcp_until: float, until: float
) -> Conversation[Connection]:
    """A new connection. Raises OSError: TimeoutError if TCP takes longer than `tcp_until`."""
    family, place = address
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        yield from _reached(opened, place, tcp_until)
        if security is not None:
            opened = _wrapped(opened, security)
            yield from _shaken_hands(opened, until)
    except BaseException:
        opened.close()
        raise
    return Connection(opened)


def _reached(opened: socket.socket, place: Any, until: float) -> Conversation[None]:
    error = opened.connect_ex(place)
    if error == errno.EINPROGRESS:
        yield Wait(opened.fileno(), WRITABLE, until)
        error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))


def _wrapped(opened: socket.socket, security: Security) -> ssl.SSLSocket:
    return security.context.wrap_socket(
        opened,
        server_hostname=security.server_name,
        session=security.session,
        do_handshake_on_connect=False,
    )


def _shaken_hands(opened: ssl.SSLSocket, until: float) -> Conversation[None]:
    while True:
        try:
            opened.do_handshake()
        except ssl.SSLWantReadError:
            yield Wait(opened.fileno(), READABLE, until)
        except ssl.SSLWantWriteError:
            yield Wait(opened.fileno(), WRITABLE, until)
        else:
            return
