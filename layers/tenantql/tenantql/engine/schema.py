"""Binding: schema.graphql and the resolvers of the domains become one executable schema.

Authorization is declared in the schema, `@auth(requires: [STAFF, ADMIN])`, and enforced here,
around the resolver. A field of Query or Mutation that declares nothing is an error at start: a
new field is closed until somebody says who may use it.
"""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from importlib.resources import files
from itertools import chain
from typing import Any, Final, cast

from ariadne import SchemaBindable, convert_camel_case_to_snake, make_executable_schema
from ariadne.resolvers import is_default_resolver
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
)
from graphql.language import ArgumentNode, DirectiveNode, EnumValueNode, ListValueNode, Node

from tenantql.engine.context import Info
from tenantql.engine.errors import Forbidden, SchemaError
from tenantql.engine.scalars import scalars
from tenantql.tenancy.identity import Role

TENANT_SCHEMA: Final = "schema.graphql"
PLATFORM_SCHEMA: Final = "platform.graphql"

type Resolver = Callable[..., Any]


def read_schema(name: str) -> str:
    """The text of a schema that the layer ships."""
    return files("tenantql").joinpath(name).read_text(encoding="utf-8")


def bind_schema(text: str, bindables: Sequence[SchemaBindable]) -> GraphQLSchema:
    """An executable schema whose resolvers are driven and authorized by the engine.

    Names are camel case in the schema and snake case in Python; scalars that the schema names
    are bound by themselves. Raises SchemaError, or what
    Ariadne raises, for resolvers that do not fit.
    """
    schema = make_executable_schema(text, *bindables, convert_names_case=True)
    for scalar in scalars:
        if scalar.name in schema.type_map:
            scalar.bind_to_schema(schema)
    for type_name, definition in schema.type_map.items():
        if type_name.startswith("__") or not isinstance(definition, GraphQLObjectType):
            continue
        is_root = definition in (schema.query_type, schema.mutation_type)
        of_type = _required_roles(definition.ast_node, *definition.extension_ast_nodes)
        for name, field in definition.fields.items():
            own = _required_roles(field.ast_node)
            required = of_type if own is None else own
            if is_root and required is None:
                raise SchemaError(f"{type_name}.{name} needs @auth(requires: [...]) in the schema")
            if is_root and field.resolve is None:
                raise SchemaError(f"{type_name}.{name} has no resolver")
            _wrap(name, field, required)
    return schema


def _required_roles(*nodes: Node | None) -> frozenset[Role] | None:
    """The roles of `@auth` on a type, its extensions, or a field; None where it is not declared.

    No roles at all are declared as well: such a field is for nobody.
    """
    found = [getattr(node, "directives", None) or () for node in nodes]
    for directive in chain.from_iterable(cast(list[tuple[DirectiveNode, ...]], found)):
        if directive.name.value == "auth":
            (argument,) = cast(tuple[ArgumentNode], directive.arguments)
            values = cast(ListValueNode, argument.value).values
            return frozenset(Role(cast(EnumValueNode, v).value.lower()) for v in values)
    return None


def _wrap(name: str, field: GraphQLField, required: frozenset[Role] | None) -> None:
    if is_default_resolver(field.resolve):
        field.resolve = _attribute(convert_camel_case_to_snake(name))
    resolver = cast(Resolver, field.resolve)
    driven = inspect.iscoroutinefunction(resolver)
    if required is None and not driven:
        return

    def resolve(parent: object, info: Info, **arguments: object) -> object:
        context = info.context
        if required is not None and context.identity.roles.isdisjoint(required):
            raise Forbidden("your roles do not allow this field")
        result = resolver(parent, info, **arguments)
        if driven:
            return context.rounds.drive(cast(Coroutine[Any, Any, Any], result))
        return result

    field.resolve = resolve


def _attribute(name: str) -> Resolver:
    """What a field is of which nothing else is said: an entry of a payload, or an attribute."""

    def resolve(parent: Any, _info: Info, **_arguments: object) -> object:
        if type(parent) is dict:
            return cast(dict[str, object], parent).get(name)
        return getattr(parent, name, None)

    return resolve
