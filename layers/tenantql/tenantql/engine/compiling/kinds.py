"""Kinds of types: what is around a named type."""

from typing import Any, cast

from graphql import GraphQLList, GraphQLNonNull, GraphQLType


def nullable_of(type: GraphQLType) -> tuple[GraphQLType, bool]:
    """A type without its `!`, and whether it has none."""
    if isinstance(type, GraphQLNonNull):
        return cast("Any", type).of_type, False
    return type, True


def item_of(type: GraphQLType) -> GraphQLType | None:
    """The type of a list's items; None for what is no list."""
    return cast("Any", type).of_type if isinstance(type, GraphQLList) else None
