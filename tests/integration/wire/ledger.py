"""A table that counts how often each write was carried out, behind a wire that fails on purpose."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.unit.table.direct.server import LONG, Asked, Doing, End, answer, refusal

ABSENT: Final = "attribute_not_exists"

type Fault = Callable[["Ledger", Asked], Iterable[Doing]]
"""What becomes of a request: what is sent, and with `Ledger.answered` what is carried out."""


@dataclass
class Ledger:
    """Items by their keys. `faults` says what goes wrong at the next requests, one after another;
    after the last of them nothing does, or `again` does for ever.
    """

    faults: list[Fault] = field(default_factory=list[Fault])
    again: Fault | None = None
    items: dict[str, Any] = field(default_factory=dict[str, Any])
    applied: Counter[str] = field(default_factory=Counter[str])
    """How often the write of each value was carried out."""
    tokens: set[str] = field(default_factory=set[str])
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Iterable[Doing]:
        with self.lock:
            self.asked += 1
            fault = self.faults.pop(0) if self.faults else self.again
        return [self.answered(asked)] if fault is None else fault(self, asked)

    def answered(self, asked: Asked) -> bytes:
        """The right answer, after the request has been carried out."""
        with self.lock:
            return getattr(self, f"_{asked.operation}")(asked.parameters)

    def _GetItem(self, parameters: Any) -> bytes:  # noqa: N802 - DynamoDB's names
        item = self.items.get(key_of(parameters["Key"]))
        return answer({"Item": item} if item else {})

    def _BatchGetItem(self, parameters: Any) -> bytes:  # noqa: N802
        ((table, wanted),) = parameters["RequestItems"].items()
        found = [self.items.get(key_of(key)) for key in wanted["Keys"]]
        return answer({"Responses": {table: [item for item in found if item]}})

    def _Query(self, parameters: Any) -> bytes:  # noqa: N802
        pk = parameters["ExpressionAttributeValues"][":0"]["S"]
        found = [item for key, item in sorted(self.items.items()) if key.startswith(f"{pk} ")]
        return answer({"Items": found, "Count": len(found)})

    def _PutItem(self, parameters: Any) -> bytes:  # noqa: N802
        return self._refused(parameters) or answer(self._put(parameters["Item"]))

    def _UpdateItem(self, parameters: Any) -> bytes:  # noqa: N802
        """Only the addition of one to a number, which it finds in the item."""
        item = self.items[key_of(parameters["Key"])]
        total = int(item["total"]["N"]) + 1
        item["total"] = {"N": str(total)}
        self.applied[key_of(item)] += 1
        return answer({"Attributes": item})

    def _BatchWriteItem(self, parameters: Any) -> bytes:  # noqa: N802
        for writes in parameters["RequestItems"].values():
            for write in writes:
                self._put(write["PutRequest"]["Item"])
        return answer({"UnprocessedItems": {}})

    def _TransactWriteItems(self, parameters: Any) -> bytes:  # noqa: N802
        token = parameters["ClientRequestToken"]
        if token not in self.tokens:
            puts = [action["Put"] for action in parameters["TransactItems"]]
            failed = [self._refused(put) is not None for put in puts]
            if any(failed):
                codes = ("None", "ConditionalCheckFailed")
                reasons = [{"Code": codes[each]} for each in failed]
                return refusal("TransactionCanceledException", CancellationReasons=reasons)
            for put in puts:
                self._put(put["Item"])
            self.tokens.add(token)
        return answer({})

    def _refused(self, put: Mapping[str, Any]) -> bytes | None:
        stored = self.items.get(key_of(put["Item"]))
        if stored is None or ABSENT not in put.get("ConditionExpression", ""):
            return None
        return refusal("ConditionalCheckFailedException", Item=stored)

    def _put(self, item: Any) -> dict[str, Any]:
        self.items[key_of(item)] = item
        self.applied[key_of(item)] += 1
        return {}


def key_of(item: Mapping[str, Any]) -> str:
    """What tells one item from another."""
    return f"{item['PK']['S']} {item['SK']['S']}"


def refused(code: str, status: int = 400) -> Fault:
    """The request is not carried out, and the answer says so."""
    return lambda _ledger, _asked: [refusal(code, status)]


def carried_out(change: Callable[[bytes], Iterable[Doing]]) -> Fault:
    """The request is carried out, and the answer arrives as `change` leaves it."""
    return lambda ledger, asked: change(ledger.answered(asked))


def unheard(*doing: Doing) -> Fault:
    """The request is not carried out, and this happens in place of an answer."""
    return lambda _ledger, _asked: doing


def _middle(whole: bytes) -> int:
    """A place in the body."""
    return (whole.index(b"\r\n\r\n") + 4 + len(whole)) // 2


def in_chunks(whole: bytes) -> Iterable[Doing]:
    """The same answer in chunks, which is no fault."""
    head, _, body = whole.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    yield b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", b""])
    for at in range(0, len(body), 7):
        piece = body[at : at + 7]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _damaged(whole: bytes) -> Iterable[Doing]:
    """One bit of the body is another; often it is JSON all the same."""
    body = whole.index(b"\r\n\r\n") + 4
    at = next((n for n in range(body, len(whole)) if chr(whole[n]).isalnum()), body)
    return [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]]


FINE: Final = carried_out(lambda whole: [whole])
NOT_APPLIED: Final[Mapping[str, Fault]] = {
    "throttled": refused("ThrottlingException"),
    "provisioned": refused("ProvisionedThroughputExceededException"),
}
"""After these a request was surely not carried out, and the client is told."""

HARMLESS: Final[Mapping[str, Fault]] = {
    "chunked": carried_out(in_chunks),
    "dripping": carried_out(lambda whole: (bytes([byte]) for byte in whole)),
    "closed when idle": carried_out(lambda whole: [whole, End.CLOSE]),
    "reset when idle": carried_out(lambda whole: [whole, End.RESET]),
    "ends the connection": carried_out(
        lambda whole: [whole.replace(b"Connection: keep-alive", b"Connection: close"), End.CLOSE]
    ),
    "more than was asked for": carried_out(lambda whole: [whole + answer({"Item": STRANGER})]),
}
"""The answer is right; what comes with it may be the end of the connection."""

STRANGER: Final = {"PK": {"S": "TENANT#acme#TALLY#stranger"}, "SK": {"S": "TALLY"}}

LOSING: Final[Mapping[str, Fault]] = {
    "500 before": refused("InternalServerError", 500),
    "500 after": carried_out(lambda _: [refusal("InternalServerError", 500)]),
    "503": refused("ServiceUnavailable", 503),
    "gateway": unheard(answer(b"<html>bad gateway</html>", 502, headers={"x-amz-crc32": ""})),
    "closed before": unheard(End.CLOSE),
    "closed after": carried_out(lambda _: [End.CLOSE]),
    "reset before": unheard(End.RESET),
    "reset after": carried_out(lambda _: [End.RESET]),
    "cut in the head": carried_out(lambda whole: [whole[:30], End.CLOSE]),
    "cut in the body": carried_out(lambda whole: [whole[: _middle(whole)], End.CLOSE]),
    "reset in the body": carried_out(lambda whole: [whole[: _middle(whole)], End.RESET]),
    "checksum": carried_out(lambda whole: [whole.replace(b"x-amz-crc32: ", b"x-amz-crc32: 1")]),
    "a bit": carried_out(_damaged),
    "garbage": carried_out(lambda _: [b"\x16\x03\x01 garbage\r\n\r\n" * 3, End.CLOSE]),
    "no json": carried_out(lambda _: [answer(b"{]", headers={"x-amz-crc32": ""})]),
    "long header": carried_out(
        lambda whole: [whole.replace(b"Server: ", b"Server: " + b"x" * 99_000)]
    ),
    "many headers": carried_out(
        lambda whole: [whole.replace(b"Server: ", b"x-many: y\r\n" * 5_000 + b"Server: ")]
    ),
}
"""After these nobody can tell whether the request was carried out."""

SILENT: Final[Mapping[str, Fault]] = {
    "no answer": carried_out(lambda _: [LONG]),
    "half an answer": carried_out(lambda whole: [whole[: _middle(whole)], LONG]),
}
"""After these neither, and nothing tells that no more will come."""
