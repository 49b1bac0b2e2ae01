"""Answers of small schemas, for tests of the compiler."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema, build_schema

from tenantql.engine.failures import error_entry
from tenantql.engine.fields import attribute
from tenantql.engine.operations import Engine
from tests.unit.builders import context


def schema_of(text: str, **resolvers: Callable[..., Any]) -> GraphQLSchema:
    """A schema whose resolvers are named `Type_field`; every other field is an attribute."""
    schema = build_schema(text)
    for type in schema.type_map.values():
        for name, field in getattr(type, "fields", {}).items():
            if not type.name.startswith("__") and hasattr(field, "resolve"):
                field.resolve = resolvers.get(f"{type.name}_{name}") or attribute(name)
    return schema


def answer(
    schema: GraphQLSchema, text: str, variables: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The data and the errors that an operation comes to, as a client sees them."""
    engine = Engine(schema)
    result = engine.execute(engine.prepare(text, None), variables, context())
    errors = [error_entry(error, "request") for error in result.errors or ()]
    return {"data": result.data} | ({"errors": errors} if errors else {})
