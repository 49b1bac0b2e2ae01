"""Log lines: one JSON object each, by Powertools' Logger, made to cost little."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


class Log(Protocol):
    """What is written to by who has something to say: Powertools' Logger, or one like it."""

    @property
    def service(self) -> str:
        """The function's service, which each line names."""
        ...

    @property
    def log_level(self) -> int:
        """What is below it is not written."""
        ...

    def warning(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        """Something that went wrong, and was put right."""
        ...

    def error(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        """Something that went wrong."""
        ...


_CALLER: Final = 3
"""Frames from Powertools' own to the line of code that a log line names."""


class StructuredLog:
    """A log that is made with its first line: most instances never write one.

    What a request leaves behind is not written here (`tenantql.telemetry`), and to import and make
    Powertools' Logger takes a tenth of a function's start.
    """

    def __init__(self, service: str, log_level: int) -> None:
        """Both as Powertools finds them in the environment."""
        self.service = service
        self.log_level = log_level

    def warning(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        """See `Log`."""
        self._logger.warning(msg, extra=extra, stacklevel=_CALLER)

    def error(self, msg: object, /, *, extra: Mapping[str, object]) -> None:
        """See `Log`."""
        self._logger.error(msg, extra=extra, stacklevel=_CALLER)

    @cached_property
    def _logger(self) -> "Logger":
        return structured_logger()


def structured_logger() -> "Logger":
    """A logger of the function's service (`POWERTOOLS_SERVICE_NAME`), with times as RFC 3339.

    Records of this process are made without thread, process and task: no line shows them.
    https://docs.python.org/3.13/howto/logging.html#optimization
    """
    import logging

    from aws_lambda_powertools import Logger

    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    setattr(logging, "logAsyncioTasks", False)  # noqa: B010 - the type stubs do not know it
    return Logger(
        json_serializer=serialized,
        # Messages here are sentences; the default tries to read each one as JSON, and fails.
        json_deserializer=lambda message: message,  # pyright: ignore[reportArgumentType]
        use_rfc3339=True,
    )


def serialized(line: Mapping[str, Any]) -> str:
    """A line as JSON."""
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:
        # A half of a surrogate pair, which JSON can write and UTF-8 cannot.
        return json.dumps(line, default=str)
