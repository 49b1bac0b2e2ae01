"""The stand-in as a child process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.request import Request, urlopen

from benchmarks import shop
from benchmarks.stub.answers import GROW, LAST_CALLS
from benchmarks.stub.delays import AT_ONCE, DELAYS
from local.provision import ROOT

TIMEOUT: Final = 600
"""Seconds; growing to a million items takes about one of these ten minutes."""


@dataclass(frozen=True)
class Made:
    """A call of a tenant's table as the stand-in got it, and the units that it told."""

    operation: str
    parameters: dict[str, Any]
    units: float


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

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)  # It ends with its standard input.

    def last_calls(self) -> list[Made]:
        """The calls of the tenant's table since this was asked before, without the meter's.

        That is due now and then, and goes along with whichever request comes.
        """
        made = [Made(*call) for call in self._ask(LAST_CALLS) if call[0] != "UpdateItem"]
        return [call for call in made if call.parameters.get("TableName") != shop.CONTROL_TABLE]

    def grow(self, items: int) -> None:
        """Has the table grow to about so many items."""
        self._ask(GROW, str(items))

    def _ask(self, target: str, body: str = "") -> Any:
        asked = Request(self.urls[AT_ONCE], body.encode(), {"X-Amz-Target": target})  # noqa: S310
        with urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310 - loopback
            return json.load(answer)
