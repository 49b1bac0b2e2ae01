"""Log lines: one JSON object each, by Powertools' Logger, made to cost little."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import orjson
from aws_lambda_powertools import Logger


def structured_logger() -> Logger:
    """A logger of the function's service (`POWERTOOLS_SERVICE_NAME`), with times as RFC 3339.

    Records of this process are made without thread, process and task: no line shows them.
    https://docs.python.org/3.13/howto/logging.html#optimization
    """
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
