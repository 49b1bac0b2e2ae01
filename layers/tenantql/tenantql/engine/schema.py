"""Binding: schema.graphql and the resolvers of the domains become one executable schema.

Authorization is declared in the schema and enforced here, around the resolver: roles by
`@auth(requires: [STAFF, ADMIN])`, objects by `@visible(to: "...")` and the rule that a domain
binds. What declares nothing is an error at start: a field of Query or Mutation is closed until
somebody says who may use it, and a type to which several fields lead until somebody says who sees
its objects. So is a field at the top, or one that waits for requests, without its cost.
"""

import inspect
from collections import Counter
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

from tenantql.engine.context import Context, Info
from tenantql.engine.errors import Forbidden, SchemaError
from tenantql.engine.fields import attribute
from tenantql.engine.prices import declares_cost, named_type_of
from tenantql.engine.scalars import scalars
from tenantql.engine.visibility import Rule, everybody, rule_of, seen
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
    own_types = [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and not each.name.startswith("__")
    ]
    _ensure_audiences(own_types)
    for definition in own_types:
        type_name = definition.name
        is_root = definition in (schema.query_type, schema.mutation_type)
        of_type = _required_roles(definition.ast_node, *definition.extension_ast_nodes)
        for name, field in definition.fields.items():
            own = _required_roles(field.ast_node)
            required = of_type if own is None else own
            if is_root and required is None:
                raise SchemaError(f"{type_name}.{name} needs @auth(requires: [...]) in the schema")
            if is_root and field.resolve is None:
                raise SchemaError(f"{type_name}.{name} has no resolver")
            waits = inspect.iscoroutinefunction(field.resolve)
            if (is_root or waits) and not declares_cost(field):
                raise SchemaError(f"{type_name}.{name} needs @cost(weight: ...) in the schema")
            _wrap(name, field, required)
    return schema


def _ensure_audiences(types: Sequence[GraphQLObjectType]) -> None:
    """Raises SchemaError for a type of which it is not said who sees its objects.

    What one field alone answers with is that field's to guard. Where several lead to a type,
    whoever adds one more must not widen its audience without noticing.
    """
    ways = Counter(named_type_of(field).name for each in types for field in each.fields.values())
    for each in types:
        nodes = (each.ast_node, *each.extension_ast_nodes)
        marks = {name for name in ("auth", "visible", "part") if _directive(name, *nodes)}
        if ("visible" in marks) is (rule_of(each) is None):
            raise SchemaError(f"{each.name} has @visible in the schema, or a rule, and not both")
        if not marks and ways[each.name] > 1:
            raise SchemaError(f"{each.name} needs @auth, @visible or @part in the schema")


def _directive(name: str, *nodes: Node | None) -> DirectiveNode | None:
    """The directive of this name on a type, its extensions, or a field."""
    found = [getattr(node, "directives", None) or () for node in nodes]
    directives = chain.from_iterable(cast("list[tuple[DirectiveNode, ...]]", found))
    return next((each for each in directives if each.name.value == name), None)


def _required_roles(*nodes: Node | None) -> frozenset[Role] | None:
    """The roles of `@auth` on a type, its extensions, or a field; None where it is not declared.

    No roles at all are declared as well: such a field is for nobody.
    """
    directive = _directive("auth", *nodes)
    if directive is None:
        return None
    (argument,) = cast("tuple[ArgumentNode]", directive.arguments)
    values = cast("ListValueNode", argument.value).values
    return frozenset(Role(cast("EnumValueNode", v).value.lower()) for v in values)


def _wrap(name: str, field: GraphQLField, required: frozenset[Role] | None) -> None:
    if is_default_resolver(field.resolve):
        field.resolve = attribute(convert_camel_case_to_snake(name))
    resolver = cast("Resolver", field.resolve)
    driven = inspect.iscoroutinefunction(resolver)
    rule = rule_of(named_type_of(field))
    if rule is everybody:
        rule = None
    if required is None and rule is None:
        return

    def resolve(parent: object, info: Info, **arguments: object) -> object:
        context = info.context
        if required is not None and context.identity.roles.isdisjoint(required):
            raise Forbidden("your roles do not allow this field")
        result = resolver(parent, info, **arguments)
        if driven:
            found = cast("Coroutine[Any, Any, Any]", result)
            return found if rule is None else _seen(rule, context, found)
        return result if rule is None else seen(rule, context, result)

    field.resolve = resolve


async def _seen(rule: Rule[Any], context: Context, finding: Coroutine[Any, Any, Any]) -> object:
    return seen(rule, context, await finding)
