"""The stand-in as a child process."""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

from benchmarks.stub.server import DELAYS, LAST_REQUESTS
from local.provision import ROOT


class Stub:
    """A running stand-in; `urls` has its URL for each delay in seconds."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.stub.server"]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the stand-in did not start; its error is above")
        self.urls = dict(zip(DELAYS, json.loads(line), strict=True))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)  # It ends with its standard input.

    def last_requests(self) -> list[tuple[str, dict[str, Any]]]:
        """Operation and parameters of each request since this was asked before; not STS's."""
        asked = Request(self.urls[0.0], b"", {"X-Amz-Target": LAST_REQUESTS})  # noqa: S310
        with urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
            made: list[tuple[str, str]] = json.load(answer)
        return [(target.rpartition(".")[2], json.loads(body)) for target, body in made if target]
