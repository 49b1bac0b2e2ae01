"""Object rules: who sees an object of a type, whatever it is reached from.

A domain states the rule of a type once. The engine asks it of each object that a field answers
with, so no resolver can forget it: what the caller may not see is null.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from tenantql.engine.context import Context

if TYPE_CHECKING:
    from graphql import GraphQLNamedType

type Rule[T] = Callable[[Context, T], bool]
"""Whether the caller may see an object."""

RULE: Final = "tenantql.visible"
"""Where a schema's type has its rule, among its extensions."""


def everybody(_context: Context, _object: object) -> bool:
    """The rule of what is there for all of the organisation."""
    return True


def rule_of(type: "GraphQLNamedType") -> Rule[Any] | None:
    """The rule of the objects of a type; None if none is bound."""
    return type.extensions.get(RULE)


def seen(rule: Rule[Any], context: Context, found: object) -> object:
    """What a field found, an object or a list of them, with null for what the rule hides."""
    if isinstance(found, list | tuple):
        objects = cast("Sequence[object]", found)
        return [each if each is None or rule(context, each) else None for each in objects]
    return found if found is None or rule(context, found) else None
