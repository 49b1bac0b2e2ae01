"""Leaves: the plain case of each leaf type, which generated code decides by itself."""

from typing import Final

from graphql import GraphQLLeafType

from tenantql.engine.scalars import INTEGERS, SAFE_INTEGER, TEXTS

_CHECKS: Final = {
    **dict.fromkeys(("String", "ID", *TEXTS), "type({0}) is str"),
    **dict.fromkeys(INTEGERS, f"type({{0}}) is int and -{SAFE_INTEGER} <= {{0}} <= {SAFE_INTEGER}"),
    "Int": "type({0}) is int and -2147483648 <= {0} <= 2147483647",
    "Boolean": "type({0}) is bool",
    "Float": "type({0}) is float and {0} - {0} == 0.0",
}
"""Of a value: whether it goes into the response as it is. What a number minus itself tells is
whether it is one: infinity and NaN have no place in JSON."""


def plain_check(type: GraphQLLeafType, value: str) -> str:
    """The expression that tells of the expression `value` whether it is plain."""
    return _CHECKS.get(type.name, "False").format(value)
