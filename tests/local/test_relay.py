"""Ports of 127.0.0.1 at another address, as containers need them."""

import asyncio
import socket
import sys

import pytest

from local.relay import RelayError, relayed

OTHER = "127.0.0.2"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has more than one loopback address by itself"
)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers, after the end of what was sent, with all of it."""
    writer.write(b"got " + await reader.read())
    writer.close()


def test_both_directions_and_their_ends_are_passed_on() -> None:
    async def ask() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, relayed(OTHER, [port]):
            reader, writer = await asyncio.open_connection(OTHER, port)
            writer.write(b"x" * 200_000)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(ask()) == b"got " + b"x" * 200_000


def test_nothing_listens_there_afterwards() -> None:
    async def ask() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            async with relayed(OTHER, [port]):
                _, writer = await asyncio.open_connection(OTHER, port)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(OTHER, port)
            writer.close()

    asyncio.run(ask())


def test_a_connection_ends_when_nobody_listens_behind() -> None:
    async def ask() -> bytes:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        async with relayed(OTHER, [port]):
            reader, writer = await asyncio.open_connection(OTHER, port)
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(ask()) == b""


def test_an_address_of_another_machine_is_refused() -> None:
    async def ask() -> None:
        async with relayed("192.0.2.1", [65000]):
            pass

    with pytest.raises(RelayError, match=r"192\.0\.2\.1:65000 cannot be listened on"):
        asyncio.run(ask())
