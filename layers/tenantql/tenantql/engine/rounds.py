"""Rounds: the requests that the resolvers of one operation wait for, run together.

Resolvers are coroutines that await requests. A coroutine that is started here runs until it waits;
when none can go on by itself, what they wait for runs as one round. There is no event loop: nothing
else is ever waited for.
"""

import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from types import coroutine as as_awaitable
from typing import Any, cast

import msgspec

from tenantql.engine.errors import ResolverDefect
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


class Round(msgspec.Struct):
    """One round as it ran: how many requests waited, and the calls that were made for them.

    `started` and `seconds` are in seconds, the former since the operation began.
    """

    requests: int
    started: float
    seconds: float = 0.0
    calls: list[Spent] = []


class Cost(msgspec.Struct):
    """What an operation has cost so far: rounds, calls, and DynamoDB's capacity units."""

    rounds: int = 0
    calls: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    @property
    def units(self) -> float:
        """Units of both kinds."""
        return self.read_units + self.write_units


type Settle = Callable[[Any, Exception | None], None]
"""Told what a coroutine returned, or what it raised."""


class With(msgspec.Struct, frozen=True):
    """A request that runs with a right of its own."""

    request: AnyRequest
    access: Vend


class _Task(msgspec.Struct, eq=False):
    """A coroutine under way. It is closed as soon as nobody wants its result."""

    coroutine: Coroutine[Any, Any, Any]
    settle: Settle
    wanted: Callable[[], bool]


class _Pending(msgspec.Struct):
    """A request that waits for its round, who has the right to it, and what is told its outcome."""

    request: AnyRequest
    vend: Vend
    settle: Callable[[Outcome], None]
    task: _Task | None = None


def _always() -> bool:
    return True


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
        self._ready: deque[tuple[_Task, Outcome]] = deque()
        self._pending: list[_Pending] = []
        self._beside = beside
        self._renewed = False
        self.cost = Cost()
        self.record: list[Round] = []

    def after(self, earlier: "Rounds") -> None:
        """Counts on from what ran on behalf of the same request before these."""
        self.cost, self.record, self.began = earlier.cost, earlier.record, earlier.began

    def start(
        self,
        coroutine: Coroutine[Any, Any, Any],
        settle: Settle,
        wanted: Callable[[], bool] = _always,
    ) -> None:
        """Lets `run` take `coroutine` along, until it ends or is not `wanted` any more."""
        self._ready.append((_Task(coroutine, settle, wanted), Outcome()))

    def run(self) -> None:
        """Runs everything that was started to its end."""
        while True:
            while self._ready:
                self._step(*self._ready.popleft())
            if not self._pending:
                return
            self._run_round()

    def result[R](self, coroutine: Coroutine[Any, Any, R]) -> R:
        """What `coroutine` returns or raises, which runs with what else was started."""
        ended = Outcome()

        def settle(value: object, error: Exception | None) -> None:
            ended.value, ended.error = value, error

        self.start(coroutine, settle)
        self.run()
        if ended.error is not None:
            raise ended.error
        return cast("R", ended.value)

    def _step(self, task: _Task, came: Outcome) -> None:
        """Lets a coroutine go on with what came, up to its next request or its end."""
        coroutine, error = task.coroutine, came.error
        if not task.wanted():
            coroutine.close()
            return
        try:
            if error is None:
                request = coroutine.send(came.value)
            elif isinstance(error, TenantqlError):
                request = coroutine.throw(error)
            else:
                # A defect, which no resolver is to make anything of.
                coroutine.close()
                raise error  # noqa: TRY301 - it ends the coroutine as any other
        except StopIteration as stop:
            task.settle(stop.value, None)
        except Exception as raised:  # noqa: BLE001 - who waits for the coroutine is told
            task.settle(None, raised)
        else:
            self._await(task, request)

    def _await(self, task: _Task, request: object) -> None:
        vend = self._access
        if isinstance(request, With):
            request, vend = request.request, request.access
        if isinstance(request, Together):
            whole = _Whole(task, self._ready, len(request.requests))
            for number, one in enumerate(request.requests):
                self._pending.append(_Pending(one, vend, whole.part(number), task))
        elif isinstance(request, Request):
            settle: Callable[[Outcome], None] = lambda outcome: self._ready.append((task, outcome))  # noqa: E731
            self._pending.append(_Pending(cast("AnyRequest", request), vend, settle, task))
        else:
            task.coroutine.close()
            task.settle(None, ResolverDefect(f"a resolver awaited a {type(request).__name__}"))

    def _run_round(self) -> None:
        pending, self._pending = self._pending, []
        left = [one for one in pending if one.task is None or one.task.wanted()]
        if len(left) < len(pending):
            for each in {one.task for one in pending if one.task and not one.task.wanted()}:
                each.coroutine.close()
        if not left:
            return
        pending = left
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


class _Whole(msgspec.Struct):
    """Requests that one coroutine awaits together: it goes on when the last has come."""

    task: _Task
    ready: deque[tuple[_Task, Outcome]]
    left: int
    came: dict[int, Outcome] = {}

    def part(self, number: int) -> Callable[[Outcome], None]:
        """What is told the outcome of the request with this number."""

        def settle(outcome: Outcome) -> None:
            self.came[number] = outcome
            self.left -= 1
            if not self.left:
                self.ready.append((self.task, self._together()))

        return settle

    def _together(self) -> Outcome:
        parts = [self.came[number] for number in range(len(self.came))]
        error = next((part.error for part in parts if part.error is not None), None)
        return Outcome(tuple(part.value for part in parts), error)


@as_awaitable
def with_access[R](
    coroutine: Coroutine[AnyRequest, Any, R], access: Vend
) -> Generator[With, Any, R]:
    """The result of `coroutine`, whose requests run with `access`, in the same rounds."""
    step: Callable[[], Any] = lambda: coroutine.send(None)  # noqa: E731
    while True:
        try:
            request = step()
        except StopIteration as stop:
            return cast("R", stop.value)
        try:
            answer = yield request if isinstance(request, With) else With(request, access)
        except Exception as error:  # noqa: BLE001 - the coroutine may know what to do with it
            step = _throwing(coroutine, error)
        else:
            step = _sending(coroutine, answer)


def _sending(coroutine: Coroutine[AnyRequest, Any, Any], value: object) -> Callable[[], AnyRequest]:
    return lambda: coroutine.send(value)


def _throwing(
    coroutine: Coroutine[AnyRequest, Any, Any], error: BaseException
) -> Callable[[], AnyRequest]:
    return lambda: coroutine.throw(error)
