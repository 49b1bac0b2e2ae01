"""Records which keys the calls of an operation touch, with what units, and what they change.

Units are DynamoDB's documented ones, counted from the sizes of items: reads as they are asked for,
writes of the larger of the item before and after, doubled in a transaction, and of each index entry
that comes, goes or changes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from local.memory import Memory
from local.memory.units import item_bytes, page_units, write_units
from tenantql.engine.changes import Record
from tenantql.table.access import Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import INDEX_ATTRIBUTES, KEYS_ONLY, Key
from tenantql.table.transport import OneByOne

TABLE: Final = "table"
CONTROL: Final = "control"
SINGLE: Final[Mapping[str, str]] = {
    "PutItem": "Put",
    "UpdateItem": "Update",
    "DeleteItem": "Delete",
}


@dataclass(frozen=True)
class Touched:
    """What one call did to one partition key, of a table or an index, and to one item if it wrote.

    `listed` is a Query: of a sharded list it is made of each shard.
    """

    place: str
    pk: str
    item: Key | None = None
    read: float = 0
    write: float = 0
    transaction: bool = False
    listed: bool = False


@dataclass
class Recorder(OneByOne):
    """A transport over a table in memory, which notes what passes."""

    memory: Memory
    control_table: str
    operations: list[str] = field(default_factory=list[str])
    touched: list[Touched] = field(default_factory=list[Touched])
    records: list[Record] = field(default_factory=list[Record])
    _events: int = 0

    def forget(self) -> None:
        """Starts anew; records of what was written are kept."""
        self.operations, self.touched = [], []

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        """The answer to a call. Raises what the table raises."""
        written = [*_written(call)]
        before = [self.memory.items.get(each.key) for each in written]
        answer = self.memory.send(call, credentials)
        after = [self.memory.items.get(each.key) for each in written]
        if _is_routing(call):
            return answer
        self.operations.append(call.operation)
        self.touched += self._reads(call, answer)
        for each, old, new in zip(written, before, after, strict=True):
            self.touched += self._write(each, old, new)
            if old != new and each.table != self.control_table:
                self._events += 1
                self.records.append(Record(f"event-{self._events}", each.table, old, new))
        return answer

    def _reads(self, call: Call, answer: Mapping[str, Any]) -> Iterator[Touched]:
        asked: Mapping[str, Any] = call.parameters
        match call.operation:
            case "GetItem":
                yield self._read(asked["TableName"], asked["Key"], answer.get("Item"), asked)
            case "BatchGetItem":
                ((table, wanted),) = asked["RequestItems"].items()
                found = {_key(item): item for item in answer["Responses"][table]}
                for key in wanted["Keys"]:
                    yield self._read(table, key, found.get(_key(key)), wanted)
            case "Query":
                place = asked.get("IndexName") or self._place(asked["TableName"])
                size = sum(item_bytes(item) for item in answer["Items"])
                units = page_units(size, strong=asked.get("ConsistentRead", False))
                pk = asked["ExpressionAttributeValues"][":0"]["S"]
                yield Touched(place, pk, read=units, listed=True)
            case _:
                pass

    def _read(
        self, table: str, key: RawItem, item: RawItem | None, asked: Mapping[str, Any]
    ) -> Touched:
        strong = asked.get("ConsistentRead", False)
        units = page_units(item_bytes(item or {}), strong=strong)
        return Touched(self._place(table), key["PK"]["S"], read=units)

    def _write(self, each: "_Write", old: RawItem | None, new: RawItem | None) -> Iterator[Touched]:
        place, together = self._place(each.table), each.transaction
        size = max(item_bytes(old or {}), item_bytes(new or {}))
        units = write_units(size, transactional=together)
        yield Touched(place, each.key.pk, each.key, write=units, transaction=together)
        if place == TABLE:
            yield from _entries(old or {}, new or {})

    def _place(self, table: str) -> str:
        return CONTROL if table == self.control_table else TABLE


@dataclass(frozen=True)
class _Write:
    table: str
    key: Key
    transaction: bool


def _written(call: Call) -> Iterator[_Write]:
    asked: Mapping[str, Any] = call.parameters
    match call.operation:
        case "TransactWriteItems":
            for action in asked["TransactItems"]:
                (own,) = action.values()
                yield _Write(own["TableName"], _key(own.get("Key") or own["Item"]), True)
        case "BatchWriteItem":
            ((table, writes),) = asked["RequestItems"].items()
            for write in cast("list[dict[str, Any]]", writes):
                (own,) = write.values()
                yield _Write(table, _key(own.get("Key") or own["Item"]), False)
        case operation if operation in SINGLE:
            yield _Write(asked["TableName"], _key(asked.get("Key") or asked["Item"]), False)
        case _:
            pass


def _entries(old: RawItem, new: RawItem) -> Iterator[Touched]:
    """The entries of the indexes that a write changes; an index never doubles."""
    for index, (pk, sk) in INDEX_ATTRIBUTES.items():
        was, now = (_entry(index, item) if pk in item else None for item in (old, new))
        if was == now:
            continue
        same = was is not None and now is not None and (old[pk], old[sk]) == (new[pk], new[sk])
        changed = [max((was, now), key=_bytes)] if same else [was, now]
        for entry in changed:
            if entry is not None:
                units = write_units(item_bytes(entry), transactional=False)
                yield Touched(index, entry[pk]["S"], write=units)


def _entry(index: str, item: RawItem) -> RawItem:
    if index not in KEYS_ONLY:
        return item
    names = {"PK", "SK", *INDEX_ATTRIBUTES[index]}
    return {name: value for name, value in item.items() if name in names}


def _bytes(item: RawItem | None) -> int:
    return item_bytes(item or {})


def _key(item: RawItem) -> Key:
    return Key(item["PK"]["S"], item["SK"]["S"])


def _is_routing(call: Call) -> bool:
    """A routing record is read once in a while by each instance, not by each request."""
    return call.parameters.get("Key", {}).get("SK") == {"S": "ROUTE"}
