"""Routing: records are seconds old at most, and nobody is served without one."""

import time
from inspect import signature

import pytest

from tenantql.table.errors import InvalidItem, Unavailable
from tenantql.tenancy import routing
from tenantql.tenancy.admission import control_access
from tenantql.tenancy.errors import TenantRefused
from tenantql.tenancy.routing import FRESH_SECONDS, Routes, RoutingRecord, Status
from tests.unit.builders import CREDENTIALS, Scripted, holding, route, stored


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def routes(transport: Scripted, clock: Clock) -> Routes:
    return Routes(transport, control_access("shop-control", lambda: CREDENTIALS), clock=clock)


def test_a_record_is_one_consistent_read_of_the_control_table(clock: Clock) -> None:
    transport = holding(route())
    assert routes(transport, clock).of("acme") == route()
    (call,) = transport.calls
    assert call.operation == "GetItem"
    assert call.parameters == {
        "TableName": "shop-control",
        "Key": {"PK": {"S": "TENANT#acme"}, "SK": {"S": "ROUTE"}},
        "ConsistentRead": True,
        "ReturnConsumedCapacity": "TOTAL",
    }


def test_five_seconds() -> None:
    assert FRESH_SECONDS == 5


@pytest.mark.parametrize(("later", "calls"), [(0, 1), (4.9, 1), (5, 2), (60, 2), (-1, 2)])
def test_a_record_is_read_again_after_seconds(clock: Clock, later: float, calls: int) -> None:
    transport = holding(route())
    found = routes(transport, clock)
    found.of("acme")
    clock.now += later
    found.of("acme")
    assert len(transport.calls) == calls


def test_time_in_which_a_function_is_frozen_counts() -> None:
    """Monotonic time stands still meanwhile, the wall's does not."""
    assert signature(Routes).parameters["clock"].default is time.time


def test_being_asked_for_does_not_keep_a_record_fresh(clock: Clock) -> None:
    transport = holding(route())
    found = routes(transport, clock)
    for _ in range(4):
        found.of("acme")
        clock.now += 2
    assert len(transport.calls) == 2


def test_a_suspension_works_within_the_caches_time(clock: Clock) -> None:
    records = [route(), route(status=Status.SUSPENDED)]
    transport = Scripted(lambda _call: {"Item": stored(records.pop(0))})
    found = routes(transport, clock)
    assert found.of("acme").status is Status.ACTIVE
    clock.now += FRESH_SECONDS
    with pytest.raises(TenantRefused, match="suspended"):
        found.of("acme")
    with pytest.raises(TenantRefused, match="suspended"):
        found.of("acme")
    assert len(transport.calls) == 2, "a refusal is as fresh as a record"


def test_a_moving_tenant_is_found(clock: Clock) -> None:
    assert routes(holding(route(status=Status.MOVING)), clock).of("acme").status is Status.MOVING


def test_an_unknown_tenant_is_refused_each_time(clock: Clock) -> None:
    transport = holding(route("globex"))
    found = routes(transport, clock)
    for _ in range(2):
        with pytest.raises(TenantRefused, match="not known"):
            found.of("acme")
    assert len(transport.calls) == 2


def test_tenants_have_records_of_their_own(clock: Clock) -> None:
    found = routes(holding(route(), route("acme-eu", table="other")), clock)
    assert [found.of(tenant).table for tenant in ("acme", "acme-eu", "acme")] == [
        route().table,
        "other",
        route().table,
    ]


def test_without_a_fresh_record_nobody_is_served(clock: Clock) -> None:
    answers: list[RoutingRecord] = [route()]

    def fail_after_the_first(_call: object) -> dict[str, object]:
        if not answers:
            raise Unavailable("the database cannot be reached")
        return {"Item": stored(answers.pop())}

    found = routes(Scripted(fail_after_the_first), clock)
    found.of("acme")
    clock.now += FRESH_SECONDS
    with pytest.raises(Unavailable):
        found.of("acme")


@pytest.mark.parametrize("status", ["ACTIVE", "deleted", ""])
def test_a_status_that_is_not_known_serves_nobody(clock: Clock, status: str) -> None:
    item = stored(route()) | {"status": {"S": status}}
    with pytest.raises(InvalidItem):
        routes(Scripted(lambda _call: {"Item": item}), clock).of("acme")


@pytest.mark.parametrize("count", [0, -1, 101])
def test_a_count_of_shards_that_cannot_be_serves_nobody(clock: Clock, count: int) -> None:
    item = stored(route(shards=count))
    with pytest.raises(InvalidItem):
        routes(Scripted(lambda _call: {"Item": item}), clock).of("acme")


def test_the_cache_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "CAPACITY", 2)
    transport = holding(route("one"), route("two"), route("three"))
    found = routes(transport, clock)
    for tenant in ("one", "two", "one", "three", "one"):
        found.of(tenant)
    assert len(transport.calls) == 3
    found.of("two")
    assert len(transport.calls) == 4, "the least recently used went"
