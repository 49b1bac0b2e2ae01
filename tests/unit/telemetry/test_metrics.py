"""Metrics of requests: what they add up to, when they are told, and how many series there are."""

import io
from itertools import product
from typing import Any

import pytest

from local.cloud.semantics.metrics import Datum, embedded_metrics
from tenantql.engine.observation import Observation
from tenantql.engine.operations import Kind
from tenantql.errors import Code
from tenantql.telemetry.metrics import MAX_VALUES, WINDOW, RequestMetrics
from tenantql.tenancy.routing import Tier
from tests.unit.telemetry.observations import query


class Told:
    """Metrics, and what was written of them; `now` is the time."""

    def __init__(self, service: str = "shop-graphql") -> None:
        self.now = 1_000.0
        self.issued = 0
        self._stream = io.StringIO()
        self._metrics = RequestMetrics(
            service, issued=lambda: self.issued, stream=self._stream, clock=lambda: self.now
        )

    def __call__(self, *observed: Observation) -> None:
        for one in observed:
            self._metrics(one)

    @property
    def lines(self) -> list[str]:
        return self._stream.getvalue().splitlines()

    @property
    def data(self) -> list[Datum]:
        return list(embedded_metrics(self._stream.getvalue()))

    def sums(self, **dimensions: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for datum in self.data:
            if dimensions.items() <= datum.dimensions.items():
                found[datum.name] = found.get(datum.name, 0.0) + sum(datum.values)
        return found


@pytest.fixture
def told() -> Told:
    return Told()


def test_what_a_query_comes_to(told: Told) -> None:
    told(query())
    assert {datum.name: (datum.values, datum.unit) for datum in told.data} == {
        "Requests": ((1.0,), "Count"),
        "DurationMs": ((5.0,), "Milliseconds"),
        "StoreMs": ((4.0,), "Milliseconds"),
        "ReadUnits": ((0.5,), "Count"),
        "Rounds": ((1.0,), "Count"),
    }
    (dimensions,) = {tuple(datum.dimensions.items()) for datum in told.data}
    assert dict(dimensions) == {"service": "shop-graphql", "tier": "basic", "class": "query"}
    assert {(datum.namespace, datum.timestamp) for datum in told.data} == {("TenantQL", 1_000.0)}


def test_requests_of_a_moment_are_one_line(told: Told) -> None:
    told(query())
    told(*(query(duration_ms=float(n), read_units=1.5) for n in range(5)))
    assert len(told.lines) == 1, "the first one, told at once"
    told.now += WINDOW
    told(query())
    assert len(told.lines) == 2
    second = list(embedded_metrics(told.lines[1]))
    values = {datum.name: datum.values for datum in second}
    assert values["Requests"] == (6.0,)
    assert values["DurationMs"] == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert values["ReadUnits"] == (8.0,)
    assert {datum.timestamp for datum in second} == {1_000.0}, "when the first of them came"


def test_a_request_after_a_pause_is_told_at_once(told: Told) -> None:
    for _ in range(3):
        told(query())
        told.now += WINDOW
    assert len(told.lines) == 3


def test_a_fault_is_told_at_once(told: Told) -> None:
    told(query(), query(), query(code=Code.BAD_USER_INPUT))
    assert len(told.lines) == 1
    told(query(code=Code.UNAVAILABLE))
    assert told.sums() | {"Requests": 4.0, "ClientErrors": 1.0, "ServerErrors": 1.0} == told.sums()


def test_a_line_holds_no_more_values_than_the_format_takes(told: Told) -> None:
    told(*(query() for _ in range(3 * MAX_VALUES + 1)))
    assert max(len(datum.values) for datum in told.data) == MAX_VALUES == 100
    assert told.sums()["Requests"] == 3 * MAX_VALUES + 1


def test_tiers_and_classes_are_told_apart(told: Told) -> None:
    told(query(code=Code.INTERNAL))
    told(query(tier=Tier.PREMIUM, kind=Kind.MUTATION, write_units=4.0))
    told(query(code=Code.UNAVAILABLE))
    assert told.sums(tier="basic")["Requests"] == 2
    assert told.sums(**{"class": "mutation"}) == {
        "Requests": 1,
        "Rounds": 1,
        "DurationMs": 5,
        "StoreMs": 4,
        "ReadUnits": 0.5,
        "WriteUnits": 4,
    }


def test_an_operation_that_did_not_run_is_refused(told: Told) -> None:
    told(query(rounds=None, code=Code.COST_EXCEEDED), Observation("r", duration_ms=1.0))
    told(query(code=Code.INTERNAL))
    assert told.sums(**{"class": "refused"}) == {"Requests": 2, "ClientErrors": 1, "DurationMs": 6}
    assert told.sums(tier="none")["Requests"] == 1


def test_cold_starts_and_throttled_calls_are_of_the_service(told: Told) -> None:
    told(query(cold_start=True, throttled=3))
    found = {d.name: (d.values, dict(d.dimensions)) for d in told.data}
    assert found["ColdStarts"] == ((1.0,), {"service": "shop-graphql"})
    assert found["ThrottledCalls"] == ((3.0,), {"service": "shop-graphql"})


@pytest.mark.parametrize(
    ("changed", "name", "number"),
    [
        ({"code": Code.INTERNAL}, "Faults", 1),
        ({"code": Code.UNAVAILABLE}, "Faults", 1),
        ({"code": Code.FORBIDDEN, "denied": 2}, "AccessDenied", 2),
        ({"code": Code.FORBIDDEN, "reason": "AccessDenied", "rounds": None}, "AccessDenied", 1),
    ],
)
def test_what_pages_is_told_at_once(
    told: Told, changed: dict[str, Any], name: str, number: int
) -> None:
    told(query())
    told(query(**changed))
    (found,) = (datum for datum in told.data if datum.name == name)
    assert (found.values, dict(found.dimensions)) == ((number,), {"service": "shop-graphql"})


def test_refusals_for_want_of_budget_are_counted_and_no_others(told: Told) -> None:
    refused = {"code": Code.RATE_LIMITED, "rounds": None}
    told(query(**refused, reason="RateLimited"), query(**refused, reason="Throttled"))
    told.now += WINDOW
    told(query(**refused, reason="RateLimited"), query(code=Code.COST_EXCEEDED, reason="CostError"))
    assert told.sums()["BudgetRefusals"] == 2
    assert {"Faults", "AccessDenied"}.isdisjoint(told.sums())


def test_sessions_of_sts_are_counted_once(told: Told) -> None:
    told.issued = 2
    told(query())
    told.now += WINDOW
    told(query())
    told.issued = 5
    told.now += WINDOW
    told(query())
    issued = [datum.values for datum in told.data if datum.name == "CredentialsIssued"]
    assert issued == [(2.0,), (3.0,)]


SERIES = 115
"""What docs/observability.md promises; see tests/docs/test_observability.py."""


def every_request(tiers: tuple[Tier | None, ...]) -> list[Observation]:
    """One request of each kind and outcome there is, which measures all that can be measured."""
    ran: dict[str, Any] = {"write_units": 1.0, "throttled": 1, "denied": 1, "cold_start": True}
    found: list[Observation] = []
    for tier, code in product(tiers, (None, *Code)):
        found += [query(tier=tier, kind=kind, code=code, **ran) for kind in Kind]
        found += [query(tier=tier, kind=kind, code=code, rounds=None) for kind in (None, *Kind)]
    return found


def test_there_are_no_more_series_than_promised() -> None:
    tenants, operators = Told("shop-graphql"), Told("shop-platform")
    tenants(*every_request(tuple(Tier)), Observation("r", code=Code.INTERNAL, duration_ms=1.0))
    tenants(Observation("r", code=Code.UNAUTHENTICATED, duration_ms=1.0))
    tenants(query(rounds=None, code=Code.RATE_LIMITED, reason="RateLimited"))
    operators(*every_request((None,)))
    for told in (tenants, operators):
        told.issued = 1
        told(query(tier=None if told is operators else Tier.BASIC, code=Code.INTERNAL))
    series = {
        (datum.name, tuple(sorted(datum.dimensions.items())))
        for told in (tenants, operators)
        for datum in told.data
    }
    assert len(series) == SERIES
    assert all(names <= {"service", "tier", "class"} for names in map(_names, series))


def _names(series: tuple[str, tuple[tuple[str, str], ...]]) -> set[str]:
    return {name for name, _ in series[1]}
