"""Lambda's runtime interface emulator around a built function."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from local.build import this_architecture
from local.sam import SAM

BINARY = (
    SAM.parent.parent
    / f"lib/python3.13/site-packages/samcli/local/rapid/aws-lambda-rie-{this_architecture()}"
)
"""The one that `sam local invoke` mounts into its container."""

PATIENCE = 30.0
RUNTIME = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
"""Lambda's runtime client and what it needs, which on Lambda are in /var/runtime."""


@dataclass(frozen=True)
class Emulator:
    """A function, running as Lambda runs it."""

    url: str
    log: Path

    def invoke(self, event: Any) -> Any:
        """The function's result, or Lambda's description of its error."""
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            return client.post(self.url, content=json.dumps(event).encode()).json()

    def logged(self) -> str:
        """What it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def runtime_folder(into: Path) -> Path:
    """A folder with Lambda's runtime client and nothing else of the test environment."""
    into.mkdir()
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found = Path(spec.origin)
        source = found.parent if spec.submodule_search_locations else found
        (into / source.name).symlink_to(source)
    return into


@contextmanager
def emulated(
    folder: Path, layer: Path, runtime: Path, environment: Mapping[str, str], log: Path
) -> Generator[Emulator]:
    """Run a built function with a layer while the block runs.

    The search path is Lambda's: the function's folder, the layer's packages, the standard
    library, and `runtime`; without site-packages (-S), so that the layer has to be complete.
    """
    api, runtime_api = _free_ports(2)
    command = [
        str(BINARY),
        *("--runtime-interface-emulator-address", f"127.0.0.1:{api}"),
        *("--runtime-api-address", f"127.0.0.1:{runtime_api}"),
        *(sys.executable, "-S", "-m", "awslambdaric", environment["AWS_LAMBDA_FUNCTION_HANDLER"]),
    ]
    variables = {
        **environment,
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(folder),
        "_HANDLER": environment["AWS_LAMBDA_FUNCTION_HANDLER"],
        "PYTHONPATH": os.pathsep.join(map(str, (folder, layer / "python", runtime))),
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait_for(api)
            yield Emulator(f"http://127.0.0.1:{api}/2015-03-31/functions/function/invocations", log)
        finally:
            # The emulator and the function's process.
            os.killpg(process.pid, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
