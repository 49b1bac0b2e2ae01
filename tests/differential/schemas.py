"""Random schemas: every kind of type in every kind of place."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    parse_type,
    type_from_ast,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
)

from tests.differential.literals import literal

FIELDS: Final = (
    *("a", "b", "name", "class", "None", "import", "self", "s", "d", "r", "v", "at", "run", "id"),
    *("items", "get", "V", "lambda", "_x1", "R0", "C1", "Nulled", "isinstance"),
)
ARGUMENTS: Final = ("a", "b", "input", "first", "class", "def", "i2", "V", "None")
VALUES: Final = ("RED", "GREEN", "BLUE", "class", "None_", "True_", "import", "A1")
LEAVES: Final = ("Int", "Float", "String", "Boolean", "ID", "Even", "Json", "E0", "E1")
INPUTS: Final = ("I0", "I1", "I2", "I3")
OBJECTS: Final = ("O0", "O1", "O2", "O3")
ABSTRACT: Final = ("N0", "N1", "U0")
WRAPPED: Final = (
    *("{0}", "{0}", "{0}!", "{0}!", "[{0}]", "[{0}!]", "[{0}]!", "[{0}!]!"),
    *("[[{0}]]", "[[{0}!]!]!", "[[{0}]!]", "[[[{0}!]]]!"),
)
DEFAULT: Final = 0.4
"""How often an argument, or a field of an input object, has one."""


def random_schema(seed: int) -> GraphQLSchema:
    """A schema whose fields have no resolvers yet; `print_schema` shows it."""
    chance = Random(seed)
    parts = ["scalar Even", "scalar Json", "input Known { i: Int f: Float s: String d: ID }"]
    parts += [
        f"enum {name} {{ {' '.join(chance.sample(VALUES, chance.randint(1, 4)))} }}"
        for name in ("E0", "E1")
    ]
    for name in INPUTS[:-1]:
        parts.append(_input(chance, build_schema("\n".join(parts)), name))
    kinds = chance.sample(("Int", "String", "I0", "[Int!]", "E0", "Even", "[I1]"), 3)
    parts.append(f"input I3 @oneOf {{ x: {kinds[0]} y: {kinds[1]} z: {kinds[2]} }}")
    parts.extend(_outputs(chance, build_schema("\n".join(parts))))
    schema = build_schema("\n".join(parts))
    _give_python(schema, chance)
    return schema


def _input(chance: Random, known: GraphQLSchema, name: str) -> str:
    """An input object, which can be within itself, and has earlier ones in it."""
    kinds = (*LEAVES, *(type for type in INPUTS if type < name))
    fields = [
        f"{field}: {type}{_default(chance, known, type)}"
        for field in chance.sample(ARGUMENTS, chance.randint(1, 4))
        for type in [chance.choice(WRAPPED[:9]).format(chance.choice(kinds))]
    ]
    if chance.random() < 0.5:
        fields.append(f"again: {chance.choice(('{0}', '[{0}!]', '[{0}]!')).format(name)}")
    return f"input {name} {{ {' '.join(fields)} }}"


def _default(chance: Random, known: GraphQLSchema, type: str) -> str:
    if chance.random() >= DEFAULT:
        return ""
    return f" = {literal(chance, type_from_ast(known, cast('Any', parse_type(type))), depth=1)}"


def _outputs(chance: Random, known: GraphQLSchema) -> Iterator[str]:
    """Two interfaces, of which one implements the other, a union, objects and the two roots."""

    def fields(count: int, besides: Sequence[str] = ()) -> dict[str, str]:
        names = [name for name in chance.sample(FIELDS, count) if name not in besides]
        return {name: _field(chance, known) for name in names}

    def shown(found: dict[str, str]) -> str:
        return "{ " + "\n".join(f"{name}{rest}" for name, rest in found.items()) + " }"

    first = fields(2)
    second = first | fields(2, [*first])
    yield f"interface N0 {shown(first)}"
    yield f"interface N1 implements N0 {shown(second)}"
    for name in OBJECTS:
        implements, own = (" implements N0", first) if chance.random() < 0.5 else ("", {})
        if name == "O0":
            implements, own = " implements N0 & N1", second
        # A field can promise more than its interface's.
        own = {
            key: f"{rest}!" if not rest.endswith("!") and chance.random() < 0.3 else rest
            for key, rest in own.items()
        }
        yield f"type {name}{implements} {shown(own | fields(chance.randint(2, 7), [*own]))}"
    yield f"union U0 = {' | '.join(chance.sample(OBJECTS, 2))}"
    yield f"type Query {shown(fields(10))}"
    yield f"type Mutation {shown(fields(6))}"


def _field(chance: Random, known: GraphQLSchema) -> str:
    arguments = [
        f"{name}: {type}{_default(chance, known, type)}"
        for name in chance.sample(ARGUMENTS, chance.choice((0, 0, 0, 1, 1, 2, 3)))
        for type in [chance.choice(WRAPPED[:9]).format(chance.choice((*LEAVES, *INPUTS)))]
    ]
    kind = chance.choice((*LEAVES, *OBJECTS, *OBJECTS, *ABSTRACT, *ABSTRACT))
    type = chance.choice(WRAPPED).format(kind)
    return f"{f'({", ".join(arguments)})' if arguments else ''}: {type}"


def _give_python(schema: GraphQLSchema, chance: Random) -> None:
    """Gives enums, input objects and scalars values and names of their own in Python."""
    for type in schema.type_map.values():
        if type.name.startswith("__"):
            continue
        if isinstance(type, GraphQLEnumType):
            names = [*type.values]
            for number, (name, value) in enumerate(type.values.items()):
                # A value can be another's name, and two names can have one value.
                other = names[(number + 1) % len(names)]
                value.value = chance.choice((name, other, number, (number, name), 0.5, f"{name}!"))
        elif isinstance(type, GraphQLInputObjectType):
            for name, field in type.fields.items():
                if chance.random() < 0.3:
                    field.out_name = f"out_{name}"
            if chance.random() < 0.2:
                cast("Any", type).out_type = _made
        elif isinstance(type, GraphQLScalarType) and type.name == "Even":
            cast("Any", type).coerce_output_value = _even
            cast("Any", type).coerce_input_value = _even_within


def _made(values: dict[str, Any]) -> tuple[Any, ...]:
    return ("made", *values.items())


def _even(value: Any) -> int:
    if type(value) is not int or value % 2:
        raise GraphQLError(f"{value!r} is not even")
    return value


def _even_within(value: Any) -> tuple[str, int]:
    return "even", _even(value)
