"""Decoding: from DynamoDB's attribute values straight to the fields of an entity's class.

A class gets a function of its own, written and compiled when its first item is read. For

    class Parcel(Item): code: str; weight: int; note: str | None = None

it is, but for the names and the other fields:

    def read(stored):
        get = stored.get
        return Parcel(
            code=stored["code"]["S"],
            weight=int(stored["weight"]["N"]),
            note=value["S"] if (value := get("note")) is not None else None,
        )

What does not fit is left to the general way, which says what is wrong.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin

import msgspec
import msgspec.structs

from tenantql.table.attributes import RawItem, decode


@cache
def struct_reader[T: msgspec.Struct](item: type[T]) -> Callable[[RawItem], T]:
    """What makes an `item` of a stored one.

    It raises KeyError, TypeError, ValueError or msgspec's ValidationError where one does not fit.
    """
    names: dict[str, Any] = {"item": item, "convert": msgspec.convert, "decode": decode}
    lines = [_argument(info, names) for info in msgspec.structs.fields(item)]
    body = ",\n        ".join(lines)
    source = f"def read(stored):\n    get = stored.get\n    return item(\n        {body},\n    )\n"
    # Made of the names and types of a class alone, and of nothing that is stored or sent.
    exec(source, names)  # noqa: S102
    return cast("Callable[[RawItem], T]", names["read"])


def _argument(info: msgspec.structs.FieldInfo, names: dict[str, Any]) -> str:
    """A field of the call that makes the struct; `names` gets what its text refers to."""
    if info.required:
        return f"{info.name}=" + _content(f'stored["{info.name}"]', info.name, info.type, names)
    default = f"default_{info.name}"
    if info.default is msgspec.NODEFAULT:
        names[default] = info.default_factory
        default += "()"
    else:
        names[default] = info.default
    content = _content("value", info.name, info.type, names)
    return f'{info.name}={content} if (value := get("{info.name}")) is not None else {default}'


def _content(value: str, field: str, kind: Any, names: dict[str, Any]) -> str:
    """The text that takes a field's content out of the attribute value `value`."""
    if get_origin(kind) in (Union, UnionType):
        # An absent value is an absent attribute, so None is never read.
        kinds = [one for one in get_args(kind) if one is not NoneType]
        if len(kinds) == 1:
            return _content(value, field, kinds[0], names)
    if kind in _CONTENTS:
        return _CONTENTS[kind].format(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        names[f"members_{field}"] = {member.value: member for member in kind}
        return f'members_{field}[{value}["S"]]'
    names[f"type_{field}"] = kind
    return f"convert(decode({value}), type_{field})"


_CONTENTS: Final[Mapping[Any, str]] = {
    str: '{}["S"]',
    bool: '{}["BOOL"]',
    int: 'int({}["N"])',
    frozenset[str]: 'frozenset({}["SS"])',
}
