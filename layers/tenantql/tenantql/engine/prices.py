"""Prices: what the schema declares of the cost of its fields, checked when it is bound.

It fails closed. Whatever waits for the table says what it costs, and every list of what may cost
something says how long it gets.
"""

from collections.abc import Iterator, Mapping
from copy import replace
from typing import Any, Final, cast

import msgspec
from graphql import (
    ConstDirectiveNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_argument_values,
    get_named_type,
    get_nullable_type,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
    is_abstract_type,
)

from tenantql.engine.errors import SchemaError

type Place = tuple[str, str]
"""A field of a type, by their names."""


class Price(msgspec.Struct, frozen=True):
    """What a field costs: its weight, and that of each value of some of its arguments.

    A list is as long as the largest of the arguments `slicing` says, or `assumed`. Those lists are
    the field itself, or the ones at the paths `sized` below it. Without `assumed` nothing is said.
    """

    weight: int = 0
    arguments: tuple[tuple[str, int], ...] = ()
    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized: frozenset[tuple[str, ...]] = frozenset()

    @property
    def is_free(self) -> bool:
        """Whether the field by itself costs nothing, whatever it is given."""
        return not self.weight and not self.arguments


class Prices:
    """The prices of a schema's fields. Raises SchemaError for a list of unknown length."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fields = dict(_fields(schema))
        self._prices = {place: _declared(schema, each) for place, each in self._fields.items()}
        self._ensure_sizes()

    def of(self, type: str, field: str) -> Price:
        """The price of a field, by the names of its type and of itself."""
        return self._prices[type, field]

    def _ensure_sizes(self) -> None:
        costly, sized, on_the_way = self._costly(), set[Place](), set[Place]()
        for place, price in self._prices.items():
            for path in price.sized:
                *way, end = self._places(place, path)
                on_the_way.update(way)
                sized.add(end)
        of_sized = {type for type, _ in sized}
        for place, field in self._fields.items():
            if self._prices[place].assumed is not None or place in sized | on_the_way:
                continue
            type = named_type_of(field).name
            if type in of_sized or (is_list(field) and type in costly):
                raise SchemaError(f"{_shown(place)} needs @listSize in the schema")

    def _costly(self) -> frozenset[str]:
        """The types of which an object, or something below it, may cost something."""
        found: set[str] = set()
        before = -1
        while before < len(found):
            before = len(found)
            for (type, name), field in self._fields.items():
                if not self._prices[type, name].is_free or named_type_of(field).name in found:
                    found.add(type)
            for name, type in self._schema.type_map.items():
                if is_abstract_type(type):
                    possible = self._schema.get_possible_types(type)
                    found.update(name for each in possible if each.name in found)
        return frozenset(found)

    def _places(self, place: Place, path: tuple[str, ...]) -> Iterator[Place]:
        """The fields on a path below a field. Raises SchemaError where there is none."""
        for name in path:
            below = named_type_of(self._fields[place]).name, name
            if below not in self._fields:
                raise SchemaError(
                    f"@listSize of {_shown(place)} names {_shown(below)}, which is not"
                )
            place = below
            yield place


def is_list(field: GraphQLField) -> bool:
    """Whether a field's value is a list."""
    return isinstance(get_nullable_type(cast("Any", field.type)), GraphQLList)


def named_type_of(field: GraphQLField) -> GraphQLNamedType:
    """The type of a field's value, or of the elements of its list."""
    return get_named_type(cast("GraphQLNamedType", field.type))


def declares_cost(field: GraphQLField) -> bool:
    """Whether the schema says what a field costs."""
    return _directive(field, "cost") is not None


def _fields(schema: GraphQLSchema) -> Iterator[tuple[Place, GraphQLField]]:
    for type_name, type in schema.type_map.items():
        if not type_name.startswith("__") and isinstance(type, _COMPOSITE):
            for name, field in type.fields.items():
                yield (type_name, name), field


_COMPOSITE: Final = (GraphQLObjectType, GraphQLInterfaceType)


def _declared(schema: GraphQLSchema, field: GraphQLField) -> Price:
    weighed = [(name, _weight(schema, argument)) for name, argument in field.args.items()]
    arguments = tuple((name, weight) for name, weight in weighed if weight)
    price = Price(_weight(schema, field), arguments)
    given = _directive(field, "listSize")
    if given is None:
        return price
    values = _values(schema, "listSize", given)
    explicit = {argument.name.value for argument in given.arguments or ()}
    slicing = tuple(cast("list[str]", values["slicingArguments"]))
    if "slicingArguments" not in explicit:
        slicing = tuple(name for name in slicing if name in field.args)
    sized: frozenset[tuple[str, ...]] = frozenset()
    if not is_list(field):
        sized = frozenset(
            tuple(path.split(".")) for path in cast("list[str]", values["sizedFields"])
        )
    if unknown := set(slicing) - field.args.keys():
        raise SchemaError(f"@listSize names {', '.join(sorted(unknown))}, which is no argument")
    return replace(price, assumed=cast("int", values["assumedSize"]), slicing=slicing, sized=sized)


def _weight(schema: GraphQLSchema, of: GraphQLField | GraphQLArgument) -> int:
    given = _directive(of, "cost")
    return 0 if given is None else int(cast("str", _values(schema, "cost", given)["weight"]))


def _directive(of: GraphQLField | GraphQLArgument, name: str) -> ConstDirectiveNode | None:
    found = (of.ast_node and of.ast_node.directives) or ()
    return next((each for each in found if each.name.value == name), None)


def _values(schema: GraphQLSchema, name: str, given: ConstDirectiveNode) -> Mapping[str, object]:
    definition = schema.get_directive(name)
    assert definition is not None, "the schema is valid"
    return get_argument_values(definition, given)


def _shown(place: Place) -> str:
    return ".".join(place)
