"""The stand-in's HTTP: kept-alive connections, answers at once or after a delay.

    python -m benchmarks.stub.server

It prints one line of JSON, the URL of each delay, and ends when its standard input does. An
answer to a request that was made before is kept, so that the table's work is not measured.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable
from typing import Any, Final

import orjson

from benchmarks.shop import shop_items
from benchmarks.stub import sts
from benchmarks.stub.table import Refused, Table

DELAYS: Final = (0.0, 0.004)
"""Seconds before an answer: none, and what DynamoDB takes within a region."""

LAST_REQUESTS: Final = "Stub.LastRequests"
"""The target that answers with the requests since it was asked before: `[[target, body], ...]`."""

KEPT_ANSWERS: Final = 10_000
KEPT_REQUESTS: Final = 1_000


class Answers:
    """What is answered to a request; kept by target and body."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept: dict[tuple[bytes, bytes], bytes] = {}
        self._requests: list[tuple[bytes, bytes]] = []

    def __call__(self, target: bytes, body: bytes) -> bytes:
        """The whole response to a request with this X-Amz-Target and body."""
        if target == LAST_REQUESTS.encode():
            made, self._requests = self._requests, []
            return _response(200, orjson.dumps([[t.decode(), b.decode()] for t, b in made]))
        if len(self._requests) < KEPT_REQUESTS:
            self._requests.append((target, body))
        found = self._kept.get((target, body))
        if found is None:
            found = self._made(target, body)
            if len(self._kept) < KEPT_ANSWERS:
                self._kept[target, body] = found
        return found

    def _made(self, target: bytes, body: bytes) -> bytes:
        if not target:
            return _response(200, sts.answer(body), b"text/xml")
        operation = target.decode().rpartition(".")[2]
        try:
            return _response(200, self._table.answer(operation, orjson.loads(body)))
        except Refused as error:
            kind = "com.amazonaws.dynamodb.v20120810#ValidationException"
            return _response(400, orjson.dumps({"__type": kind, "message": str(error)}))


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests on it are answered in their order."""

    def __init__(self, answers: Callable[[bytes, bytes], bytes], delay: float) -> None:
        self._answers = answers
        self._delay = delay
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        """Keeps what is written to."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers each request that has arrived whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(_header(head, b"content-length") or 0)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            # The value as it was sent: an operation's name has capitals.
            at = head.find(b"\r\nx-amz-target:")
            target = b"" if at < 0 else self._buffer[at:end].split(b"\r\n", 2)[1][13:].strip()
            self._buffer = self._buffer[end + 4 + length :]
            response = self._answers(target, body)
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._send, response)
            else:
                self._send(response)

    def _send(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)


def _header(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    return head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


def _response(status: int, body: bytes, kind: bytes = b"application/x-amz-json-1.0") -> bytes:
    head = (
        b"HTTP/1.1 %d %s\r\nServer: Server\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
        b"Connection: keep-alive\r\nx-amzn-RequestId: %s\r\nx-amz-crc32: %d\r\n\r\n"
    )
    phrase = b"OK" if status == 200 else b"Bad Request"
    return head % (status, phrase, kind, len(body), b"R" * 52, zlib.crc32(body)) + body


async def serve() -> None:
    """Answers until standard input ends, from a table with the benchmarks' data."""
    with Table() as table:
        table.fill(shop_items())
        await _serve(table)


async def _serve(table: Table) -> None:
    loop, answers = asyncio.get_running_loop(), Answers(table)
    urls: list[str] = []
    for delay in DELAYS:
        server = await loop.create_server(lambda d=delay: Connection(answers, d), "127.0.0.1", 0)
        urls.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    sys.stdout.write(orjson.dumps(urls).decode() + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
