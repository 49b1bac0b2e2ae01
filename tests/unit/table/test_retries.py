"""Faults: what is tried again, how often, with which token, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tenantql.errors import Code
from tenantql.table import calls
from tenantql.table.encoding import Call
from tenantql.table.entity import Key
from tenantql.table.errors import (
    ConditionFailed,
    Conflict,
    ForeignKey,
    ModelError,
    OutcomeUnknown,
    TableError,
    Throttled,
    Unavailable,
)
from tenantql.table.expressions import Set
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query
from tenantql.table.retries import (
    ATTEMPTS,
    CONFLICT_ATTEMPTS,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Quota,
)
from tenantql.table.sending import Spent, Surroundings
from tenantql.table.writes import BatchWrite, Create, Delete, Put, Transact, Update
from tests.unit.builders import TABLE, Scripted, access, stored
from tests.unit.table.packages import Package, package, present

KEYS = tuple(Key(f"TENANT#acme#PACKAGE#{n}", "PACKAGE") for n in range(4))
RAW = [{"PK": {"S": key.pk}, "SK": {"S": key.sk}} for key in KEYS]
CONFLICT = Conflict("another write was in the way")
LOST = OutcomeUnknown("the answer was lost")


@dataclass
class Run:
    """A request against a script of answers; the last of them is given for ever.

    `spent` has the operations and units of its calls.
    """

    request: AnyRequest
    script: list[Mapping[str, Any] | Exception]
    pauses: list[float] = field(default_factory=list[float])
    spent: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def __post_init__(self) -> None:
        self.transport = Scripted(self._answer)

    def _answer(self, _call: Call) -> Mapping[str, Any]:
        found = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(found, Exception):
            raise found
        return found

    def __call__(self) -> Any:
        around = Surroundings(self._spent, self.pauses.append, clock=lambda: 0.0)
        return calls.run(self.transport, self.request, access(), around)

    def _spent(self, spent: Spent) -> None:
        self.spent.append((spent.operation, spent.units))

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
@pytest.mark.parametrize("times", range(1, CONFLICT_ATTEMPTS))
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
    assert len(run.calls) == CONFLICT_ATTEMPTS
    assert len(run.pauses) == CONFLICT_ATTEMPTS - 1


def test_conflicts_leave_other_failures_their_attempts_and_their_quota() -> None:
    run = Run(CONFLICTING[0], [CONFLICT])
    for _ in range(Quota.SIZE):
        with pytest.raises(Conflict):
            run()
    assert run.transport.quota.take(Throttled("busy")) == Quota.RETRY
    busy = [Throttled("busy")] * (ATTEMPTS - 1)
    run.script = [CONFLICT, *busy, CONFLICT, *busy, {}]
    assert run() is None


def test_pauses_grow_and_are_never_longer_than_they_may_be() -> None:
    waits = list[list[float]]()
    for _ in range(50):
        run = Run(CONFLICTING[0], [CONFLICT])
        with pytest.raises(Conflict):
            run()
        waits.append(run.pauses)
    for number, pauses in enumerate(zip(*waits, strict=True), 1):
        most = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        assert 0 <= min(pauses) < max(pauses) <= most
        assert len(set(pauses)) > 25, "each waits for another time"


@pytest.mark.parametrize("token", ["mine", None])
def test_every_attempt_of_a_transaction_has_one_token(token: str | None) -> None:
    run = Run(Transact((Create(package("0")),), token=token), [CONFLICT, LOST, {}])
    run()
    sent = [call.parameters["ClientRequestToken"] for call in run.calls]
    assert len(set(sent)) == 1
    assert token in (None, sent[0])


ALL: list[AnyRequest] = [
    *CONFLICTING,
    WRITES,
    Get(Package, KEYS[0]),
    Query(Package, KEYS[0].pk),
    BatchGet(Package, KEYS),
]


def named(request: AnyRequest) -> str:
    return type(request).__name__


@pytest.mark.parametrize("request_", ALL, ids=named)
@pytest.mark.parametrize("error", [Throttled("busy"), Unavailable("gone")], ids=str)
def test_what_was_not_carried_out_is_tried_again(request_: AnyRequest, error: TableError) -> None:
    run = Run(request_, [error, error, {"Attributes": stored(package("0")), "Items": []}])
    run()
    assert len(run.calls) == 3
    assert len(run.pauses) == 2
    run = Run(request_, [error])
    with pytest.raises(type(error)) as raised:
        run()
    assert raised.value is error
    assert len(run.calls) == ATTEMPTS


@pytest.mark.parametrize("request_", ALL, ids=named)
def test_a_defect_is_not_tried_again(request_: AnyRequest) -> None:
    run = Run(request_, [TableError("defect")])
    with pytest.raises(TableError, match="defect"):
        run()
    assert len(run.calls) == 1


SAFE = (Transact, Create, Get, Query, BatchGet)


@pytest.mark.parametrize("request_", ALL, ids=named)
def test_after_a_lost_answer_only_what_cannot_happen_twice_is_tried_again(
    request_: AnyRequest,
) -> None:
    run = Run(request_, [LOST])
    with pytest.raises(OutcomeUnknown):
        run()
    assert len(run.calls) == (ATTEMPTS if isinstance(request_, SAFE) else 1)


def taken(item: Mapping[str, Any]) -> ConditionFailed:
    return ConditionFailed((0,), stored={0: item})


def test_an_item_that_a_lost_call_has_created_is_created() -> None:
    value = package("0")
    run = Run(Create(value), [LOST, taken(stored(value))])
    assert run() is None
    assert len(run.calls) == 2


def test_an_item_of_somebody_elses_is_not_taken_for_ones_own() -> None:
    value = package("0")
    other = msgspec.structs.replace(value, created_by="somebody else")
    run = Run(Create(value), [LOST, taken(stored(other))])
    with pytest.raises(ConditionFailed) as raised:
        run()
    assert raised.value.stored == {0: other}
    run = Run(Create(value), [taken(stored(value))])
    with pytest.raises(ConditionFailed):
        run()


def test_retries_end_when_the_table_is_in_trouble_for_long() -> None:
    run = Run(Get(Package, KEYS[0]), [Throttled("busy")])
    for _ in range(Quota.SIZE):
        with pytest.raises(Throttled):
            run()
    assert len(run.pauses) * Quota.RETRY == Quota.SIZE
    assert len(run.calls) == Quota.SIZE + len(run.pauses), "each is asked once at least"
    run.script = [{}]
    for _ in range(Quota.RETRY):
        run()
    run.script = [Throttled("busy"), {}]
    assert run() is None, "successes earn retries"


def test_no_attempt_starts_when_there_is_no_time_to_wait() -> None:
    transport = Run(CONFLICTING[0], [CONFLICT]).transport
    clock = iter([0.0] * 4 + [100.0] * 100)
    around = Surroundings(until=99.0, clock=lambda: next(clock))
    with pytest.raises(Unavailable, match="the time for this request is up"):
        calls.run(transport, CONFLICTING[0], access(), around)
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
    assert run.spent == [("GetItem", units)]


def test_units_of_every_attempt_are_collected() -> None:
    unit = {"ConsumedCapacity": [{"TableName": TABLE, "CapacityUnits": 1.0}]}
    run = Run(BatchGet(Package, KEYS), [items(0) | left(1, 2, 3) | unit, items(1, 2, 3) | unit])
    run()
    assert run.spent == [("BatchGetItem", 1.0)] * 2
    run = Run(CONFLICTING[0], [CONFLICT, unit])
    run()
    assert run.spent == [("TransactWriteItems", 0.0), ("TransactWriteItems", 1.0)]


def test_a_call_that_is_refused_was_a_call() -> None:
    run = Run(Get(Package, Key("TENANT#acme#PACKAGE#1", "PACKAGE")), [TableError("no")])
    with pytest.raises(TableError):
        run()
    assert run.spent == [("GetItem", 0.0)]


def test_a_transaction_may_be_another_one_after_a_conflict() -> None:
    """Such as one that writes to another shard, where nobody is in the way."""
    numbers = iter("345")

    def again() -> tuple[Create, ...]:
        return (Create(package(next(numbers))),)

    run = Run(Transact((Create(package("2")),), again=again), [CONFLICT, CONFLICT, {}])
    assert run() is None
    written = [call.parameters["TransactItems"][0]["Put"]["Item"]["PK"] for call in run.calls]
    assert written == [{"S": f"TENANT#acme#PACKAGE#{number}"} for number in "234"]


def test_what_comes_after_a_conflict_is_of_the_same_tenant() -> None:
    foreign = Create(package("1", tenant="globex"))
    run = Run(Transact((Create(package("2")),), again=lambda: (foreign,)), [CONFLICT, {}])
    with pytest.raises(ForeignKey):
        run()
    assert len(run.calls) == 1
    with pytest.raises(ModelError):
        Transact((foreign,), token="once", again=lambda: (foreign,))
