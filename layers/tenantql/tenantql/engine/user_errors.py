"""User errors: what a caller can put right, answered in the payload of a mutation."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any

import msgspec

from tenantql.errors import Code, TenantqlError


class Problem(msgspec.Struct, frozen=True):
    """One entry of `userErrors`; `field` is the path in the input."""

    code: str
    message: str
    field: tuple[str, ...]


class UserError(TenantqlError):
    """Raised by a write that did nothing, because of its input; has one or more problems."""

    code = Code.BAD_USER_INPUT

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def payload(
    field: str,
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Coroutine[Any, Any, dict[str, Any]]]]:
    """Decorates a mutation's resolver: its result as `field` of the payload, or user errors."""

    def decorate(
        resolver: Callable[..., Awaitable[Any]],
    ) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
        @wraps(resolver)
        async def resolve(*arguments: Any, **named: Any) -> dict[str, Any]:
            try:
                return {field: await resolver(*arguments, **named), "user_errors": []}
            except UserError as error:
                return {field: None, "user_errors": error.problems}

        return resolve

    return decorate


def fits(text: str, most: int) -> bool:
    """Whether a text has at most `most` bytes in UTF-8: items are limited by bytes."""
    # Half of a surrogate pair, which an escape can make, is counted as it would be by itself.
    return len(text.encode("utf-8", "surrogatepass")) <= most
