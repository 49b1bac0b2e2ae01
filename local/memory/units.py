"""Capacity units by DynamoDB's documented rules, from the items of an answer.

The local cloud's count of read units does not depend on sizes, so it is counted here.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, Final, cast

import msgspec

READ_BYTES: Final = 4096
WRITE_BYTES: Final = 1024
READING: Final = frozenset({"GetItem", "Query", "BatchGetItem"})


class Sized(dict[str, Any]):
    """An item that knows its size; nothing of it is changed."""

    __slots__ = ("size",)

    def __init__(self, size: int, item: Mapping[str, Any]) -> None:
        super().__init__(item)
        self.size = size


def item_bytes(item: Mapping[str, Any] | msgspec.Raw) -> int:
    """The size of an item in DynamoDB's typed JSON, maybe still in bytes: names and values."""
    if isinstance(item, Sized):
        return item.size
    if isinstance(item, msgspec.Raw):
        return item_bytes(msgspec.json.decode(item, type=dict[str, Any]))
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def read_units(call: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """What a read consumed: each item of a batch by itself, a page of a query as a whole."""
    match call:
        case "GetItem":
            strong = parameters.get("ConsistentRead", False)
            return _units([item_bytes(answer.get("Item", {}))], strong=strong)
        case "Query":
            size = sum(item_bytes(item) for item in answer["Items"])
            return page_units(size, strong=parameters.get("ConsistentRead", False))
        case "BatchGetItem":
            ((table, asked),) = parameters["RequestItems"].items()
            sizes = [item_bytes(item) for item in answer["Responses"].get(table, ())]
            missing = len(asked["Keys"]) - len(sizes)
            return _units([*sizes, *[0] * missing], strong=asked.get("ConsistentRead", False))
        case _:
            return 0.0


def page_units(size: int, *, strong: bool) -> float:
    """What a page of a query consumed whose items have so many bytes together."""
    return _units([size], strong=strong)


def write_units(size: int, *, transactional: bool) -> int:
    """What writing an item of so many bytes consumes, in one table or index."""
    return max(1, ceil(size / WRITE_BYTES)) * (2 if transactional else 1)


def consumed(answer: Mapping[str, Any]) -> float:
    """The units that an answer says were consumed, in all its tables."""
    told: Any = answer.get("ConsumedCapacity") or []
    tables = cast("list[Mapping[str, Any]]", [told] if isinstance(told, dict) else told)
    return sum(float(table.get("CapacityUnits", 0)) for table in tables)


def _units(sizes: Iterable[int], *, strong: bool) -> float:
    return sum(max(1, ceil(size / READ_BYTES)) for size in sizes) * (1 if strong else 0.5)


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = content.lstrip("-").replace(".", "").strip("0")
            return ceil(len(digits) / 2) + 1 + content.startswith("-")
        case "BOOL" | "NULL":
            return 1
        case "SS":
            return sum(len(element.encode()) for element in content)
        case "L":
            elements = cast("list[Mapping[str, Any]]", content)
            return 3 + sum(1 + _value_bytes(element) for element in elements)
        case "M":
            entries = cast("Mapping[str, Mapping[str, Any]]", content)
            return 3 + sum(1 + len(n.encode()) + _value_bytes(v) for n, v in entries.items())
        case _:
            raise ValueError(f"no rule for an attribute of type {kind}")
