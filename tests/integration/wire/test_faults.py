"""Whatever happens on the wire: the right answer or a typed error, and no write twice."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import pytest

from tenantql.table import calls
from tenantql.table import entity as entities
from tenantql.table.direct import pool as pools
from tenantql.table.entity import entity_of
from tenantql.table.errors import OutcomeUnknown, TableError, Throttled, Unavailable
from tenantql.table.expressions import Increase
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query
from tenantql.table.sending import Surroundings
from tenantql.table.transport import Transport
from tenantql.table.transports import Kind
from tenantql.table.writes import BatchWrite, Create, Put, Transact, Update
from tests.integration.services import transport_to
from tests.integration.wire.ledger import (
    FINE,
    HARMLESS,
    LOSING,
    NOT_APPLIED,
    SILENT,
    Fault,
    Ledger,
    key_of,
)
from tests.unit.builders import access, stored
from tests.unit.table.direct.server import Asked, Doing, answer, serving
from tests.unit.table.packages import DECLARED, Tally, tally

ALL: Final[dict[str, Fault]] = {**NOT_APPLIED, **HARMLESS, **LOSING, **SILENT}
SHORT: Final = 0.3
"""Seconds that an operation has when nothing tells it that no answer comes."""


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(entities, "_DECLARED", {**entities._DECLARED, **DECLARED})


@dataclass(frozen=True)
class Case:
    """A request, what it gives, and the values whose writes are to be counted.

    `again` is whether it may be sent again after its answer was lost.
    """

    request: AnyRequest
    right: Any
    written: tuple[Tally, ...] = ()
    again: bool = True


def made(number: int) -> tuple[list[Tally], list[Case]]:
    """Items that have to be there, and requests that go with them."""
    first, second, counted = (tally(f"{number}{name}", total=1) for name in "xyz")
    new = [tally(f"{number}{letter}", total=number) for letter in "abcdef"]
    keys = [entity_of(Tally).key_of(each) for each in (first, second, counted)]
    increase = Update(Tally, keys[2], (Increase("total", 1),))
    return [first, second, counted], [
        Case(BatchGet(Tally, (keys[0], keys[1])), (first, second)),
        Case(Query(Tally, keys[1].pk, limit=9), (second,)),
        Case(Create(new[0]), None, (new[0],)),
        Case(Put(new[1]), None, (new[1],), again=False),
        Case(increase, tally(f"{number}z", total=2), (counted,), again=False),
        Case(BatchWrite((Put(new[2]), Put(new[3]))), None, (new[2], new[3]), again=False),
        Case(Transact((Create(new[4]), Create(new[5]))), None, (new[4], new[5])),
    ]


@dataclass
class Line:
    """A transport, and the table at its other end."""

    transport: Transport
    ledger: Ledger

    def cases(self, number: int = 0) -> list[Case]:
        """Requests of each kind, after the table got what they need."""
        there, found = made(number)
        with self.ledger.lock:
            self.ledger.items |= {key_of(stored(value)): stored(value) for value in there}
        return found

    def run(self, cases: Sequence[Case], seconds: float = 30.0) -> list[Any]:
        """What became of requests that ran together, each in time: a result, or an error."""
        until = time.monotonic() + seconds
        around = Surroundings(until=until, sleep=lambda _seconds: None)
        asked = [(case.request, access()) for case in cases]
        outcomes = calls.run_all(self.transport, asked, around)
        assert time.monotonic() < until + 20, "it waited for what never comes"
        found = [outcome.error or outcome.value for outcome in outcomes]
        for case, outcome in zip(cases, found, strict=True):
            self.ensure_sound(case, outcome)
        return found

    def ensure_sound(self, case: Case, outcome: Any) -> None:
        """What holds whatever has happened."""
        times = {self.ledger.applied[key_of(stored(value))] for value in case.written}
        assert times <= {0, 1}, "a write was carried out twice"
        if isinstance(outcome, Exception):
            assert isinstance(outcome, TableError)
            if not case.again and not isinstance(outcome, OutcomeUnknown):
                assert times == {0}, "the error says that a write was not carried out"
        else:
            found = outcome.items if isinstance(case.request, Query) else outcome
            assert found == case.right, "the answer belongs to another request"
            assert times <= {1}, "a write was not carried out"


@pytest.fixture(params=Kind)
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    ledger = Ledger()
    with serving(ledger) as server:
        yield Line(transport_to(server.url, request.param), ledger)


def kinds(outcomes: Iterable[Any]) -> list[type | None]:
    """The types of errors; None for what is none."""
    return [type(each) if isinstance(each, Exception) else None for each in outcomes]


@pytest.mark.parametrize("name", ALL)
def test_a_fault_that_passes(line: Line, name: str) -> None:
    """Each call meets it once: it is made again if it may be, and otherwise the error says why."""
    cases = line.cases()
    line.ledger.faults = [ALL[name]] * len(cases)
    found = kinds(line.run(cases, SHORT if name in SILENT else 30.0))
    if name in SILENT:
        assert all(kind is not None and issubclass(kind, Unavailable) for kind in found)
    elif name in LOSING:
        assert found == [None if case.again else OutcomeUnknown for case in cases]
    elif name in {"closed when idle", "reset when idle"}:
        # Ended in the very moment of writing, a connection looks as if the answer were lost; and a
        # reset takes along what was not read yet.
        lost = [kind for kind in found if kind is not None]
        assert set(lost) <= {OutcomeUnknown}
        assert not any(kind and case.again for kind, case in zip(found, cases, strict=True))
    else:
        assert found == [None] * len(cases)
    if name not in SILENT:
        assert kinds(line.run(line.cases(1)[:2])) == [None, None], "reads get over it in any case"


@pytest.mark.parametrize("name", ALL)
def test_a_fault_that_stays(line: Line, name: str) -> None:
    cases = line.cases()
    line.ledger.again = ALL[name]
    found = kinds(line.run(cases, SHORT if name in SILENT else 30.0))
    if name in NOT_APPLIED:
        assert found == [Throttled] * len(cases)
    elif name in LOSING:
        assert found == [OutcomeUnknown] * len(cases)
    elif name in SILENT:
        assert all(kind is not None and issubclass(kind, Unavailable) for kind in found)


@pytest.mark.parametrize("name", ALL)
def test_one_item(line: Line, name: str) -> None:
    """GetItem, which no other test of these makes."""
    (there, *_), _ = made(0)
    line.cases()
    line.ledger.faults = [ALL[name]]
    case = Case(Get(Tally, entity_of(Tally).key_of(there)), there)
    (found,) = line.run([case], SHORT if name in SILENT else 30.0)
    assert found == there or name in SILENT


def test_what_is_slow_is_asked_for_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(line.transport, "_pool"):
        pytest.skip("botocore's time for an answer is two seconds, and cannot be set for a test")
    monkeypatch.setattr(pools, "ANSWER_SECONDS", 0.1)
    cases = line.cases()
    line.ledger.faults = [*SILENT.values()] * 4
    found = kinds(line.run(cases))
    assert found == [None if case.again else OutcomeUnknown for case in cases]


def unprocessed(_ledger: Ledger, asked: Asked) -> list[Doing]:
    """All of it is left over."""
    name = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
    return [answer({name[asked.operation]: asked.parameters["RequestItems"]})]


def test_what_a_batch_leaves_over_for_ever_ends(line: Line) -> None:
    line.ledger.again = unprocessed
    batches = [case for case in line.cases() if isinstance(case.request, BatchGet | BatchWrite)]
    assert kinds(line.run(batches)) == [Throttled, Throttled]


@pytest.mark.parametrize("seed", range(3))
def test_a_storm(line: Line, seed: int) -> None:
    """Threads share a transport while anything goes wrong that ends by itself."""
    random = Random(seed)
    weather = [*NOT_APPLIED.values(), *HARMLESS.values(), *LOSING.values()]
    line.ledger.faults = [
        random.choice(weather) if random.random() < 0.3 else FINE for _ in range(2000)
    ]
    outcomes = list[Any]()
    failures = list[Exception]()

    def some(numbers: range) -> None:
        try:
            for number in numbers:
                outcomes.extend(line.run(line.cases(number)))
        except Exception as error:  # a thread has nobody to tell
            failures.append(error)
            raise

    threads = [
        threading.Thread(target=some, args=(range(start, start + 12),))
        for start in (1000, 2000, 3000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert kinds(outcomes).count(None) > len(outcomes) / 2
