"""The development server, running, for the tests of what it serves."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.demo import plan
from local.development import Development, development


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    """Everything that `python -m local run` starts, on free ports, in a thread of its own."""
    ready, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    started: list[Development] = []
    failed: list[BaseException] = []

    async def serve(logs: Path) -> None:
        async with development(plan(), logs=logs) as server:
            started.append(server)
            ready.set()
            await ended.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve(tmp_path_factory.mktemp("logs")))
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failed.append(error)
        finally:
            loop.close()
            ready.set()

    thread = threading.Thread(target=run, name="development server")
    thread.start()
    ready.wait()
    if failed:
        thread.join()
        raise failed[0]
    yield started[0]
    loop.call_soon_threadsafe(ended.set)
    thread.join()
    if failed:
        raise failed[0]


@pytest.fixture(scope="session")
def client(running: Development) -> Iterator[httpx.Client]:
    """An HTTP client of the server, which uses no proxy."""
    with httpx.Client(base_url=running.url, timeout=30, trust_env=False) as made:
        yield made
