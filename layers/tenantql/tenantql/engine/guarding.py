"""Guards: what is asked of the caller before a field is resolved, and of each object after it."""

import inspect
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, cast

from tenantql.engine.errors import Forbidden
from tenantql.engine.visibility import Rule, everybody, seen

if TYPE_CHECKING:
    from tenantql.engine.context import Context, Info

type Resolver = Callable[..., Any]


def guarded(resolver: Resolver, roles: Iterable[str] | None, rule: Rule[Any] | None) -> Resolver:
    """`resolver` for callers of one of `roles`; what `rule` hides of what it finds is null.

    Without roles (None) it is for everybody whom the field's object is for; with none of them, for
    nobody.
    """
    if rule is everybody:
        rule = None
    if roles is None and rule is None:
        return resolver
    required = None if roles is None else frozenset(roles)
    driven = inspect.iscoroutinefunction(resolver)

    def resolve(parent: object, info: "Info", **arguments: object) -> object:
        context = info.context
        if required is not None and context.identity.roles.isdisjoint(required):
            raise Forbidden("your roles do not allow this field")
        result = resolver(parent, info, **arguments)
        if driven:
            found = cast("Coroutine[Any, Any, Any]", result)
            return found if rule is None else _seen(rule, context, found)
        return result if rule is None else seen(rule, context, result)

    return resolve


async def _seen(rule: Rule[Any], context: "Context", finding: Coroutine[Any, Any, Any]) -> object:
    return seen(rule, context, await finding)
