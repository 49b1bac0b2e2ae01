"""The store as a child process."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final, Self
from urllib.request import Request, urlopen

import msgspec

from local.provision import ROOT
from tenantql.table.entity import entity_of

TIMEOUT: Final = 60
PATHS: Final = (ROOT, ROOT / "layers" / "tenantql")


class StoreProcess:
    """A running store at `url`."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "load.store.server"]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PATHS))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C at the terminal is for the run, which ends its store last.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self._process.communicate()
            raise RuntimeError("the store did not start; its error is above")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=TIMEOUT)  # It ends with its standard input.

    def put(self, items: Sequence[msgspec.Struct]) -> None:
        """Puts items in, past everything."""
        encoded = [entity_of(type(item)).encode(item) for item in items]
        ask(self.url, "Put", json.dumps(encoded).encode())


def ask(url: str, what: str, body: bytes = b"") -> Any:
    """What the store answers to a run's own question."""
    return json.loads(ask_bytes(url, what, body))


def ask_bytes(url: str, what: str, body: bytes = b"") -> bytes:
    """The same as it comes."""
    asked = Request(url, body, {"X-Amz-Target": f"Load.{what}"})  # noqa: S310 - loopback
    with urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310 - loopback
        return answer.read()
