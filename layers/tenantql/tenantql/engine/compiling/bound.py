"""What a graphql-core schema has bound, as compiled code asks for it."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    default_type_resolver,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
)

from tenantql.engine.fields import attribute


class BoundSchema:
    """See `linking.Bound`."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def resolver(self, type: str, field: str) -> Callable[..., Any]:
        """The resolver of a field, with what guards it."""
        parent = cast("GraphQLObjectType", self._schema.type_map[type])
        found = self._schema.get_field(parent, field)
        assert found is not None, "a plan of this schema"
        return found.resolve or attribute(field)

    def type_resolver(self, type: str) -> Callable[..., Any]:
        """What names the type of an object of an interface or a union."""
        found = cast("GraphQLAbstractType", self._schema.type_map[type]).resolve_type
        return cast("Callable[..., Any]", found or default_type_resolver)

    def names(self, type: str) -> Mapping[Any, str]:
        """The names of an enum's values, by the values."""
        values = cast("GraphQLEnumType", self._schema.type_map[type]).values
        # Of two names of one value, the first is told.
        return {each.value: name for name, each in reversed(values.items())}

    def serializer(self, type: str) -> Callable[[Any], Any]:
        """What makes a response's value of a leaf's."""
        return cast("GraphQLLeafType", self._schema.type_map[type]).coerce_output_value

    def parser(self, type: str) -> Callable[[Any], Any]:
        """What makes a resolver's value of a leaf's in the variables."""
        return cast("GraphQLLeafType", self._schema.type_map[type]).coerce_input_value
