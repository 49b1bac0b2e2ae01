"""Rounds: the requests that the resolvers of one operation wait for, run together.

Resolvers are coroutines that await requests. `Rounds.drive` steps such a coroutine, collects
what it waits for, and answers when the round has run. A round starts when no resolver can go
on by itself.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from tenantql.engine.errors import ResolverDefect
from tenantql.engine.loop import RoundLoop
from tenantql.errors import TenantqlError
from tenantql.table import calls
from tenantql.table.access import Access
from tenantql.table.errors import CredentialsMissing
from tenantql.table.requests import AnyRequest, Request, Together
from tenantql.table.retries import READS
from tenantql.table.sending import Outcome, Spent, Surroundings
from tenantql.table.transport import Transport

type Vend = Callable[[], Access]
"""Gives the right with which requests run; asked for when it is first needed."""

type Beside = Callable[[], tuple[AnyRequest, Callable[[Outcome], None]] | None]
"""Gives a request of the engine's own to go with the first round, and what is told its outcome."""


@dataclass(slots=True)
class Round:
    """One round as it ran: how many requests waited, and the calls that were made for them.

    `started` and `seconds` are in seconds, the former since the operation began.
    """

    requests: int
    started: float
    seconds: float = 0.0
    calls: list[Spent] = field(default_factory=list[Spent])


@dataclass(slots=True)
class Cost:
    """What an operation has cost so far: rounds, calls, and DynamoDB's capacity units."""

    rounds: int = 0
    calls: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    @property
    def units(self) -> float:
        """Units of both kinds."""
        return self.read_units + self.write_units


@dataclass(slots=True)
class _Pending:
    """A request, and what is told its outcome: the future that a coroutine waits for, or else."""

    request: AnyRequest
    vend: Vend
    settle: Callable[[Outcome], None]
    future: asyncio.Future[Any] | None = None


class Rounds:
    """The requests of one operation. Not shared between operations.

    `access` is called when the first request runs, so an operation without one needs no
    credentials; `refused` is told of access whose credentials are not accepted any more, before
    `access` is asked again. What `beside` gives runs with the first round, and no resolver waits
    for it. `until` is in the seconds of `clock`; no call starts or is waited for after it. `began`
    is when these were made, in the same seconds.
    """

    def __init__(
        self,
        transport: Transport,
        access: Vend,
        *,
        refused: Callable[[Access], None] = lambda _access: None,
        until: float = float("inf"),
        beside: Beside = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._access = access
        self._refused = refused
        self._clock = clock
        self._around = Surroundings(self._spent, sleep, until, clock)
        self.began = clock()
        self._pending: list[_Pending] = []
        self._beside = beside
        self._renewed = False
        self.cost = Cost()
        self.record: list[Round] = []

    def after(self, earlier: "Rounds") -> None:
        """Counts on from what ran on behalf of the same request before these."""
        self.cost, self.record, self.began = earlier.cost, earlier.record, earlier.began

    async def drive[R](
        self, coroutine: Coroutine[AnyRequest, Any, R], access: Vend | None = None
    ) -> R:
        """Runs `coroutine` to its end and returns its result, or raises what it raises.

        Its requests run with `access`, if that is given, and in the same rounds as the others.
        """
        vend = access or self._access
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
                answer = await self._answer(request, vend)
            except TenantqlError as error:
                step = _throwing(coroutine, error)
            else:
                step = _sending(coroutine, answer)

    async def _answer(self, request: AnyRequest, vend: Vend) -> object:
        if not isinstance(request, Together):
            return await self._submit(request, vend)
        futures = [self._submit(one, vend) for one in request.requests]
        results = await asyncio.gather(*futures, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return tuple(results)

    def _submit(self, request: AnyRequest, vend: Vend) -> asyncio.Future[Any]:
        loop = cast(RoundLoop, asyncio.get_running_loop())
        future: asyncio.Future[Any] = loop.create_future()
        if not self._pending:
            loop.when_idle(self._run_round)
        self._pending.append(_Pending(request, vend, partial(_settle, future), future))
        return future

    def _run_round(self) -> None:
        pending = [one for one in self._pending if not (one.future and one.future.cancelled())]
        self._pending = []
        if not pending:
            return
        if not self.record and (also := self._beside()) is not None:
            request, settle = also
            pending.append(_Pending(request, self._access, settle))
        started = self._clock()
        self.record.append(Round(len(pending), started - self.began))
        for entry, outcome in zip(pending, self._run(pending), strict=True):
            entry.settle(outcome)
        self.record[-1].seconds = self._clock() - started
        self.cost.rounds += 1

    def _run(self, pending: list[_Pending]) -> list[Outcome]:
        """What becomes of requests; of those whose credentials are refused, with new ones."""
        outcomes = self._attempt(pending)
        errors = [outcome.error for outcome in outcomes]
        refused = [n for n, error in enumerate(errors) if isinstance(error, CredentialsMissing)]
        if refused and not self._renewed:
            self._renewed = True
            for vend in {id(pending[n].vend): pending[n].vend for n in refused}.values():
                with suppress(TenantqlError):  # The second attempt meets it again, and tells.
                    self._refused(vend())
            again = self._attempt([pending[n] for n in refused])
            for number, outcome in zip(refused, again, strict=True):
                outcomes[number] = outcome
        return outcomes

    def _attempt(self, pending: list[_Pending]) -> list[Outcome]:
        outcomes = [Outcome() for _ in pending]
        rights: dict[int, Access] = {}
        asked: list[calls.Asked] = []
        numbers: list[int] = []
        for number, entry in enumerate(pending):
            try:
                access = rights.get(id(entry.vend)) or entry.vend()
            except Exception as error:  # noqa: BLE001 - it is raised again where it is awaited
                outcomes[number].error = error
                continue
            rights[id(entry.vend)] = access
            asked.append((entry.request, access))
            numbers.append(number)
        found = calls.run_all(self._transport, asked, self._around)
        for number, outcome in zip(numbers, found, strict=True):
            outcomes[number] = outcome
        return outcomes

    def _spent(self, spent: Spent) -> None:
        self.cost.calls += 1
        if spent.operation in READS:
            self.cost.read_units += spent.units
        else:
            self.cost.write_units += spent.units
        self.record[-1].calls.append(spent)


def _settle(future: asyncio.Future[Any], outcome: Outcome) -> None:
    if outcome.error is None:
        future.set_result(outcome.value)
    else:
        future.set_exception(outcome.error)


def _sending(coroutine: Coroutine[AnyRequest, Any, Any], value: object) -> Callable[[], AnyRequest]:
    return lambda: coroutine.send(value)


def _throwing(
    coroutine: Coroutine[AnyRequest, Any, Any], error: BaseException
) -> Callable[[], AnyRequest]:
    return lambda: coroutine.throw(error)
