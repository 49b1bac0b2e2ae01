"""Driving a coroutine of requests without an event loop: for consumers, jobs and tests."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from tenantql.table.errors import ModelError
from tenantql.table.requests import AnyRequest, Request, Together


def drive[R](coroutine: Coroutine[AnyRequest, Any, R], answer: Callable[[AnyRequest], Any]) -> R:
    """The result of `coroutine`, whose requests `answer` answers one after another.

    What `answer` raises is raised where the request was awaited. Raises ModelError if something
    else than a request is awaited.
    """
    step: Callable[[], Any] = lambda: coroutine.send(None)  # noqa: E731
    while True:
        try:
            request = step()
        except StopIteration as stop:
            return cast("R", stop.value)
        if not isinstance(request, Request):
            coroutine.close()
            raise ModelError(f"a {type(request).__name__} was awaited, which is not a request")
        try:
            result = _answered(cast("AnyRequest", request), answer)
        except Exception as error:  # noqa: BLE001 - the coroutine may know what to do with it
            step = _thrower(coroutine, error)
        else:
            step = _sender(coroutine, result)


def _answered(request: AnyRequest, answer: Callable[[AnyRequest], Any]) -> Any:
    if isinstance(request, Together):
        return tuple(answer(one) for one in request.requests)
    return answer(request)


def _sender(coroutine: Coroutine[AnyRequest, Any, Any], result: object) -> Callable[[], Any]:
    return lambda: coroutine.send(result)


def _thrower(coroutine: Coroutine[AnyRequest, Any, Any], error: Exception) -> Callable[[], Any]:
    return lambda: coroutine.throw(error)
