"""Sizes of items and units of reads, as the developer guide has them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Iterable
from math import ceil
from typing import Any

from tenantql.table.attributes import AttributeValue, RawItem

READ_UNIT = 4096
"""Bytes that one strongly consistent read unit reads; an eventually consistent read costs half."""


def item_size(item: RawItem) -> int:
    """Bytes of an item: its attributes' names and values."""
    return sum(_text(name) + _value_size(value) for name, value in item.items())


def read_units(items: Iterable[RawItem], *, consistent: bool) -> float:
    """What a Query, or a GetItem, of these items costs: their sizes are added, then rounded up.

    A read that finds nothing costs as much as one of the smallest item.
    """
    size = sum(map(item_size, items))
    units = max(1, ceil(size / READ_UNIT))
    return units if consistent else units / 2


def _value_size(value: AttributeValue) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return _text(content)
        case "N":
            return _number(content)
        case "BOOL" | "NULL":
            return 1
        case "SS":
            return sum(map(_text, content))
        case "L":
            return 3 + sum(1 + _value_size(each) for each in content)
        case "M":
            return 3 + sum(1 + _text(name) + _value_size(each) for name, each in content.items())
        case _:
            raise AssertionError(f"no entity has an attribute of type {kind}")


def _text(text: Any) -> int:
    return len(text.encode())


def _number(text: str) -> int:
    """One byte for two significant digits and one more, as the guide says, approximately."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")
