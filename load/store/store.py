"""The tables in memory with what a DynamoDB has around them: rights, units, a stream, errors."""

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

import orjson

from benchmarks.day.recording import Recorder
from load.store.heat import Heat
from local.memory import Memory, Packed
from local.memory.rights import ensure_within, tables_of
from tenantql.table.access import Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import PLATFORM_INDEX
from tenantql.table.errors import AccessDenied, ConditionFailed, TableError

CONTROL: Final = "load-control"
DATA: Final = "load-data-enterprise-01"
FUNCTION: Final = "function"
"""The access key of the functions' own credentials, which are good for the control table alone."""

PLATFORM: Final = "platform"
"""Who reads the platform index."""

_NOBODY: Final = Credentials("", "", None)
_LISTED: Final = frozenset({"BatchGetItem", "BatchWriteItem", "TransactWriteItems"})
"""Calls whose answers tell of several tables."""


class Store:
    """Both tables. One call after another: so each is carried out as a whole."""

    def __init__(self) -> None:
        self._memory = Memory(items=Packed())
        self._recorder = Recorder(self._memory, CONTROL)
        self._numbers = 0
        self.heat = Heat()
        self.calls = 0
        self.refused = 0
        self.stream: deque[bytes] = deque()
        """What was written and not yet taken: each record as a function gets it, in JSON."""

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self._memory.items)

    def put(self, items: list[RawItem]) -> None:
        """Puts items in, past everything; the stream does not tell of them."""
        for item in items:
            self._memory.put(item)

    def forget(self) -> None:
        """Counts calls and units anew."""
        self.heat, self.calls, self.refused = Heat(), 0, 0

    def answer(self, call: Call, holder: str) -> Mapping[str, Any]:
        """The answer to a call that is signed with `holder`'s credentials. Raises TableError."""
        try:
            _authorize(call, holder)
            answer = self._recorder.send(call, _NOBODY)
        except TableError:
            self.refused += 1
            raise
        finally:
            self._memory.calls.clear()
        self.calls += 1
        touched = self._recorder.touched
        self._recorder.forget()
        self.heat.add(touched)
        for record in self._recorder.records:
            self._tell(record.before, record.after)
        self._recorder.records = []
        write = sum(one.write for one in touched)
        if not write:
            return answer
        consumed: Any = {"CapacityUnits": write}
        return {**answer, "ConsumedCapacity": [consumed] if call.operation in _LISTED else consumed}

    def _tell(self, before: RawItem | None, after: RawItem | None) -> None:
        item = after or before or {}
        self._numbers += 1
        content: dict[str, Any] = {
            "SequenceNumber": str(self._numbers),
            "Keys": {name: item[name] for name in ("PK", "SK")},
        }
        content |= {} if before is None else {"OldImage": before}
        content |= {} if after is None else {"NewImage": after}
        record = {
            "eventID": f"event-{self._numbers}",
            "eventSourceARN": f"arn:aws:dynamodb:us-east-1:123456789012:table/{DATA}/stream/1",
            "dynamodb": content,
        }
        self.stream.append(orjson.dumps(record))


def problem(error: TableError, call: Call) -> dict[str, Any]:
    """An error as DynamoDB's answer has it."""
    match error:
        case ConditionFailed() if call.operation == "TransactWriteItems":
            reasons = [{"Code": "None"} for _ in call.parameters["TransactItems"]]
            for number in error.failed:
                reasons[number] = {"Code": "ConditionalCheckFailed"}
                if number in error.stored:
                    reasons[number]["Item"] = error.stored[number]
            return _named("TransactionCanceledException") | {"CancellationReasons": reasons}
        case ConditionFailed():
            stored = {"Item": error.stored[0]} if 0 in error.stored else {}
            return _named("ConditionalCheckFailedException") | stored
        case AccessDenied():
            return _named("AccessDeniedException")
        case _:
            return _named("ValidationException")


def _named(name: str) -> dict[str, Any]:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": name}


def _authorize(call: Call, holder: str) -> None:
    """Raises AccessDenied for a call that the credentials are not good for."""
    tenant, _, level = holder.partition("@")
    if holder == FUNCTION:
        if {*tables_of(call)} != {CONTROL}:
            raise AccessDenied("the function's own credentials are for the control table")
    elif {*tables_of(call)} != {DATA}:
        raise AccessDenied("a tenant's credentials are for the table of its data")
    elif tenant == PLATFORM:
        if call.parameters.get("IndexName") != PLATFORM_INDEX:
            raise AccessDenied("the platform reads its index alone")
    else:
        ensure_within(call, tenant, level)
