"""What the stand-in answers: DynamoDB's calls, AssumeRole, and what the benchmarks ask of it."""

import zlib
from dataclasses import dataclass
from typing import Any, Final

import orjson

from benchmarks.shop import more_items
from benchmarks.stub import sts
from benchmarks.stub.table import Refused, Table
from local.memory.units import consumed

LAST_CALLS: Final = "Stub.LastCalls"
"""The target that answers with the calls since it was asked before: operation, body, units."""

GROW: Final = "Stub.Grow"
"""The target that adds items until the table has as many as the body says."""

JSON: Final = b"application/x-amz-json-1.0"
XML: Final = b"text/xml"

KEPT_ANSWERS: Final = 10_000
KEPT_CALLS: Final = 1_000

_HEAD: Final = (
    b"HTTP/1.1 %d %s\r\nServer: Server\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
    b"Connection: keep-alive\r\nx-amzn-RequestId: %s\r\nx-amz-crc32: %d\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, and the bytes of the response that has it."""

    body: bytes
    response: bytes


class Answers:
    """Answers by target and body. The same request again gets the same bytes, without work."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept: dict[tuple[bytes, bytes], Answer] = {}
        self._calls: list[tuple[bytes, bytes, Answer]] = []

    def __call__(self, target: bytes, body: bytes) -> bytes:
        """The response to a request with this X-Amz-Target, empty for STS, and body."""
        match target:
            case b"":
                return answer(200, sts.issued(body), XML).response
            case b"Stub.LastCalls":
                made, self._calls = self._calls, []
                return answer(200, orjson.dumps([_told(*call) for call in made])).response
            case b"Stub.Grow":
                self._kept.clear()
                self._table.fill(more_items(len(self._table), int(body) - len(self._table)))
                return answer(200, b"{}").response
            case _:
                found = self._kept.get((target, body)) or self._call(target, body)
        if len(self._calls) < KEPT_CALLS:
            self._calls.append((target, body, found))
        return found.response

    def _call(self, target: bytes, body: bytes) -> Answer:
        operation = target.decode().rpartition(".")[2]
        try:
            found = answer(200, self._table.answer(operation, orjson.loads(body)))
        except Refused as error:
            kind = "com.amazonaws.dynamodb.v20120810#ValidationException"
            found = answer(400, orjson.dumps({"__type": kind, "message": str(error)}))
        # No two transactions are the same.
        if operation != "TransactWriteItems" and len(self._kept) < KEPT_ANSWERS:
            self._kept[target, body] = found
        return found


def _told(target: bytes, body: bytes, answer: Answer) -> list[Any]:
    operation = target.decode().rpartition(".")[2]
    return [operation, orjson.loads(body), consumed(orjson.loads(answer.body))]


def answer(status: int, body: bytes, kind: bytes = JSON) -> Answer:
    """A response as DynamoDB or STS sends it."""
    phrase = b"OK" if status == 200 else b"Bad Request"
    head = _HEAD % (status, phrase, kind, len(body), b"R" * 52, zlib.crc32(body))
    return Answer(body, head + body)
