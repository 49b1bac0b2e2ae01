"""The log line of a request.

Every other line is written by Powertools' Logger. This one has the same keys and is written here,
since the way through `logging` and Powertools' formatter costs four times as much.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO
from zlib import crc32

from tenantql.engine.observation import Observation
from tenantql.errors import Code
from tenantql.logs import serialized

SLOW_MS: Final = 1_000
"""A request that takes this long is logged, whatever share of the others is."""

_LEVELS: Final[Mapping[Code | None, int]] = {
    Code.INTERNAL: logging.ERROR,
    Code.UNAVAILABLE: logging.WARNING,
}
_NAMES: Final = {level: logging.getLevelName(level) for level in (logging.INFO, *_LEVELS.values())}


class RequestLog:
    """Writes the line of a request, if it is one of those that are logged.

    `share` is that of the successful requests of less than `SLOW_MS` on a warm instance; all
    others are logged. Whether one of them is depends on its id alone. `level` is the least severe
    that is written, in the numbers of `logging`; `trace` gives the id of the invocation's trace.
    """

    def __init__(
        self,
        service: str,
        *,
        level: int = logging.INFO,
        share: float = 1.0,
        trace: Callable[[], str | None] = lambda: None,
        stream: TextIO | None = None,
    ) -> None:
        self._service = service
        self._level = level
        self._share = share
        self._trace = trace
        self._stream = stream or sys.stdout

    def __call__(self, observed: Observation) -> None:
        """Writes the line of a request, or not."""
        level = _LEVELS.get(observed.code, logging.INFO)
        weight = self._weight(observed)
        if level < self._level or not weight:
            return
        line: dict[str, Any] = {
            "level": _NAMES[level],
            "message": "request",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "service": self._service,
            **observed.line(),
        }
        if weight != 1:
            line["weight"] = weight
        if trace := self._trace():
            line["xray_trace_id"] = trace
        # One write: Lambda's standard output sends each of them off.
        self._stream.write(serialized(line) + "\n")
        self._stream.flush()

    def _weight(self, observed: Observation) -> float:
        """How many requests the line stands for; 0 if there is to be none."""
        if (
            self._share >= 1
            or observed.code is not None
            or observed.cold_start
            or (observed.duration_ms or 0) >= SLOW_MS
        ):
            return 1
        drawn = crc32(observed.request_id.encode()) < self._share * 2**32
        return round(1 / self._share, 3) if drawn else 0
