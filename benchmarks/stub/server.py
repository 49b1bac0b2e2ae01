"""The stand-in's HTTP: kept-alive connections, answers at once or after a delay.

    python -m benchmarks.stub.server

It prints one line of JSON, the URL of each delay, and ends when its standard input does.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import orjson

from benchmarks.shop import shop_items
from benchmarks.stub.answers import Answers
from benchmarks.stub.delays import DELAYS
from benchmarks.stub.table import Table


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests on it are answered in their order.

    `answers` gives the bytes of the response to the head and the body of a request.
    """

    def __init__(self, answers: Callable[[bytes, bytes], bytes], delay: float = 0.0) -> None:
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
            head, start = self._buffer[:end], end + 4
            length = int(header(head, b"content-length") or 0)
            if len(self._buffer) < start + length:
                return
            body = self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            response = self._answers(head, body)
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._send, response)
            else:
                self._send(response)

    def _send(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)


def header(head: bytes, name: bytes) -> bytes:
    """The value of a header, whatever the case of its name; empty without it."""
    at = head.lower().find(b"\r\n" + name + b":")
    return b"" if at < 0 else head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


async def serve() -> None:
    """Answers until standard input ends, from a table with the benchmarks' data."""
    with Table() as table:
        table.fill(shop_items())
        await _serve(table)


async def _serve(table: Table) -> None:
    loop, known = asyncio.get_running_loop(), Answers(table)

    def answers(head: bytes, body: bytes) -> bytes:
        return known(header(head, b"x-amz-target"), body)

    urls: list[str] = []
    for delay in DELAYS:
        server = await loop.create_server(lambda d=delay: Connection(answers, d), "127.0.0.1", 0)
        urls.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    sys.stdout.write(orjson.dumps(urls).decode() + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
