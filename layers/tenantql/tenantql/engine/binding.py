"""Bindables: what a domain gives for the types of the schema.

They are used as Ariadne's of the same names, which they become when a schema is built. They are
here besides, so that an operation that was compiled ahead finds its resolvers without a schema, and
without importing Ariadne. A domain that needs another of Ariadne's bindables can give that; with
one, nothing is compiled ahead.
https://ariadnegraphql.org/docs/resolvers
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from tenantql.engine.visibility import RULE, Rule

if TYPE_CHECKING:
    from graphql import GraphQLSchema

type Resolver = Callable[..., Any]


@runtime_checkable
class Bindable(Protocol):
    """What a schema is given."""

    def bind_to_schema(self, schema: "GraphQLSchema") -> None:
        """Raises ValueError for a type or a field that the schema does not have."""
        ...


class ObjectType:
    """The resolvers of an object type."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.resolvers: dict[str, Resolver] = {}

    def field[R: Resolver](self, name: str) -> Callable[[R], R]:
        """Makes a function the resolver of a field."""

        def bind(resolver: R) -> R:
            self.set_field(name, resolver)
            return resolver

        return bind

    def set_field(self, name: str, resolver: Resolver) -> None:
        """The same for a function that is there already."""
        self.resolvers[name] = resolver

    def bind_to_schema(self, schema: "GraphQLSchema") -> None:
        """See `Bindable`."""
        from ariadne import ObjectType as Bound  # noqa: PLC0415 - see the module

        bound = Bound(self.name)
        for name, resolver in self.resolvers.items():
            bound.set_field(name, resolver)
        bound.bind_to_schema(schema)


class QueryType(ObjectType):
    """The resolvers of queries."""

    def __init__(self) -> None:
        super().__init__("Query")


class MutationType(ObjectType):
    """The resolvers of mutations."""

    def __init__(self) -> None:
        super().__init__("Mutation")


class InterfaceType:
    """What names the type of an object of an interface."""

    def __init__(self, name: str, type_resolver: Resolver) -> None:
        self.name, self.type_resolver = name, type_resolver

    def bind_to_schema(self, schema: "GraphQLSchema") -> None:
        """See `Bindable`."""
        from ariadne import InterfaceType as Bound  # noqa: PLC0415 - see the module

        Bound(self.name, self.type_resolver).bind_to_schema(schema)


class EnumType:
    """What the names of an enum stand for in Python."""

    def __init__(self, name: str, values: Mapping[str, Any] | type[Enum]) -> None:
        self.name = name
        self.values: dict[str, Any] = dict(
            values if isinstance(values, Mapping) else values.__members__
        )

    def bind_to_schema(self, schema: "GraphQLSchema") -> None:
        """See `Bindable`."""
        from ariadne import EnumType as Bound  # noqa: PLC0415 - see the module

        Bound(self.name, self.values).bind_to_schema(schema)


class ObjectRule[T]:
    """Who sees an object of a type (`tenantql.engine.visibility`)."""

    def __init__(self, name: str, rule: Rule[T]) -> None:
        self.name, self.rule = name, rule

    def bind_to_schema(self, schema: "GraphQLSchema") -> None:
        """See `Bindable`."""
        if self.name not in schema.type_map:
            raise ValueError(f"{self.name} has a rule, and is not in the schema")
        schema.type_map[self.name].extensions[RULE] = self.rule


type Bindables = Sequence[Bindable]
