"""Values of input types: literals of a document and JSON of a request, right and wrong ones."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
)

TEXTS: Final = (
    "",
    "a",
    "class",
    "it's",
    'say "hi"',
    "back\\slash",
    "line\nbreak\r\u2028",
    "{V['x']} {0} %s",
    "\x00\x1b",
    "ключ",
    "\U0001f600",
    "'''\"\"\"",
    "01J00000000000000000000001",
    "2026-11-21",
    "2026-11-21T09:30:00Z",
    "2026-11",
    "ada@example.com",
)
WRONG: Final[tuple[Any, ...]] = (
    None,
    True,
    7,
    2**31,
    1.5,
    1e300,
    float("nan"),
    "x",
    "1",
    [],
    [None],
    [[1]],
    {},
    {"a": 1},
)
INTEGERS: Final = (0, 1, -1, 3, 7, 100, 2**31 - 1, -(2**31))
PLAIN: Final[Mapping[str, Sequence[Any]]] = {
    **dict.fromkeys(("Int", "Count", "MinorUnits", "Points"), INTEGERS),
    "Even": [number & ~1 for number in INTEGERS],
    "Float": (0, 3, 1.5, -0.0, -2.25e-7, 1e300),
    "Boolean": (True, False),
    "ID": (*TEXTS, 5, -17),
    "Date": ("2026-11-21",),
    "DateTime": ("2026-11-21T09:30:00+01:00",),
    "Month": ("2026-11",),
    "EmailAddress": ("ada@example.com",),
}
"""Values that fit a leaf type; texts fit every other."""

type Variable = Callable[[Any, bool, bool], str | None]
"""Gives a variable that may stand where a type is, where there is a default or not, in an input
object of which one field is given or not."""


def text(value: str) -> str:
    """The GraphQL literal of a string."""
    escaped = "".join(
        char if " " <= char < "\x7f" and char not in '"\\' else _escaped(char) for char in value
    )
    return f'"{escaped}"'


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}"


def strict(type: Any) -> Any:
    """A type that is not null."""
    return cast("Any", type if isinstance(type, GraphQLNonNull) else GraphQLNonNull(type))


def literal(
    chance: Random,
    type: Any,
    variable: Variable = lambda _type, _default, _one_of: None,
    depth: int = 2,
    *,
    has_default: bool = False,
    one_of: bool = False,
) -> str:
    """A valid literal of a type, with variables in it where `variable` gives some."""
    if (given := variable(type, has_default, one_of)) is not None:
        return given
    if isinstance(type, GraphQLNonNull):
        type = cast("Any", type).of_type
    elif not one_of and chance.random() < 0.1:
        return "null"
    if isinstance(type, GraphQLList):
        item = cast("Any", type).of_type
        if depth <= 0:
            return "[]"
        if not isinstance(item, GraphQLList) and chance.random() < 0.15:
            # One value stands for a list of it. A variable would have to be a list.
            return literal(chance, strict(item), depth=depth)
        count = chance.choice((0, 1, 1, 2, 3))
        return f"[{', '.join(literal(chance, item, variable, depth) for _ in range(count))}]"
    if isinstance(type, GraphQLInputObjectType):
        return _object(chance, type, variable, depth)
    return _leaf(chance, type, variable)


def _object(chance: Random, type: GraphQLInputObjectType, variable: Variable, depth: int) -> str:
    fields = list(type.fields.items())
    if type.is_one_of:
        name, field = chance.choice(fields)
        return f"{{{name}: {literal(chance, field.type, variable, depth - 1, one_of=True)}}}"
    chance.shuffle(fields)
    entries: list[str] = []
    for name, field in fields:
        has_default = field.default is not None
        required = isinstance(field.type, GraphQLNonNull) and not has_default
        if required or (depth > 0 and chance.random() < 0.6):
            value = literal(chance, field.type, variable, depth - 1, has_default=has_default)
            entries.append(f"{name}: {value}")
    return f"{{{', '.join(entries)}}}"


def _leaf(chance: Random, type: GraphQLNamedType, variable: Variable) -> str:
    if isinstance(type, GraphQLEnumType):
        return chance.choice(list(type.values))
    if type.name == "Json":
        return _json(chance, variable, 2)
    value = chance.choice(PLAIN.get(type.name, TEXTS))
    return text(value) if isinstance(value, str) else repr(value).lower()


def _json(chance: Random, variable: Variable, depth: int) -> str:
    if depth < 2 and (given := variable(None, False, False)) is not None:
        return given
    kind = chance.randrange(6 if depth else 4)
    if kind == 4:
        return f"[{', '.join(_json(chance, variable, depth - 1) for _ in range(2))}]"
    if kind == 5:
        return f"{{a: {_json(chance, variable, depth - 1)}, if: {_json(chance, variable, 0)}}}"
    return chance.choice(("1", "2.5", "true", "WORD", text(chance.choice(TEXTS))))


def given(chance: Random, type: Any, trouble: float, depth: int = 2) -> Any:
    """A value for a variable; at each place with the probability `trouble` one that may not fit."""
    if chance.random() < trouble:
        return chance.choice(WRONG)
    if isinstance(type, GraphQLNonNull):
        type = cast("Any", type).of_type
    elif chance.random() < 0.15:
        return None
    if isinstance(type, GraphQLList):
        item = cast("Any", type).of_type
        if depth <= 0:
            return []
        if chance.random() < 0.1:
            return given(chance, item, trouble, depth)
        return [given(chance, item, trouble, depth) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
    if isinstance(type, GraphQLInputObjectType):
        return _given_object(chance, type, trouble, depth)
    if isinstance(type, GraphQLEnumType):
        return chance.choice(list(type.values))
    return chance.choice(PLAIN.get(type.name, TEXTS))


def _given_object(
    chance: Random, type: GraphQLInputObjectType, trouble: float, depth: int
) -> dict[str, Any]:
    fields = list(type.fields.items())
    if type.is_one_of:
        name, field = chance.choice(fields)
        return {name: given(chance, strict(field.type), trouble, depth - 1)}
    found: dict[str, Any] = {}
    for name, field in fields:
        required = isinstance(field.type, GraphQLNonNull) and field.default is None
        if (required and chance.random() >= trouble) or (depth > 0 and chance.random() < 0.6):
            found[name] = given(chance, field.type, trouble, depth - 1)
    if chance.random() < trouble:
        found["unknown"] = 1
    return found
