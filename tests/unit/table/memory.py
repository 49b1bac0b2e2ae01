"""A table in memory that answers Query as DynamoDB does: in pages, from any start key on."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tenantql.table.access import Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import INDEX_ATTRIBUTES, KEYS_ONLY, Key, entity_of
from tenantql.table.errors import Unavailable
from tenantql.table.transport import OneByOne

_NARROW = re.compile(r" AND (?:(#1 = :1)|(begins_with\(#1, :1\))|(#1 BETWEEN :1 AND :2))$")


class MemoryTable(OneByOne):
    """A transport. `page` is how many items a page has at most, as if they filled 1 MB.

    `failing` is a partition key whose reads fail.
    """

    def __init__(self, page: int = 1000) -> None:
        self.items: dict[Key, RawItem] = {}
        self.page = page
        self.failing: str | None = None
        self.calls: list[Call] = []

    def put(self, value: msgspec.Struct) -> None:
        item = entity_of(type(value)).encode(value)
        self.items[Key(item["PK"]["S"], item["SK"]["S"])] = item

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        del credentials
        self.calls.append(call)
        assert call.operation == "Query"
        asked = call.parameters
        index: str | None = asked.get("IndexName")
        pk, sk = INDEX_ATTRIBUTES[index] if index else ("PK", "SK")
        names = tuple(dict.fromkeys((sk, "PK", "SK"))) if index else ("SK",)
        values = {name: each["S"] for name, each in asked["ExpressionAttributeValues"].items()}
        if values[":0"] == self.failing:
            raise Unavailable("this shard fails")
        rows = [
            item
            for item in self.items.values()
            if item.get(pk) == {"S": values[":0"]}
            and _within(asked["KeyConditionExpression"], values, item[sk]["S"])
        ]
        forward: bool = asked["ScanIndexForward"]
        rows.sort(key=lambda item: _place(names, item), reverse=not forward)
        start: RawItem | None = asked.get("ExclusiveStartKey")
        if start is not None:
            # DynamoDB refuses a start key of another collection, and one that lacks a part.
            assert start[pk]["S"] == values[":0"]
            assert start.keys() == {pk, *names}
            edge = _place(names, start)
            rows = [
                item
                for item in rows
                if (_place(names, item) > edge if forward else _place(names, item) < edge)
            ]
        size = min(self.page, asked["Limit"])
        found = rows[:size]
        answer: dict[str, Any] = {"Items": [_projected(index, item) for item in found]}
        if len(found) == size:
            # Even if nothing comes after it: DynamoDB has not looked.
            answer["LastEvaluatedKey"] = {name: found[-1][name] for name in {pk, *names}}
        return answer


def _within(condition: str, values: dict[str, str], sk: str) -> bool:
    if condition == "#0 = :0":
        return True
    match = _NARROW.search(condition)
    assert match is not None, condition
    exact, begins, _between = match.groups()
    if exact:
        return sk == values[":1"]
    if begins:
        return sk.startswith(values[":1"])
    return values[":1"] <= sk <= values[":2"]


def _place(names: tuple[str, ...], item: RawItem) -> tuple[bytes, ...]:
    return tuple(item[name]["S"].encode() for name in names)


def _projected(index: str | None, item: RawItem) -> RawItem:
    if index not in KEYS_ONLY:
        return item
    return {name: item[name] for name in {"PK", "SK", *INDEX_ATTRIBUTES[str(index)]}}
