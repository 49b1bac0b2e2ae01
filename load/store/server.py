"""The store's HTTP: DynamoDB's calls, AssumeRole, and what a run asks of it.

    python -m load.store.server

It prints its URL and ends when its standard input does.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import orjson
import psutil

from benchmarks.stub import sts
from benchmarks.stub.answers import XML, answer
from benchmarks.stub.server import Connection, header
from load.store.store import Store, problem
from tenantql.table.encoding import Call
from tenantql.table.errors import TableError

HOT: Final = 25
SHARES: Final = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


class Answers:
    """The bytes of a response, by the head and body of a request."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own: Mapping[str, Callable[[bytes], Any]] = {
            "Load.Put": lambda body: store.put(orjson.loads(body)),
            "Load.Status": lambda _body: self._status(),
            "Load.Forget": lambda _body: store.forget(),
            "Load.Heat": lambda _body: self._heat(),
        }
        self._process = psutil.Process()

    def __call__(self, head: bytes, body: bytes) -> bytes:
        """See the class."""
        target = header(head, b"x-amz-target").decode()
        if not target:
            return answer(200, sts.issued(body), XML).response
        if target == "Load.Take":
            return answer(200, self._take(int(body))).response
        if target in self._own:
            return answer(200, msgspec.json.encode(self._own[target](body))).response
        call = Call(target.rpartition(".")[2], orjson.loads(body))
        # Authorization: AWS4-HMAC-SHA256 Credential=KEY/date/region/dynamodb/aws4_request, ...
        _, _, signed = header(head, b"authorization").partition(b"Credential=")
        try:
            found = self._store.answer(call, signed.partition(b"/")[0].decode())
            return answer(200, orjson.dumps(found)).response
        except TableError as error:
            return answer(400, orjson.dumps(problem(error, call))).response

    def _take(self, count: int) -> bytes:
        """The next records of the stream, as the event of a function."""
        stream = self._store.stream
        records = [stream.popleft() for _ in range(min(count, len(stream)))]
        return b'{"Records":[' + b",".join(records) + b"]}"

    def _status(self) -> dict[str, Any]:
        store = self._store
        return {
            "items": store.items,
            "calls": store.calls,
            "refused": store.refused,
            "waiting": len(store.stream),
            "rss": self._process.memory_info().rss,
            "cpu": time.process_time(),
        }

    def _heat(self) -> dict[str, Any]:
        heat = self._store.heat
        return {
            "keys": heat.keys,
            "read": heat.read,
            "write": heat.write,
            "gini": heat.gini(),
            "shares": {str(count): share for count, share in heat.shares(SHARES).items()},
            "busiest": heat.busiest(HOT),
        }


async def serve() -> None:
    """Answers until standard input ends."""
    # Items are bytes, keys and tuples of texts: there are no cycles to look for among them.
    gc.disable()
    loop, answers = asyncio.get_running_loop(), Answers(Store())
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
