"""Makes ports of 127.0.0.1 reachable at another address of this machine, for containers.

On Linux a container reaches its host by the address of Docker's bridge, and nothing that
listens on 127.0.0.1 is there.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

CHUNK = 64 * 1024


class RelayError(Exception):
    """The address is none of this machine, or one of the ports is taken there."""


@asynccontextmanager
async def relayed(address: str, ports: Iterable[int]) -> AsyncGenerator[None]:
    """Pass connections to each port of `address` on to the same port of 127.0.0.1.

    Raises RelayError. Connections that are open when the block ends are cut.
    """
    running: set[asyncio.Task[None]] = set()
    async with AsyncExitStack() as stack:
        for port in ports:
            forward = partial(_forward, port, running)
            try:
                server = await asyncio.start_server(forward, address, port)
            except OSError as error:
                cause = error.strerror or str(error)
                raise RelayError(f"{address}:{port} cannot be listened on: {cause}") from error
            stack.callback(server.close)
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _forward(
    port: int,
    running: set[asyncio.Task[None]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    task = asyncio.current_task()
    assert task is not None
    running.add(task)
    try:
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_copy(reader, onward_writer), _copy(onward_reader, writer))
        finally:
            onward_writer.close()
    except (OSError, asyncio.CancelledError):
        # Whoever asked sees the connection end. Nobody awaits this task, so it ends quietly.
        pass
    finally:
        writer.close()
        running.discard(task)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, and pass the end on."""
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
