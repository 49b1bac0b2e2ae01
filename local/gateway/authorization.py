"""Asks the authorizer function who sent a request, and remembers its answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from local.function import FunctionError, FunctionTimeoutError
from local.gateway.events import Request, authorizer_event

type Invoke = Callable[[Mapping[str, Any], str], Awaitable[Any]]
"""Calls a function with an event and a request id, and returns its result."""

CACHE_SECONDS: Final = 300.0
CACHE_SIZE: Final = 1000


class Denied(Exception):
    """The request is not let through; `status` is 401, 403, or 500 for a broken authorizer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class _Answer:
    allowed: bool
    context: Mapping[str, Any]
    until: float


class Authorizer:
    """A Lambda authorizer with simple responses, identity source Authorization, and a cache."""

    def __init__(self, invoke: Invoke, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._invoke = invoke
        self._clock = clock
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    async def authorize(self, request: Request) -> Mapping[str, Any]:
        """The context that the authorizer gives the function. Raises Denied.

        A request without a token is refused without asking. Refusals are remembered too.
        """
        token = request.header("authorization")
        if not token:
            raise Denied(401)
        answer = self._answers.get(token)
        if answer is None or answer.until <= self._clock():
            answer = self._read(await self._ask(request, token))
            self._answers[token] = answer
            self._answers.move_to_end(token)
            if len(self._answers) > CACHE_SIZE:
                self._answers.popitem(last=False)
        if not answer.allowed:
            raise Denied(403)
        return answer.context

    async def _ask(self, request: Request, token: str) -> object:
        """The authorizer's result. One that fails is the API's fault, however it fails."""
        try:
            return await self._invoke(authorizer_event(request, [token]), request.id)
        except (FunctionError, FunctionTimeoutError):
            raise Denied(500) from None

    def _read(self, result: object) -> _Answer:
        """The authorizer's simple response; anything else is a fault of the API."""
        if not isinstance(result, dict):
            raise Denied(500)
        answer = cast("dict[str, Any]", result)
        allowed: object = answer.get("isAuthorized")
        context: object = answer.get("context") or {}
        if not isinstance(allowed, bool) or not isinstance(context, dict):
            raise Denied(500)
        return _Answer(allowed, cast("dict[str, Any]", context), self._clock() + CACHE_SECONDS)
