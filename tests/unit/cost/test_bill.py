"""Bills of small cases, reckoned by hand; and the parts of the whole add up."""

from copy import replace

import pytest

from cli.cost import bill as bills
from cli.cost import prices as price_lists
from cli.cost import usage
from cli.cost.advice import after, steps
from cli.cost.bill import Item, Rates, Tenant, affordable, batched, bill, break_even, total
from cli.cost.plan import DAYS, HOURS, SECONDS, Plan
from cli.cost.usage import Usage

PRICES = price_lists.load()
NOTHING = Plan(
    requests_per_day=0,
    records=0,
    series=0,
    alarms=0,
    pages=0,
    dashboards=0,
    keys=0,
    canary_minutes=0,
)
PLAN = Plan()


def of(items: list[Item], service: str, name: str) -> float:
    (found,) = (item.usd for item in items if (item.service, item.name) == (service, name))
    return found


def test_nothing_costs_nothing() -> None:
    assert total(bill(NOTHING, PRICES)) == 0


def test_a_million_requests_of_the_api_are_a_dollar() -> None:
    items = Rates(PLAN, PRICES).items(Usage(requests=1_000_000))
    assert of(items, "API Gateway", "requests") == pytest.approx(1)


def test_units_on_demand() -> None:
    used = Usage(read={"table": 8_000_000}, write={"table": 1_000_000, "GSI1": 1_000_000})
    items = Rates(PLAN, PRICES).items(used)
    assert of(items, "DynamoDB", "reads") == pytest.approx(8 * 0.125)
    assert of(items, "DynamoDB", "writes") == pytest.approx(2 * 0.625)


def test_time_of_the_graphql_function() -> None:
    """1 GB for 4 ms of waiting, 1 ms of a whole processor, and what each invocation has."""
    items = Rates(PLAN, PRICES).items(Usage(requests=1e6, own_ms=1e6, store_ms=4e6))
    ms = 4 + 1_769 / 1_024 + 1.5 + 0.005 * 1_000
    expected = 0.20 + 1e6 * ms / 1_000 * 0.0000133334
    assert of(items, "Lambda", "graphql function") == pytest.approx(expected)


def test_logs_by_their_bytes() -> None:
    """A million requests without the stream: 0.49 GB, and three lines of each invocation."""
    items = Rates(PLAN, PRICES).items(Usage(requests=1e6))
    assert of(items, "Logs", "log of requests") == pytest.approx(0.49 * 0.50)
    assert of(items, "Logs", "START, END, REPORT") == pytest.approx(0.30 * 0.50)
    sampled = Rates(replace(PLAN, log_sample=0.1), PRICES).items(Usage(requests=1e6))
    assert of(sampled, "Logs", "log of requests") == pytest.approx(0.049 * 0.50)


def test_what_is_kept() -> None:
    """A hundred records, by the sizes of the catalogue: 766 bytes each in the table."""
    items = Rates(PLAN, PRICES).kept()
    table = PLAN.table_bytes / 1e9
    assert table == pytest.approx(76.6, abs=0.1)
    assert of(items, "DynamoDB", "recovery") == pytest.approx(table * 0.20)
    assert of(items, "DynamoDB", "backups") == pytest.approx(2 * table * 0.10)
    whole = table + PLAN.index_bytes / 1e9
    assert of(items, "DynamoDB", "storage") == pytest.approx(whole * 0.25)


def test_series_and_alarms_stand_there() -> None:
    items = bill(replace(NOTHING, series=10, alarms=20), PRICES)
    assert total(items) == pytest.approx(10 * 0.30 + 20 * 0.10)


def test_monitoring_stands_there_as_well() -> None:
    items = bill(replace(NOTHING, pages=4, dashboards=2, keys=3), PRICES)
    assert total(items) == pytest.approx(4 * 0.50 + 2 * 3.00 + 3 * 1.00)


def test_a_canary_costs_by_its_runs() -> None:
    often, seldom = (
        of(
            Rates(replace(NOTHING, canary_minutes=minutes), PRICES).standing(),
            "Monitoring",
            "canary",
        )
        for minutes in (5, 60)
    )
    runs, series = SECONDS / 300, 0.30
    gigabyte_seconds = 1.5 * 512 / 1024
    each = 0.2e-6 + gigabyte_seconds * 0.0000133334 + 8 * 0.125e-6 + 753 * 0.5e-9 + 5e-6
    assert often == pytest.approx(runs * each + series)
    assert seldom == pytest.approx(runs * each / 12 + series)


def test_traces_are_one_a_second_and_a_twentieth_of_the_others() -> None:
    plan = replace(PLAN, requests_per_day=11 * 86_400)
    rates = Rates(plan, PRICES)
    items = rates.items(Usage(requests=rates.whole.requests))
    assert of(items, "X-Ray", "traces") == pytest.approx(SECONDS * 1.5 * 5e-6, rel=1e-6)
    off = Rates(replace(plan, traces=False), PRICES)
    assert of(off.items(off.whole), "X-Ray", "traces") == 0


def test_a_batch_waits_for_its_window_or_is_full() -> None:
    assert batched(1, 1, window=1, most=100) == pytest.approx(0.5)
    assert batched(8, 8, window=1, most=100) == pytest.approx(4)
    assert batched(1_000, 1, window=1, most=100) == pytest.approx(10)
    assert batched(0, 8, window=1, most=100) == 0


def test_provisioned_breaks_even_at_28_9_percent() -> None:
    """0.00065 / 3,600 over 0.625 / 1,000,000; and so it is in the bill, without the least units."""
    reads, writes = break_even(PRICES)
    assert writes == pytest.approx(0.28889, abs=1e-5) == reads
    plan = Plan(requests_per_day=1e9)
    demand, provisioned = (Rates(replace(plan, utilisation=share), PRICES) for share in (0, writes))
    for name in ("reads", "writes"):
        expected = of(demand.items(demand.whole), "DynamoDB", name)
        found = of(provisioned.items(provisioned.whole), "DynamoDB", name)
        assert found == pytest.approx(expected, rel=0.01)


def test_provisioned_has_a_least_capacity() -> None:
    plan = Plan(requests_per_day=1, utilisation=0.5)
    rates = Rates(plan, PRICES)
    items = rates.items(rates.whole)
    assert of(items, "DynamoDB", "writes") == pytest.approx(44 * 0.00065 * HOURS)


def test_patterns_and_checks_add_up_to_the_requests_of_the_whole() -> None:
    rates = Rates(PLAN, PRICES)
    shares = usage.mix()
    parts = [
        total(bills.of_pattern(row, rates))
        * sum(n for flow, n in shares.items() if flow.split()[0] == row and flow != "U8 check")
        for row in usage.rows()
    ]
    checks = total(bills.of_pattern("check", rates)) * shares["U8 check"]
    expected = total(rates.items(rates.whole)) / (1e6 * DAYS)
    assert (sum(parts) + checks) / 1e6 == pytest.approx(expected, rel=0.001)


def test_a_tenant_with_everything_pays_all_but_what_stands_there() -> None:
    rates = Rates(replace(PLAN, copies=0), PRICES)
    own = bills.of_tenant(Tenant(PLAN.requests, records=PLAN.records), rates)
    assert total(own) + total(rates.standing()) == pytest.approx(total(bill(rates.plan, PRICES)))


def test_a_tenants_units_are_its_own() -> None:
    """What its usage says, and the stream's work in proportion."""
    rates = Rates(PLAN, PRICES)
    reads, writes = usage.own_share()
    items = bills.of_tenant(Tenant(1, read_units=1e6, write_units=2e6), rates)
    assert of(items, "DynamoDB", "reads") == pytest.approx(0.125 / reads)
    assert of(items, "DynamoDB", "writes") == pytest.approx(1.25 / writes)


def test_dearer_things_cost_more() -> None:
    """Another mix, and an index less."""
    checkouts = replace(PLAN, mix={"O1": 1, "P1": 1})
    lists = replace(PLAN, mix={"P1": 1})
    assert total(bill(checkouts, PRICES)) > total(bill(PLAN, PRICES)) > total(bill(lists, PRICES))
    bare = bill(replace(PLAN, without="directory"), PRICES)
    assert total(bare) < total(bill(PLAN, PRICES))


def test_steps_are_what_they_save() -> None:
    found = list(steps(PLAN, PRICES))
    assert total(bill(PLAN, PRICES)) - sum(step.saved for step in found) == pytest.approx(
        found[-1].usd
    )
    assert total(bill(after(PLAN), PRICES)) == found[3].usd


def test_requests_for_a_sum() -> None:
    requests = affordable(500, PLAN, PRICES)
    assert total(bill(replace(PLAN, requests_per_day=requests), PRICES)) == pytest.approx(500)
    assert affordable(1, PLAN, PRICES) == 0
