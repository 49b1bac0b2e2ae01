"""Fields that are read, not resolved: an entry of a payload, or an attribute of an object."""

from collections.abc import Callable
from typing import Any, cast

_MARK = "tenantql_attribute"


def attribute(name: str) -> Callable[..., Any]:
    """The resolver of a field of which nothing else is said. Compiled code reads by itself."""

    def resolve(parent: Any, _info: object, **_arguments: object) -> object:
        if type(parent) is dict:
            return cast("dict[str, object]", parent).get(name)
        return getattr(parent, name, None)

    setattr(resolve, _MARK, name)
    return resolve


def attribute_of(resolver: Callable[..., Any]) -> str | None:
    """What a resolver that `attribute` made reads; None for any other."""
    return getattr(resolver, _MARK, None)
