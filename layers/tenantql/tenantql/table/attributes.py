"""Python values to DynamoDB attribute values and back.

Strings, booleans, integers, decimals, lists, maps, structs and sets of strings; an absent value
(None, or an empty set, which DynamoDB does not have) is an absent attribute, never NULL. Floats are
refused: money and counts are exact.
"""

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from typing import Any, Final, cast

import msgspec

from tenantql.table.errors import InvalidItem

type AttributeValue = dict[str, Any]
type RawItem = dict[str, AttributeValue]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_NUMBERS: Final = Context(
    prec=38, Emin=-130, Emax=125, traps=[Inexact, InvalidOperation, Overflow, Subnormal]
)


def encode(value: object) -> AttributeValue:
    """`value` as DynamoDB's typed JSON. Raises InvalidItem for a type that items do not hold."""
    match value:
        case str():
            return {"S": str(value)}  # an enum as the text that it is
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": _number(value)}
        case list() | tuple():
            return {"L": [encode(element) for element in cast("list[object]", value)]}
        case frozenset():
            return {"SS": _strings(cast("frozenset[object]", value))}
        case dict():
            return {"M": encode_item(cast("dict[str, object]", value))}
        case msgspec.Struct():
            return {"M": encode_item(fields_of(value))}
        case _:
            raise InvalidItem(f"an item cannot hold a {type(value).__name__}")


def _number(value: int | Decimal) -> str:
    try:
        finite = _NUMBERS.create_decimal(value).is_finite()
    except ArithmeticError:
        finite = False
    if not finite:
        raise InvalidItem("a number has at most 38 digits, from 1E-130 to 9E125")
    return str(value)


def _strings(values: frozenset[object]) -> list[str]:
    strings = [value for value in values if isinstance(value, str) and value]
    if not strings or len(strings) < len(values):
        raise InvalidItem("a set holds strings, at least one, and none that is empty")
    return sorted(strings)


def encode_item(values: Mapping[str, object]) -> RawItem:
    """A whole item; absent values are left out."""
    return {name: encode(value) for name, value in values.items() if is_there(value)}


def is_there(value: object) -> bool:
    """Whether an attribute with this value is stored: None and an empty set are not."""
    return value is not None and value != frozenset()


def fields_of(value: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct, by name."""
    return {name: getattr(value, name) for name in value.__struct_fields__}


def decode(value: Mapping[str, Any]) -> Any:
    """The Python value of one attribute value. Numbers without a fraction become int."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "SS":
            return frozenset(content)
        case "N":
            return _decoded(content)
        case "L":
            return [decode(element) for element in content]
        case "M":
            return {name: decode(element) for name, element in content.items()}
        case "NULL":
            return None
        case _:
            raise InvalidItem(f"an attribute of type {kind} is not part of the model")


def _decoded(number: str) -> int | Decimal:
    try:
        return int(number)
    except ValueError:
        exact = Decimal(number)
        return int(exact) if exact == exact.to_integral_value() else exact


def decode_item(item: RawItem) -> dict[str, Any]:
    """A whole item as a dict."""
    return {name: decode(value) for name, value in item.items()}
