"""Sending: programs of calls, driven side by side over one transport, with retries.

A program is a generator that yields the calls a request needs, one after another, is sent their
answers, and returns what the request becomes. What several programs wait for goes out together.
"""

import time
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, cast

import msgspec

from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.errors import TableError, Unavailable
from tenantql.table.retries import ATTEMPTS, pause_before, repeatable
from tenantql.table.transport import Answer, Post, Transport


class Step(msgspec.Struct, frozen=True):
    """The call that a program makes next, as its attempt number `attempt`, counted from 0."""

    call: Call
    attempt: int = 0


type Program = Generator[Step, Answer, Any]


class Spent(msgspec.Struct, frozen=True):
    """What one call consumed, in DynamoDB's capacity units.

    `call` is what was asked, `seconds` how long it and those that went with it took, `started` when
    that was in the seconds of the clock, and `error` how it failed, if it did: what a call consumed
    that failed is not known.
    """

    operation: str
    units: float
    call: Call | None = None
    seconds: float = 0.0
    error: TableError | None = None
    started: float = 0.0

    def __repr__(self) -> str:
        # What was asked names keys and values.
        return f"Spent({self.operation!r}, {self.units!r})"


class Surroundings(msgspec.Struct, frozen=True):
    """What calls are made in: who is told of their cost, and how much time there is.

    `until` is a time of `clock`, in seconds; nothing is sent or waited for after it.
    """

    spent: Callable[[Spent], None] = lambda _spent: None
    sleep: Callable[[float], None] = time.sleep
    until: float = float("inf")
    clock: Callable[[], float] = time.monotonic

    def pause(self, seconds: float) -> None:
        """Waits, or raises Unavailable if the time is up before."""
        if self.clock() + seconds >= self.until:
            raise Unavailable("the time for this request is up; ask for less, or try again")
        if seconds:
            self.sleep(seconds)


PLAIN: Final = Surroundings()


class Outcome(msgspec.Struct):
    """What became of a program: its result, or what it raised."""

    value: Any = None
    error: Exception | None = None


class _Flight(msgspec.Struct):
    """A program under way: the call that it waits for, and when that may be made."""

    program: Program
    credentials: Credentials
    outcome: Outcome
    step: Step | None = None
    retries: int = 0
    paid: int = 0
    due: float = 0.0

    def advance(self, now: float, answer: Answer | Exception | None) -> None:
        """Gives the program an answer, or an error to raise, and takes its next call."""
        try:
            if isinstance(answer, Exception):
                self.step = self.program.throw(answer)
            else:
                # A generator that has not begun is sent None.
                self.step = self.program.send(cast("Answer", answer))
        except StopIteration as stop:
            self.step, self.outcome.value = None, stop.value
        except Exception as error:  # noqa: BLE001 - it is raised where the result is waited for
            self.step, self.outcome.error = None, error
        else:
            self.retries, self.paid = 0, 0
            self.due = now + pause_before(self.step.attempt)


def deliver(
    transport: Transport, programs: Sequence[tuple[Program, Credentials]], around: Surroundings
) -> list[Outcome]:
    """What becomes of each of `programs`, whose calls its credentials sign. Does not raise.

    A call that failed in passing is made again, up to `ATTEMPTS` times in all and within the
    transport's quota; any other error, a conflict among them, is raised in the program that waits.
    """
    now = around.clock()
    flights = [_Flight(program, credentials, Outcome()) for program, credentials in programs]
    outcomes = [flight.outcome for flight in flights]
    for flight in flights:
        flight.advance(now, None)
    while flights := [flight for flight in flights if flight.step is not None]:
        now = around.clock()
        ready = [flight for flight in flights if flight.due <= now]
        try:
            if ready:
                around.pause(0)
            else:
                first = min(flight.due for flight in flights)
                around.pause(first - now)
                ready = [flight for flight in flights if flight.due <= first]
        except Unavailable as error:
            # Time is up for all of them, and none of these calls has been made.
            for flight in ready or flights:
                flight.advance(now, error)
            continue
        _exchange(transport, ready, around)
    return outcomes


def _exchange(transport: Transport, flights: Sequence[_Flight], around: Surroundings) -> None:
    """One attempt of the calls that `flights` wait for."""
    calls = [cast("Step", flight.step).call for flight in flights]
    posts = [Post(call, flight.credentials) for call, flight in zip(calls, flights, strict=True)]
    started = around.clock()
    answers: Sequence[Answer | Exception]
    try:
        answers = transport.exchange(posts, around.until)
    except Exception as error:  # noqa: BLE001 - a defect of the transport fails what it was to send
        answers = [error] * len(posts)
    now = around.clock()
    for flight, call, answer in zip(flights, calls, answers, strict=True):
        error = answer if isinstance(answer, TableError) else None
        units = 0.0 if isinstance(answer, Exception) else units_of(answer)
        around.spent(Spent(call.operation, units, call, now - started, error, started))
        if error is not None and _retried(transport, flight, call, error, now):
            continue
        if error is None:
            transport.quota.give(flight.paid)
        flight.advance(now, answer)


def _retried(
    transport: Transport, flight: _Flight, call: Call, error: TableError, now: float
) -> bool:
    """Whether the call of `flight` is made again, later."""
    if flight.retries == ATTEMPTS - 1 or not repeatable(call, error):
        return False
    paid = transport.quota.take(error)
    if not paid:
        return False
    flight.retries, flight.paid = flight.retries + 1, paid
    flight.due = now + pause_before(flight.retries)
    return True


def units_of(answer: Answer) -> float:
    """The capacity units that DynamoDB says a call consumed, in all its tables."""
    consumed: Any = answer.get("ConsumedCapacity") or ()
    tables = cast("list[dict[str, Any]]", [consumed] if isinstance(consumed, dict) else consumed)
    return sum((float(table.get("CapacityUnits", 0)) for table in tables), 0.0)
