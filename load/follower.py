"""The stream function in a process of its own, which follows what is written."""

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from os import environ
from typing import Any, Final

import orjson
import psutil

from load.functions import Runtime, load
from load.store.process import ask_bytes

BATCH: Final = 100
"""Records of an invocation, as the template has it."""

IDLE: Final = 0.05
"""Seconds between two looks at a stream that has nothing new."""

MOST: Final = 50
"""How often a record may fail in a row."""


@dataclass(frozen=True)
class Followed:
    """What has been followed so far; `seconds` of processor time, all of the process."""

    records: int
    failed: int
    seconds: float
    rss: int


def follow(environment: Mapping[str, str], pipe: Connection, end: Any) -> None:
    """Hands records to the function until `end` is set and there are no more; then tells."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    environ.update(environment)
    url = environment["AWS_ENDPOINT_URL"]
    handler, process = load("stream").handler, psutil.Process()
    again: list[Any] = []
    records = failed = tries = 0
    while True:
        batch = (
            again
            + orjson.loads(ask_bytes(url, "Take", str(BATCH - len(again)).encode()))["Records"]
        )
        if not batch:
            if end.is_set():
                break
            time.sleep(IDLE)
            continue
        answer = handler({"Records": batch}, Runtime(f"batch-{records}"))
        missed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        again = [one for one in batch if one["dynamodb"]["SequenceNumber"] in missed]
        records += len(batch) - len(again)
        failed += len(again)
        tries = tries + 1 if len(again) == len(batch) else 0
        if tries > MOST:
            raise RuntimeError(f"a record of the stream never succeeds: {again[0]}")
    pipe.send(Followed(records, failed, time.process_time(), process.memory_info().rss))
