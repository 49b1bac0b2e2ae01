"""Rounds: the requests that the resolvers of one operation wait for, run together.

Resolvers are coroutines that await requests. `Rounds.drive` steps such a coroutine, collects
what it waits for, and answers when the round has run. A round starts when no resolver can go
on by itself.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, cast

from tenantql.engine.errors import ResolverDefect
from tenantql.errors import TenantqlError
from tenantql.table import calls
from tenantql.table.access import Access
from tenantql.table.calls import Spent, Surroundings, Transport
from tenantql.table.errors import Unavailable
from tenantql.table.requests import AnyRequest, Request, Together

PARALLEL: Final = 10
"""Requests of a round that are on the wire at once: as many as boto3 keeps connections open."""

_POOL: Final = ThreadPoolExecutor(PARALLEL, thread_name_prefix="round")

type Pending = tuple[AnyRequest, asyncio.Future[Any]]


@dataclass(slots=True)
class Cost:
    """What an operation has cost so far: rounds, calls, and DynamoDB's capacity units."""

    rounds: int = 0
    calls: int = 0
    units: float = 0.0


class Rounds:
    """The requests of one operation. Not shared between operations.

    `access` is called when the first request runs, so an operation without one needs no
    credentials. `deadline` is in the seconds of `clock`; no call starts after it.
    """

    def __init__(
        self,
        transport: Transport,
        access: Callable[[], Access],
        *,
        deadline: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._access = access
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._pending: list[Pending] = []
        self.cost = Cost()

    def under(self, access: Callable[[], Access]) -> "Rounds":
        """Rounds of the same operation with another right; they cost the same operation."""
        other = Rounds(
            self._transport, access, deadline=self._deadline, clock=self._clock, sleep=self._sleep
        )
        other.cost = self.cost
        return other

    async def drive[R](self, coroutine: Coroutine[AnyRequest, Any, R]) -> R:
        """Runs `coroutine` to its end and returns its result, or raises what it raises."""
        step: Callable[[], AnyRequest] = lambda: coroutine.send(None)  # noqa: E731
        while True:
            try:
                request = step()
            except StopIteration as stop:
                return cast(R, stop.value)
            if not isinstance(cast(object, request), Request):
                coroutine.close()
                raise ResolverDefect(f"a resolver awaited a {type(request).__name__}")
            try:
                answer = await self._answer(request)
            except TenantqlError as error:
                step = _throwing(coroutine, error)
            else:
                step = _sending(coroutine, answer)

    async def _answer(self, request: AnyRequest) -> object:
        if not isinstance(request, Together):
            return await self._submit(request)
        futures = [self._submit(one) for one in request.requests]
        results = await asyncio.gather(*futures, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return tuple(results)

    def _submit(self, request: AnyRequest) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if not self._pending:
            # Callbacks that are already scheduled step the other resolvers first.
            loop.call_soon(self._run_round)
        self._pending.append((request, future))
        return future

    def _run_round(self) -> None:
        pending = [entry for entry in self._pending if not entry[1].cancelled()]
        self._pending = []
        self.cost.rounds += 1
        requests = [request for request, _ in pending]
        # One request needs no thread; several wait for the network at the same time.
        outcomes = map(self._run, requests) if len(requests) < 2 else _POOL.map(self._run, requests)
        for (_, future), outcome in zip(pending, outcomes, strict=True):
            self.cost.calls += len(outcome.spent)
            self.cost.units += sum(spent.units for spent in outcome.spent)
            if outcome.error is None:
                future.set_result(outcome.result)
            else:
                future.set_exception(outcome.error)

    def _run(self, request: AnyRequest) -> "_Outcome":
        """What becomes of a request; in a thread of its own, if there are several."""
        outcome = _Outcome()
        try:
            self._pause(0)
            around = Surroundings(spent=outcome.spent.append, pause=self._pause)
            outcome.result = calls.run(self._transport, request, self._access(), around)
        except Exception as error:  # noqa: BLE001 - it is raised again where it is awaited
            outcome.error = error
        return outcome

    def _pause(self, seconds: float) -> None:
        """Waits, or raises Unavailable if the time of the operation is up before."""
        if self._clock() + seconds >= self._deadline:
            raise Unavailable("the time for this request is up; ask for less, or try again")
        if seconds:
            self._sleep(seconds)


@dataclass(slots=True)
class _Outcome:
    """What became of one request, and what its calls consumed."""

    result: object = None
    error: Exception | None = None
    spent: list[Spent] = field(default_factory=list[Spent])


def _sending(coroutine: Coroutine[AnyRequest, Any, Any], value: object) -> Callable[[], AnyRequest]:
    return lambda: coroutine.send(value)


def _throwing(
    coroutine: Coroutine[AnyRequest, Any, Any], error: BaseException
) -> Callable[[], AnyRequest]:
    return lambda: coroutine.throw(error)
