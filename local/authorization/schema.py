"""What a schema says of who may do what: `@auth`, `@visible`, `@part`, and the ways to a type."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    value_from_ast_untyped,
)

from local.provision import ROOT

ROOTS: Final = ("Query", "Mutation")
PAYLOAD: Final = "Payload"
PAGES: Final = ("Connection", "Edge")


@dataclass(frozen=True)
class Field:
    """A field of an object type: its roles, or those of its type, and the type that it leads to.

    A page leads to the type of its nodes. `own` says whether the roles are the field's.
    """

    type: str
    name: str
    roles: tuple[str, ...] | None
    own: bool
    leads_to: str

    @property
    def path(self) -> str:
        """The field as rows name it: `Order.customer`."""
        return f"{self.type}.{self.name}"


def shipped(file: str = "schema.graphql") -> GraphQLSchema:
    """One of the schemas, without resolvers."""
    return build_schema((ROOT / file).read_text(encoding="utf-8"))


def object_types(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """The object types of a schema, in its order, without those that are pages of another."""
    return [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType)
        and not each.name.startswith("__")
        and not each.name.endswith(PAGES)
    ]


def fields_of(type: GraphQLObjectType) -> Iterator[Field]:
    """The fields of a type."""
    of_type = _roles(type)
    for name, field in type.fields.items():
        own = _roles(field)
        led = cast("GraphQLNamedType", get_named_type(field.type))
        if led.name.endswith(PAGES):
            nodes = cast("GraphQLObjectType", led).fields["nodes"]
            led = cast("GraphQLNamedType", get_named_type(nodes.type))
        yield Field(type.name, name, of_type if own is None else own, own is not None, led.name)


def audience(type: GraphQLObjectType) -> str | None:
    """Who sees an object of a type, in the words of `@visible`; None without it."""
    found = _directive(type, "visible")
    return None if found is None else found["to"]


def is_part(type: GraphQLObjectType) -> bool:
    """Whether a type says that it is a part of what it is reached from."""
    return _directive(type, "part") is not None


def _roles(of: Any) -> tuple[str, ...] | None:
    found = _directive(of, "auth")
    return None if found is None else tuple(found["requires"])


def _directive(of: Any, name: str) -> dict[str, Any] | None:
    """The arguments of a directive of a type or a field; None without it."""
    for each in of.ast_node.directives or ():
        if each.name.value == name:
            return {
                part.name.value: value_from_ast_untyped(part.value) for part in each.arguments or ()
            }
    return None
