"""The reference: graphql-core's executor under asyncio, whose requests are answered in rounds."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import Executor

from tenantql.engine.fields import attribute
from tenantql.engine.running import UnknownType
from tenantql.errors import TenantqlError
from tenantql.table.requests import AnyRequest, Together
from tenantql.table.sending import Outcome

type Answers = Callable[[Sequence[AnyRequest]], Sequence[Outcome]]
"""What the requests of a round come to."""


@dataclass(frozen=True)
class Asked:
    """A valid document, which of its operations runs, and the variables."""

    document: DocumentNode
    name: str | None
    variables: dict[str, Any]


def _read(parent: Any, info: Any, **_arguments: Any) -> object:
    """What graphql-core calls for a field without a resolver."""
    return attribute(info.field_name)(parent, info)


class Reference:
    """Executes operations one after another. `close` it."""

    def __init__(self) -> None:
        self._idle = _IdleSelector()
        self._loop = asyncio.SelectorEventLoop(self._idle)
        self._idle.callback = self._answer
        self._waiting: list[tuple[AnyRequest, asyncio.Future[Outcome]]] = []
        self._answers: Answers = lambda _requests: []

    def close(self) -> None:
        """Closes the loop."""
        self._loop.close()

    def execute(
        self,
        schema: GraphQLSchema,
        asked: "Asked",
        context: Any,
        answers: Answers,
        *,
        propagating: bool = True,
    ) -> ExecutionResult:
        """What the operation answers; without `propagating`, errors null their own place alone."""
        self._answers = answers
        built = cast(
            "_Driven | list[GraphQLError]",
            _Driven.build(
                schema,
                asked.document,
                context_value=context,
                raw_variable_values=asked.variables,
                operation_name=asked.name,
                field_resolver=_read,
            ),
        )
        if isinstance(built, list):
            return ExecutionResult(None, built)
        executor = built
        executor.reference, executor.error_propagation = self, propagating
        return self._loop.run_until_complete(self._run(executor))

    @staticmethod
    async def _run(executor: Executor[Any]) -> ExecutionResult:
        found: Any = executor.execute_operation()
        if isinstance(found, Awaitable):
            found = await cast("Awaitable[Any]", found)
        # What is under way for nobody any more would go on.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        return found

    async def drive(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """What a resolver's coroutine returns or raises; its requests wait for their round."""
        step: Callable[[Any], Any] = coroutine.send
        value: Any = None
        while True:
            try:
                request = step(value)
            except StopIteration as stop:
                return stop.value
            ready = self._loop.create_future()
            self._waiting.append((request, ready))
            try:
                outcome = await ready
            except asyncio.CancelledError:
                coroutine.close()
                raise
            if outcome.error is None:
                step, value = coroutine.send, outcome.value
            elif isinstance(outcome.error, TenantqlError):
                step, value = coroutine.throw, outcome.error
            else:
                coroutine.close()
                raise outcome.error

    def _answer(self) -> None:
        """One round: everything that waits for requests, and still does, is told its outcome."""
        waiting, self._waiting = self._waiting, []
        wanted = [(request, ready) for request, ready in waiting if not ready.done()]
        singles = [
            single
            for request, _ in wanted
            for single in (request.requests if isinstance(request, Together) else (request,))
        ]
        outcomes = iter(self._answers(singles) if singles else ())
        for request, ready in wanted:
            if isinstance(request, Together):
                parts = [next(outcomes) for _ in request.requests]
                error = next((part.error for part in parts if part.error is not None), None)
                ready.set_result(Outcome(tuple(part.value for part in parts), error))
            else:
                ready.set_result(next(outcomes))


class _Driven(Executor[Any]):
    """graphql-core's executor with coroutines that await requests."""

    reference: Reference

    async def with_abort_signal(self, awaitable: Any) -> Any:
        """Where the executor awaits what a resolver gave."""
        return await self.reference.drive(awaitable)

    def ensure_valid_runtime_type(
        self, runtime_type_name: Any, return_type: Any, *given: Any, **named: Any
    ) -> Any:
        """A type that is none is a defect of ours; the message, which names it, is not shown."""
        with suppress(GraphQLError):
            return super().ensure_valid_runtime_type(
                runtime_type_name, return_type, *given, **named
            )
        raise UnknownType(return_type.name)


class _IdleSelector(selectors.DefaultSelector):
    """What asyncio asks for events; with a timeout other than 0 when it has nothing to run."""

    callback: Callable[[], None]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """No events: nothing here waits for a socket."""
        if timeout != 0:
            self.callback()
        return []
