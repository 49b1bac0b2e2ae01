"""Binding: schema.graphql and the resolvers of the domains become one executable schema.

Authorization is declared in the schema and enforced here, around the resolver: roles by
`@auth(requires: [STAFF, ADMIN])`, objects by `@visible(to: "...")` and the rule that a domain
binds. What declares nothing is an error at start: a field of Query or Mutation is closed until
somebody says who may use it, and a type to which several fields lead until somebody says who sees
its objects. So is a field at the top, or one that waits for requests, without its cost.
"""

import inspect
import pickle
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pkgutil import get_data
from typing import Final, cast

from ariadne import convert_camel_case_to_snake
from ariadne.enums_default_values import (
    repair_schema_default_enum_values,
    validate_schema_default_enum_values,
)
from ariadne.resolvers import is_default_resolver
from ariadne.schema_names import convert_schema_names
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    assert_valid_schema,
    build_ast_schema,
    parse,
)
from graphql.language import ArgumentNode, DirectiveNode, EnumValueNode, ListValueNode, Node

from tenantql.engine.binding import Bindable
from tenantql.engine.compiling.plans import GUARDED
from tenantql.engine.compiling.plans import Resolver as Guarded
from tenantql.engine.errors import SchemaError
from tenantql.engine.fields import attribute
from tenantql.engine.guarding import Resolver, guarded
from tenantql.engine.prices import declares_cost, named_type_of
from tenantql.engine.scalars import scalars
from tenantql.engine.visibility import rule_of
from tenantql.tenancy.identity import Role

TENANT_SCHEMA: Final = "schema.graphql"
PLATFORM_SCHEMA: Final = "platform.graphql"


def read_schema(name: str) -> str:
    """The text of a schema that the layer ships."""
    return (get_data("tenantql", name) or b"").decode()


def bind_schema(text: str, bindables: Sequence[Bindable]) -> GraphQLSchema:
    """An executable schema whose resolvers are driven and authorized by the engine.

    Names are camel case in the schema and snake case in Python; scalars that the schema names
    are bound by themselves. Raises SchemaError, or what
    Ariadne raises, for resolvers that do not fit.
    """
    return _bound(build_ast_schema(parse(text)), bindables)


def parsed(text: str) -> bytes:
    """A schema that is known to be valid, as `bind_parsed` takes it. The same text, the same bytes.

    To read and to validate the text takes four times as long as everything else of binding.
    """
    return pickle.dumps(parse(text, no_location=True), protocol=5)


def bind_parsed(schema: bytes, bindables: Sequence[Bindable]) -> GraphQLSchema:
    """As `bind_schema`, of what `parsed` made in the build of this layer, and of nothing else."""
    document = pickle.loads(schema)  # noqa: S301 - from beside the code, and trusted as that is
    return _bound(build_ast_schema(document, assume_valid=True), bindables)


def _bound(schema: GraphQLSchema, bindables: Sequence[Bindable]) -> GraphQLSchema:
    # What Ariadne's make_executable_schema does, which takes a text and nothing else.
    for bindable in bindables:
        bindable.bind_to_schema(schema)
    convert_schema_names(schema, None)
    validate_schema_default_enum_values(schema)
    assert_valid_schema(schema)
    repair_schema_default_enum_values(schema)
    for scalar in scalars.values():
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
            _guard(type_name, name, field, required)
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


def _guard(type: str, name: str, field: GraphQLField, roles: frozenset[Role] | None) -> None:
    """Puts a field's guard around its resolver, and notes it for plans of operations."""
    own = None
    if is_default_resolver(field.resolve):
        own = convert_camel_case_to_snake(name)
        field.resolve = attribute(own)
    of = named_type_of(field)
    rule = rule_of(of)
    allowed = None if roles is None else tuple(sorted(role.value for role in roles))
    field.extensions[GUARDED] = Guarded(type, name, own, allowed, None if rule is None else of.name)
    field.resolve = guarded(cast("Resolver", field.resolve), allowed, rule)
