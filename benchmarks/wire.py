"""The least that an answer costs: bytes made beforehand, answers read and thrown away."""

import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import orjson

from benchmarks import shop
from benchmarks.stub.process import Made

_HEAD = (
    "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.0\r\n"
    "X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20261121T093000Z\r\n"
    "X-Amz-Security-Token: {token}\r\nAuthorization: {signature}\r\n"
    "Content-Length: {length}\r\n\r\n"
)


def bare_wire(url: str, calls: Sequence[Made], *, together: bool) -> Callable[[], None]:
    """Sends the bytes of `calls` on connections of their own and reads what comes back.

    All are written before the first answer is read if they go `together`, else one after another.
    The stand-in checks no signature, so one of the right length will do.
    """
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    lines: list[tuple[socket.socket, bytes]] = []
    for call in calls:
        connection = socket.create_connection((address.hostname, address.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines.append((connection, _request(address.netloc, call)))

    def ask() -> None:
        for connection, request in lines:
            connection.sendall(request)
            if not together:
                _read(connection)
        if together:
            for connection, _ in lines:
                _read(connection)

    return ask


def _request(host: str, call: Made) -> bytes:
    body = orjson.dumps(call.parameters)
    head = _HEAD.format(
        host=host,
        operation=call.operation,
        token=shop.TOKEN,
        signature="s" * 250,
        length=len(body),
    )
    return head.encode() + body


def _read(connection: socket.socket) -> None:
    answer = connection.recv(1 << 16)
    end = answer.index(b"\r\n\r\n") + 4
    length = int(answer[:end].lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
    left = end + length - len(answer)
    while left > 0:
        left -= len(connection.recv(1 << 16))
