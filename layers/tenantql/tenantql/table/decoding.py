"""Decoding: from DynamoDB's JSON straight to the fields of an entity's class.

What a transport brings are the bytes of an item's JSON, or that JSON as a dict. A class gets a
shape that msgspec reads it into, without a dict on the way, and a function that makes one of the
other. Both are made when its first item is read. For

    class Parcel(Item): code: str; weight: int; note: str | None = None

they are, but for the keys and the other fields:

    class Shape(Struct): code: Text; weight: Number; note: Text | None = None

    def make(s):
        return Parcel(
            code=s.code.S,
            weight=int(s.weight.N),
            note=s.note.S if s.note is not None else None,
        )

An attribute that no field is made of is skipped. What does not fit is left to the general way
(`Entity.decode`), which says what is wrong.
"""

from collections.abc import Callable
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeAliasType, Union, cast, get_args, get_origin

import msgspec
import msgspec.structs

from tenantql.table.attributes import RawItem, decode
from tenantql.table.errors import InvalidItem

type StoredItem = msgspec.Raw | RawItem
"""An item as a transport brings it: the bytes of its JSON, or what they say."""


class Text(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A string."""

    S: str


class Number(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A number, as text."""

    N: str


class _Truth(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    BOOL: bool


class _Texts(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    SS: frozenset[str]


class Keys(msgspec.Struct, kw_only=True, gc=False):
    """What is known of an item of whatever type: its keys, its type, and when it ends."""

    PK: Text
    SK: Text
    type: Text | None = None
    expires_at: Number | None = None


class _Form[S: msgspec.Struct]:
    """A shape of items, and what reads them into it."""

    def __init__(self, shape: type[S]) -> None:
        self.shape: Final = shape
        self._decode = msgspec.json.Decoder(shape).decode

    def read(self, item: StoredItem) -> S:
        """An item in this shape. Raises ValueError if it does not have it."""
        if type(item) is msgspec.Raw:
            return self._decode(item)
        return msgspec.convert(item, self.shape)


class Reading[T: msgspec.Struct]:
    """Reads stored items of one entity: first their keys and, when these are right, the rest.

    An item that has `shape` is read at once. `general` reads any other, or says what is wrong.
    """

    def __init__(
        self,
        kind: type[T],
        shape: type[Keys] | None,
        names: tuple[str, ...],
        general: Callable[[RawItem], T],
    ) -> None:
        """`names` are attributes of an index, read with the keys."""
        self._form = shape and _Form(shape)
        self._make = _maker(kind)
        self._names = names
        self._general = general

    def keys(self, item: StoredItem) -> Keys:
        """The keys of an item, of whatever type it is. Raises InvalidItem if it has none."""
        if self._form is not None:
            try:
                return self._form.read(item)
            except ValueError:
                pass  # It may be an old one, and there may be keys all the same.
        return keys_of(item, self._names)

    def value(self, keys: Keys, item: StoredItem) -> T:
        """The item to which `keys` belong. Raises InvalidItem if it is not one of the entity."""
        if self._form is not None and type(keys) is self._form.shape:
            try:
                return self._make(keys)
            except (TypeError, ValueError):
                pass  # The other way knows what is wrong.
        return self._general(
            msgspec.json.decode(item, type=RawItem.__value__) if type(item) is msgspec.Raw else item
        )


def keys_of(item: StoredItem, names: tuple[str, ...] = ()) -> Keys:
    """The keys of an item, and the attributes with these names. Raises InvalidItem."""
    try:
        return _keys_form(names).read(item)
    except ValueError:
        raise InvalidItem("an item has keys, each of them a text") from None


def schema_version_of(item: RawItem) -> int:
    """The schema version that a stored item was written as."""
    return int(item.get("schema_version", {}).get("N", "1"))


@cache
def _keys_form(names: tuple[str, ...]) -> _Form[Keys]:
    return _Form(_with_keys("Keys", _indexed(names)))


def _with_keys(name: str, fields: list[Any]) -> type[Keys]:
    made = msgspec.defstruct(name, fields, bases=(Keys,), kw_only=True, gc=False)
    return cast("type[Keys]", made)


def _indexed(names: tuple[str, ...]) -> list[tuple[str, Any, None]]:
    """Attributes of an index: an item need not be in it, if it is read by the table's key."""
    return [(name, Text | None, None) for name in names]


def shape_of(
    kind: type[msgspec.Struct], name: str, version: int, names: tuple[str, ...]
) -> type[Keys]:
    """The shape of items of `kind` with this type's name and schema version.

    `names` are attributes of an index.
    """
    is_first: tuple[Any, ...] = (None,) if version == 1 else ()  # Which is not written.
    exact = [
        ("type", _holding("S", Literal[name])),
        ("schema_version", _holding("N", Literal[str(version)]) | None, *is_first),
    ]
    return _with_keys(kind.__name__, [*exact, *_indexed(names), *_fields(kind)])


def _fields(kind: type[msgspec.Struct]) -> list[tuple[Any, ...]]:
    """The shapes of the fields of a struct."""
    return [
        (info.name, _shape(info.type))
        if info.required
        else (info.name, _shape(info.type) | None, None)
        for info in msgspec.structs.fields(kind)
    ]


@cache
def _map_of(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The shape of a struct within an item."""
    inner = msgspec.defstruct(kind.__name__, _fields(kind), kw_only=True, gc=False)
    return _holding("M", inner)


def _holding(tag: str, content: Any) -> Any:
    """The shape of an attribute value with this tag."""
    return msgspec.defstruct("Value", [(tag, content)], gc=False, forbid_unknown_fields=True)


def _shape(kind: Any) -> Any:
    """The shape of the attribute value of which a field of this type is made."""
    kind = _plain(kind)
    if kind in _SHAPES:
        return _SHAPES[kind]
    if _is(kind, Enum):
        return _holding("S", kind)
    if _is(kind, msgspec.Struct):
        return _map_of(kind)
    match get_origin(kind), get_args(kind):
        case builtin, (element, end) if builtin is tuple and end is ...:
            return _holding("L", list[_shape(element)])
        case builtin, (key, element) if builtin is dict and key is str:
            return _holding("M", dict[str, _shape(element)])
        case _:
            return dict[str, Any]


@cache
def _maker[T: msgspec.Struct](kind: type[T]) -> Callable[[Any], T]:
    """What makes a struct of its shape."""
    names: dict[str, Any] = {"kind": kind, "convert": msgspec.convert, "decode": decode}
    lines = [_argument(info, names) for info in msgspec.structs.fields(kind)]
    body = ",\n        ".join(lines)
    # Made of the names and types of a class alone, and of nothing that is stored or sent.
    exec(f"def make(s):\n    return kind(\n        {body},\n    )\n", names)  # noqa: S102
    return cast("Callable[[Any], T]", names["make"])


def _argument(info: msgspec.structs.FieldInfo, names: dict[str, Any]) -> str:
    """A field of the call that makes the struct; `names` gets what its text refers to."""
    content = f"{info.name}=" + _content(f"s.{info.name}", info.type, names)
    if info.required:
        return content
    default = _named("default", info.default, names)
    if info.default is msgspec.NODEFAULT:
        names[default] = info.default_factory
        default += "()"
    return f"{content} if s.{info.name} is not None else {default}"


def _content(value: str, kind: Any, names: dict[str, Any]) -> str:
    """The text that takes what a field of this type is out of the shape `value`."""
    kind = _plain(kind)
    if kind is int:
        return f"int({value}.N)"
    if kind in _SHAPES:
        return f"{value}.{_SHAPES[kind].__struct_fields__[0]}"
    if _is(kind, Enum):
        return f"{value}.S"
    if _is(kind, msgspec.Struct):
        return f"{_named('make', _maker(kind), names)}({value}.M)"
    match get_origin(kind), get_args(kind):
        case builtin, (element, end) if builtin is tuple and end is ...:
            return f"tuple([{_content('e', element, names)} for e in {value}.L])"
        case builtin, (key, element) if builtin is dict and key is str:
            return f"{{n: {_content('e', element, names)} for n, e in {value}.M.items()}}"
        case _:
            return f"convert(decode({value}), {_named('type', kind, names)})"


def _plain(kind: Any) -> Any:
    """A type without None, since an absent value is an absent attribute; and of an alias, its."""
    if isinstance(kind, TypeAliasType):
        return _plain(kind.__value__)
    if get_origin(kind) in (Union, UnionType):
        kinds = [one for one in get_args(kind) if one is not NoneType]
        return _plain(kinds[0]) if len(kinds) == 1 else kind
    return kind


def _is(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _named(prefix: str, value: Any, names: dict[str, Any]) -> str:
    """The name by which the text refers to `value`."""
    name = f"{prefix}{len(names)}"
    names[name] = value
    return name


_SHAPES: Final[dict[Any, Any]] = {str: Text, int: Number, bool: _Truth, frozenset[str]: _Texts}
