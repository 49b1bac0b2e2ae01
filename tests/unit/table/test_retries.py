"""Faults: what is tried again, how often, with which token, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tenantql.errors import Code
from tenantql.table import calls
from tenantql.table.calls import ATTEMPTS, FIRST_PAUSE, Call, Spent, Surroundings
from tenantql.table.entity import Key
from tenantql.table.errors import Conflict, TableError, Throttled, Unavailable
from tenantql.table.expressions import Set
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query
from tenantql.table.writes import BatchWrite, Create, Delete, Put, Transact, Update
from tests.unit.builders import TABLE, Scripted, access, stored
from tests.unit.table.packages import Package, package, present

KEYS = tuple(Key(f"TENANT#acme#PACKAGE#{n}", "PACKAGE") for n in range(4))
RAW = [{"PK": {"S": key.pk}, "SK": {"S": key.sk}} for key in KEYS]
CONFLICT = Conflict("another write was in the way")


@dataclass
class Run:
    """A request against a script of answers; the last of them is given for ever."""

    request: AnyRequest
    script: list[Mapping[str, Any] | Exception]
    pauses: list[float] = field(default_factory=list[float])
    spent: list[Spent] = field(default_factory=list[Spent])

    def __post_init__(self) -> None:
        self.transport = Scripted(self._answer)

    def _answer(self, _call: Call) -> Mapping[str, Any]:
        found = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(found, Exception):
            raise found
        return found

    def __call__(self) -> Any:
        around = Surroundings(self.spent.append, self.pauses.append)
        return calls.run(self.transport, self.request, access(), around)

    @property
    def calls(self) -> list[Call]:
        return self.transport.calls


def items(*numbers: int) -> dict[str, Any]:
    return {"Responses": {TABLE: [stored(package(str(n))) for n in numbers]}}


def left(*numbers: int) -> dict[str, Any]:
    keys = [RAW[number] for number in numbers]
    return {"UnprocessedKeys": {TABLE: {"Keys": keys, "ConsistentRead": True}}}


def test_what_a_batch_leaves_out_is_asked_for_again() -> None:
    run = Run(BatchGet(Package, KEYS), [items(2) | left(0, 1, 3), items(0, 3) | left(1), items(1)])
    assert run() == tuple(package(str(n)) for n in range(4))
    asked = [call.parameters["RequestItems"][TABLE]["Keys"] for call in run.calls]
    assert asked == [RAW, [RAW[0], RAW[1], RAW[3]], [RAW[1]]]
    assert all(call.parameters["ReturnConsumedCapacity"] == "TOTAL" for call in run.calls)
    assert all(call.parameters["RequestItems"][TABLE]["ConsistentRead"] for call in run.calls)
    assert len(run.pauses) == 2


def test_a_batch_that_stays_unfinished_is_throttled_and_gives_no_part() -> None:
    run = Run(BatchGet(Package, KEYS), [items(2) | left(0, 1, 3), left(0, 1, 3)])
    with pytest.raises(Throttled, match="left reads undone; try again"):
        run()
    assert len(run.calls) == ATTEMPTS
    assert len(run.pauses) == ATTEMPTS - 1


with present():
    WRITES = BatchWrite((Put(package("0")), Delete(Package, KEYS[1])))
    CONFLICTING: list[AnyRequest] = [
        Transact((Create(package("0")),)),
        Create(package("0")),
        Update(Package, KEYS[0], (Set("code", "x"),)),
        Delete(Package, KEYS[0]),
    ]
UNDONE = {"UnprocessedItems": {TABLE: [{"DeleteRequest": {"Key": RAW[1]}}]}}


def test_what_a_batch_leaves_undone_is_sent_again() -> None:
    run = Run(WRITES, [UNDONE, {"UnprocessedItems": {}}])
    assert run() is None
    assert run.calls[1].parameters["RequestItems"] == UNDONE["UnprocessedItems"]
    assert len(run.calls) == 2


def test_a_batch_that_stays_undone_is_throttled() -> None:
    run = Run(WRITES, [UNDONE])
    with pytest.raises(Throttled, match="left writes undone; try again") as raised:
        run()
    assert raised.value.code is Code.RATE_LIMITED
    assert len(run.calls) == ATTEMPTS


@pytest.mark.parametrize("request_", CONFLICTING, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("times", range(1, ATTEMPTS))
def test_a_conflict_is_tried_again(request_: AnyRequest, times: int) -> None:
    run = Run(request_, [*[CONFLICT] * times, {"Attributes": stored(package("0"))}])
    run()
    assert len(run.calls) == times + 1
    assert len(run.pauses) == times


@pytest.mark.parametrize("request_", CONFLICTING, ids=lambda each: type(each).__name__)
def test_a_conflict_that_stays_comes_out(request_: AnyRequest) -> None:
    run = Run(request_, [CONFLICT])
    with pytest.raises(Conflict) as raised:
        run()
    assert raised.value.code is Code.CONFLICT
    assert len(run.calls) == ATTEMPTS
    assert len(run.pauses) == ATTEMPTS - 1


def test_pauses_grow_and_are_never_longer_than_they_may_be() -> None:
    waits = list[list[float]]()
    for _ in range(50):
        run = Run(CONFLICTING[0], [CONFLICT])
        with pytest.raises(Conflict):
            run()
        waits.append(run.pauses)
    for number, pauses in enumerate(zip(*waits, strict=True), 1):
        most = FIRST_PAUSE * 2**number
        assert 0 <= min(pauses) < max(pauses) <= most
        assert len(set(pauses)) > 25, "each waits for another time"


@pytest.mark.parametrize("token", ["mine", None])
def test_a_token_is_the_callers_or_one_of_each_attempt(token: str | None) -> None:
    """Without one, botocore makes one for each call, which its own retries keep."""
    run = Run(Transact((Create(package("0")),), token=token), [CONFLICT, CONFLICT, {}])
    run()
    sent = [call.parameters.get("ClientRequestToken") for call in run.calls]
    assert sent == [token] * 3


ALL: list[AnyRequest] = [
    *CONFLICTING,
    WRITES,
    Get(Package, KEYS[0]),
    Query(Package, KEYS[0].pk),
    BatchGet(Package, KEYS),
]


@pytest.mark.parametrize("request_", ALL, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("error", [Throttled("busy"), Unavailable("gone"), TableError("defect")])
def test_the_transport_has_tried_everything_else_again_itself(
    request_: AnyRequest, error: TableError
) -> None:
    run = Run(request_, [error])
    with pytest.raises(type(error)) as raised:
        run()
    assert raised.value is error
    assert len(run.calls) == 1


def test_no_attempt_starts_when_there_is_no_time_to_wait() -> None:
    def no_time(_seconds: float) -> None:
        raise Unavailable("the time is up")

    transport = Run(CONFLICTING[0], [CONFLICT]).transport
    with pytest.raises(Unavailable, match="the time is up"):
        calls.run(transport, CONFLICTING[0], access(), Surroundings(pause=no_time))
    assert len(transport.calls) == 1


@pytest.mark.parametrize(
    ("consumed", "units"),
    [
        ({"CapacityUnits": 1.5}, 1.5),
        ([{"CapacityUnits": 2.0}, {"CapacityUnits": 0.5}], 2.5),
        ([], 0.0),
        (None, 0.0),
        ({}, 0.0),
    ],
)
def test_units_of_one_table_and_of_several(consumed: Any, units: float) -> None:
    run = Run(Get(Package, KEYS[0]), [{"ConsumedCapacity": consumed}])
    run()
    assert run.spent == [Spent("GetItem", units)]


def test_units_of_every_attempt_are_collected() -> None:
    unit = {"ConsumedCapacity": [{"TableName": TABLE, "CapacityUnits": 1.0}]}
    run = Run(BatchGet(Package, KEYS), [items(0) | left(1, 2, 3) | unit, items(1, 2, 3) | unit])
    run()
    assert run.spent == [Spent("BatchGetItem", 1.0)] * 2
    run = Run(CONFLICTING[0], [CONFLICT, unit])
    run()
    assert run.spent == [Spent("TransactWriteItems", 0.0), Spent("TransactWriteItems", 1.0)]


def test_a_call_that_is_refused_was_a_call() -> None:
    run = Run(Get(Package, Key("TENANT#acme#PACKAGE#1", "PACKAGE")), [Throttled("busy")])
    with pytest.raises(Throttled):
        run()
    assert run.spent == [Spent("GetItem", 0.0)]
