"""A function that Lambda initialises, takes a snapshot of, and restores twice.

    python -m tests.unit.functions.cloning EVENT EVENT      (PYTHONPATH has the function's folder)

Lambda's own runtime client runs the hooks. The clones come from a fork that Python is not told of,
so that it mends nothing: the memory is the original's, as after a snapshot. Each prints a line of
JSON; AWS is told by a request who asks next. The second event is for the clones alone.
"""

import ctypes
import json
import os
import random
import sys
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final
from urllib.request import urlopen

from awslambdaric import bootstrap

from tenantql.engine.ulids import ulid
from tenantql.table.retries import pause_before

function: Any = import_module("app")
CONTEXT: Final = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 10_000)


class Snapshot:
    """What the runtime client takes for Lambda: taking the snapshot, and going on from it."""

    def __init__(self) -> None:
        self.clone = ""

    def restore_next(self) -> None:
        """Returns in each clone; the original ends."""
        fork = ctypes.PyDLL(None).fork
        for name in ("first", "second"):
            if not fork():
                self.clone = name
                return
            os.wait()
        os._exit(0)


def asked(phase: str, *events: str) -> None:
    """Asks the function, and says what it is like."""
    urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/phase/{phase}").close()
    bodies = [json.loads(function.handler(json.loads(each), CONTEXT)["body"]) for each in events]
    drawn = [random.random(), pause_before(3), ulid(datetime(2026, 11, 21, tzinfo=UTC))]
    sys.stdout.write(json.dumps({"phase": phase, "bodies": bodies, "drawn": drawn}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asked("before", sys.argv[1])
    snapshot = Snapshot()
    bootstrap.on_init_complete(snapshot, None)
    asked(snapshot.clone, *sys.argv[1:])
    os._exit(0)
