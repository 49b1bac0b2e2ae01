"""A table in memory, as a transport."""

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

import msgspec

from local.memory.expressions import condition, update
from local.memory.units import item_bytes, page_units, read_units
from tenantql.table.access import Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call, position_names
from tenantql.table.entity import INDEX_ATTRIBUTES, Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.transport import OneByOne

PAGE: Final = 2**20
"""Bytes after which a page ends."""

TOKENS: Final = 100_000
"""The latest transactions whose tokens are known; DynamoDB knows those of ten minutes."""

LAST: Final = "\U0010ffff"

_INDEXES: Final = (None, *INDEX_ATTRIBUTES)

type Place = tuple[str, ...]


class Memory(OneByOne):
    """Items by their keys and, for each partition key of table and index, their order.

    Items are never changed, only replaced; so who has read one keeps what it was. `changed` is told
    of each item that becomes another, as a stream is: before and after. `items` keeps them.
    """

    def __init__(
        self,
        changed: Callable[[RawItem | None, RawItem | None], None] = lambda _old, _new: None,
        items: MutableMapping[Key, RawItem] | None = None,
    ) -> None:
        self._changed = changed
        self._tokens: dict[str, int] = {}
        self.items: MutableMapping[Key, RawItem] = {} if items is None else items
        self.calls: list[Call] = []
        self._places: defaultdict[tuple[str | None, str], list[Place]] = defaultdict(list)

    def add(self, *values: msgspec.Struct) -> None:
        """Puts items in, past everything."""
        for value in values:
            self.put(entity_of(type(value)).encode(value))

    def put(self, item: RawItem) -> None:
        """Puts an item in the place of an equal key's, with its index entries."""
        key = _key(item)
        old = self._take(key)
        self.items[key] = item
        for index in _INDEXES:
            pk = _partition(index)
            if pk in item:
                insort(self._places[index, item[pk]["S"]], _place(index, item))
        if item != old:
            self._changed(old, item)

    def drop(self, key: Key) -> None:
        """Takes an item away, if it is there."""
        item = self._take(key)
        if item is not None:
            self._changed(item, None)

    def _take(self, key: Key) -> RawItem | None:
        item = self.items.pop(key, None)
        if item is None:
            return None
        for index in _INDEXES:
            pk = _partition(index)
            if pk in item:
                places = self._places[index, item[pk]["S"]]
                del places[bisect_left(places, _place(index, item))]
                if not places:
                    del self._places[index, item[pk]["S"]]
        return item

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        """The answer to a call, whoever makes it."""
        del credentials
        self.calls.append(call)
        asked: dict[str, Any] = {**call.parameters}
        match call.operation:
            case "GetItem":
                item = self.items.get(_key(asked["Key"]))
                found = {"Item": item} if item else {}
                return found | _consumed(read_units("GetItem", asked, found))
            case "BatchGetItem":
                return self._batch(asked["RequestItems"])
            case "Query":
                return self._query(asked)
            case "TransactWriteItems":
                actions: list[dict[str, dict[str, Any]]] = asked["TransactItems"]
                token: str = asked["ClientRequestToken"]
                known, same = self._tokens.get(token), hash(msgspec.json.encode(actions))
                if known is not None:
                    # Carried out before: nothing happens, and that is a success.
                    assert known == same, "a token is of one transaction"
                    return {}
                self._transact([next(iter(action.items())) for action in actions])
                self._tokens[token] = same
                if len(self._tokens) > TOKENS:
                    del self._tokens[next(iter(self._tokens))]
                return {}
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self._transact([(call.operation.removesuffix("Item"), asked)])
                changed = call.operation == "UpdateItem"
                return {"Attributes": self.items[_key(asked["Key"])]} if changed else {}
            case "BatchWriteItem":
                (writes,) = asked["RequestItems"].values()
                for write in writes:
                    self._write(write)
                return {}
            case _:
                raise AssertionError(f"no answer to {call.operation}")

    def _write(self, write: dict[str, dict[str, Any]]) -> None:
        ((name, asked),) = write.items()
        if name == "PutRequest":
            self.put(asked["Item"])
        else:
            self.drop(_key(asked["Key"]))

    def _batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        ((table, wanted),) = asked.items()
        found = [self.items.get(_key(key)) for key in wanted["Keys"]]
        answer = {"Responses": {table: [item for item in found if item is not None]}}
        return answer | _consumed(read_units("BatchGetItem", {"RequestItems": asked}, answer))

    def _query(self, asked: dict[str, Any]) -> dict[str, Any]:
        index: str | None = asked.get("IndexName")
        values = {name: each["S"] for name, each in asked["ExpressionAttributeValues"].items()}
        places = self._places[index, values[":0"]]
        low, high = _range(asked["KeyConditionExpression"], values)
        start, end = bisect_left(places, (low,)), bisect_right(places, (high, LAST))
        after = asked.get("ExclusiveStartKey")
        step = 1 if asked["ScanIndexForward"] else -1
        if after is not None and step > 0:
            start = max(start, bisect_right(places, _place(index, after)))
        elif after is not None:
            end = min(end, bisect_left(places, _place(index, after)))
        found: list[RawItem] = []
        size = 0
        more: dict[str, Any] = {}
        for place in range(start, end)[::step]:
            item = self.items[_key_at(index, values[":0"], places[place])]
            found.append(item)
            size += item_bytes(item)
            if len(found) == asked["Limit"] or size > PAGE:
                # Even if nothing comes after it: DynamoDB has not looked.
                names = {"PK", "SK", _partition(index), *position_names(index)}
                more = {"LastEvaluatedKey": {name: item[name] for name in names}}
                break
        units = page_units(size, strong=asked.get("ConsistentRead", False))
        return {"Items": found} | more | _consumed(units)

    def _transact(self, actions: list[tuple[str, dict[str, Any]]]) -> None:
        failed: dict[int, RawItem | None] = {}
        for number, (_, asked) in enumerate(actions):
            stored = self.items.get(_key(asked.get("Key") or asked["Item"]))
            text = asked.get("ConditionExpression")
            if text is not None and not condition(text)(stored or {}, *_placeholders(asked)):
                failed[number] = stored
        if failed:
            there = {number: item for number, item in failed.items() if item is not None}
            raise ConditionFailed(tuple(failed), stored=there)
        for name, asked in actions:
            match name:
                case "Put":
                    self.put(asked["Item"])
                case "Delete":
                    self.drop(_key(asked["Key"]))
                case "Update":
                    key: RawItem = asked["Key"]
                    old = self.items.get(_key(key), key)
                    self.put(update(asked["UpdateExpression"])(old, *_placeholders(asked)))
                case _:
                    assert name == "ConditionCheck"


_KEY_CONDITION: Final = re.compile(
    r"#0 = :0(?: AND (?:(?P<exact>#1 = :1)|(?P<begins>begins_with\(#1, :1\))"
    r"|(?P<between>#1 BETWEEN :1 AND :2)))?"
)


def _range(text: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The least and the greatest sort key that a key condition lets in."""
    match = _KEY_CONDITION.fullmatch(text)
    assert match is not None, text
    if match["exact"]:
        return values[":1"], values[":1"]
    if match["begins"]:
        return values[":1"], values[":1"] + LAST
    if match["between"]:
        assert values[":1"] <= values[":2"], "DynamoDB refuses such a range"
        return values[":1"], values[":2"]
    return "", LAST


def _partition(index: str | None) -> str:
    return "PK" if index is None else INDEX_ATTRIBUTES[index][0]


def _place(index: str | None, item: RawItem) -> Place:
    return tuple(item[name]["S"] for name in position_names(index))


def _key_at(index: str | None, pk: str, place: Place) -> Key:
    found = dict(zip(position_names(index), place, strict=True))
    return Key(found.get("PK", pk), found["SK"])


def _key(item: RawItem) -> Key:
    return Key(item["PK"]["S"], item["SK"]["S"])


def _placeholders(asked: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    return asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})


def _consumed(units: float) -> dict[str, Any]:
    return {"ConsumedCapacity": {"CapacityUnits": units}}
