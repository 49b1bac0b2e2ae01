"""What a graphql-core schema has bound, as compiled code asks for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    default_type_resolver,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
)

from tenantql.engine.compiling.plans import Resolver
from tenantql.engine.fields import attribute


class BoundSchema:
    """See `linking.Bound`."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def resolver(self, wanted: Resolver) -> Callable[..., Any]:
        """The resolver of a field, with its guard."""
        parent = cast("GraphQLObjectType", self._schema.type_map[wanted.type])
        found = self._schema.get_field(parent, wanted.field)
        assert found is not None, "a plan of this schema"
        return found.resolve or attribute(wanted.field)

    def type_resolver(self, type: str) -> Callable[..., Any]:
        """What names the type of an object of an interface or a union."""
        found = cast("GraphQLAbstractType", self._schema.type_map[type]).resolve_type
        return cast("Callable[..., Any]", found or default_type_resolver)

    def values(self, type: str, names: Sequence[str]) -> Mapping[str, Any]:
        """What the names of an enum stand for."""
        del names  # The schema has them.
        values = cast("GraphQLEnumType", self._schema.type_map[type]).values
        return {name: each.value for name, each in values.items()}

    def serializer(self, type: str) -> Callable[[Any], Any]:
        """What makes a response's value of a leaf's."""
        return cast("GraphQLLeafType", self._schema.type_map[type]).coerce_output_value

    def parser(self, type: str) -> Callable[[Any], Any]:
        """What makes a resolver's value of a scalar's in the variables."""
        return cast("GraphQLLeafType", self._schema.type_map[type]).coerce_input_value
