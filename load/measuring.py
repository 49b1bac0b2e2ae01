"""What one process measures of each request, in columns that are sent off again and again."""

import select
import time
from array import array
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from tenantql.table.direct import conversations

type Columns = dict[str, array[Any]]


class Waiting:
    """How long the direct transport has waited for answers: the time that is not our own.

    Everything else that a call takes, such as signing, writing and reading, is the handler's.
    """

    seconds = 0.0

    @contextmanager
    def watched(self) -> Generator[None]:
        """While the block runs, waiting is counted."""
        waiting = self

        class Poll:
            """A poll object whose waits are counted."""

            def __init__(self) -> None:
                found = select.poll()
                self._poll = found.poll
                self.register = found.register
                self.unregister = found.unregister

            def poll(self, timeout: int | None) -> list[tuple[int, int]]:
                """See select.poll."""
                began = time.perf_counter()
                found = self._poll(timeout)
                waiting.seconds += time.perf_counter() - began
                return found

        class Watched[R](conversations._Table[R]):
            """Those who wait, with a clock."""

            def __init__(self) -> None:
                super().__init__()
                self.poll = Poll()

        with patch.object(conversations, "_Table", Watched):
            yield


def _columns() -> Columns:
    return {
        "flow": array("H"),
        "own": array("I"),
        "whole": array("I"),
        "cpu": array("I"),
        "calls": array("H"),
        "read": array("f"),
        "write": array("f"),
        "bytes": array("I"),
    }


@dataclass
class Part:
    """What was measured since the last part; times are in microseconds.

    `own` is a request's time without waiting for the store, `whole` all of it, `cpu` its thread's
    processor time. `bare` has the whole time of single calls by boto3, by their names.
    """

    worker: int
    columns: Columns = field(default_factory=_columns)
    bare: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    checks: list[int] = field(default_factory=list[int])
    errors: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Answers that are not right, by flow and code."""
    examples: list[str] = field(default_factory=list[str])
    rss: int = 0
    cpu: float = 0.0
    """Processor seconds of the whole process, since it began to ask."""

    def add(self, flow: int, whole: float, waited: float, cpu: int, observed: Any) -> None:
        """Takes note of a request: times in seconds, but for `cpu` in nanoseconds."""
        columns = self.columns
        columns["flow"].append(flow)
        columns["own"].append(max(0, round((whole - waited) * 1e6)))
        columns["whole"].append(round(whole * 1e6))
        columns["cpu"].append(cpu // 1_000)
        columns["calls"].append(observed.calls or 0)
        columns["read"].append(observed.read_units or 0.0)
        columns["write"].append(observed.write_units or 0.0)
        columns["bytes"].append(observed.bytes or 0)

    def __len__(self) -> int:
        return len(self.columns["flow"])
