"""A server on the loopback that answers byte by byte as a test wants, and keeps what it gets."""

import enum
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

import msgspec

LONG: Final = 60.0
"""Seconds; longer than any test waits. A server that ends does not wait for it."""


class End(enum.Enum):
    """How a server ends a connection."""

    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived. `connection` counts from 1."""

    line: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].partition(".")[2]

    @property
    def parameters(self) -> Any:
        return json.loads(self.body)


type Doing = bytes | float | End
"""Bytes to send, seconds to wait, or an end."""
type Behaviour = Callable[[Asked], Iterable[Doing]]


@dataclass
class Server:
    """What it does next, and what it was asked."""

    behaviour: Behaviour
    context: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list[Asked])
    connections: int = 0
    port: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    open: dict[int, socket.socket] = field(default_factory=dict[int, socket.socket])
    """The connections, by their number."""
    handshakes: list[bool] = field(default_factory=list[bool])
    """Of each connection with TLS, whether an earlier session was resumed."""

    @property
    def url(self) -> str:
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                self.open[number] = connection
                self.handshakes.append(bool(connection.session_reused))
            while self._answer_one(connection, number):
                pass
        connection.close()

    def _answer_one(self, connection: socket.socket, number: int) -> bool:
        asked = _received(connection, number)
        if asked is None:
            return False
        self.asked.append(asked)
        for doing in self.behaviour(asked):
            match doing:
                case bytes():
                    connection.sendall(doing)
                case End.CLOSE:
                    return False
                case End.RESET:
                    connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                    return False
                case seconds:
                    self.ended.wait(seconds)
        return True


def _received(connection: socket.socket, number: int) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    pairs = (each.partition(":") for each in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Asked(line, headers, body, number)


@contextmanager
def serving(behaviour: Behaviour, context: ssl.SSLContext | None = None) -> Generator[Server]:
    """A running server, which is gone after the block."""
    server = Server(behaviour, context)
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                server.open[server.connections] = connection
                thread = threading.Thread(
                    target=server.serve, args=(connection, server.connections), daemon=True
                )
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.ended.set()
        # On Linux, closing a listener does not wake who accepts.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for connection in server.open.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def answer(
    body: Any, status: int = 200, checksum: int | None = None, headers: Mapping[str, str] = {}
) -> bytes:
    """A whole answer as DynamoDB sends it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told: dict[str, str] = {
        "Server": "Server",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": str(len(content)),
        "Connection": "keep-alive",
        "x-amzn-RequestId": "REQUEST",
        "x-amz-crc32": str(crc32(content) if checksum is None else checksum),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status} Something\r\n{lines}\r\n".encode() + content


def refusal(code: str, status: int = 400, **details: Any) -> bytes:
    """An answer that refuses, with a message that is not for clients."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return answer({"__type": kind, "message": "secret", **details}, status)


def said(found: Any) -> Any:
    """What a transport's answer says, its items read."""
    return json.loads(msgspec.json.encode(found))
