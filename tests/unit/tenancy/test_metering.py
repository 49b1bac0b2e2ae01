"""Metering: counts reach the tenant's day once, and instances share one budget through it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.errors import Code
from tenantql.table.errors import OutcomeUnknown, Throttled
from tenantql.table.expressions import Increase
from tenantql.table.sending import Outcome
from tenantql.table.writes import Update
from tenantql.tenancy.budgets import BUDGETS, BURST, Bucket, Budget, RateLimited
from tenantql.tenancy.metering import INTERVAL, LEAST_INTERVAL, WEIGHT, Meter, Metering
from tenantql.tenancy.routing import Tier
from tenantql.tenancy.usage import UsageDay
from tests.unit.builders import NOW

BUDGET = Budget(cost=100, units=1_000)


@dataclass
class World:
    """Instances of a function, a clock, and the tenants' days as the table holds them."""

    seconds: float = 0.0
    days: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    writes: int = 0

    def instance(self, budget: Budget = BUDGET, capacity: int = 100) -> Metering:
        budgets = dict.fromkeys(Tier, budget)
        return Metering(
            budgets, clock=lambda: self.seconds, now=lambda: self.moment, capacity=capacity
        )

    @property
    def moment(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def write(self, meter: Meter) -> bool:
        """Carries out the write that is due, if any."""
        due = meter.due()
        if due is not None:
            request, settle = due
            settle(Outcome(self._apply(request)))
        return due is not None

    def _apply(self, request: Update[UsageDay]) -> UsageDay:
        self.writes += 1
        sums = self.days.setdefault(request.key.sk, {})
        for change in request.changes:
            if isinstance(change, Increase):
                name = str(change.path)
                sums[name] = sums.get(name, 0) + int(change.by)
        assert request.otherwise is not None
        return msgspec.structs.replace(request.otherwise, **sums)

    @property
    def day(self) -> dict[str, int]:
        (found,) = self.days.values()
        return found


@pytest.fixture
def world() -> World:
    return World()


def taken(meter: Meter, cost: float, times: int) -> int:
    """How many of `times` requests of `cost` are let in; each reads one unit."""
    admitted = 0
    for _ in range(times):
        try:
            meter.take(cost)
        except RateLimited:
            continue
        meter.ran(1, 0)
        meter.sent(10)
        admitted += 1
    return admitted


def test_a_bucket_gives_its_budget_and_what_was_saved_up(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    assert taken(meter, 1, 1_000) == BUDGET.cost * BURST
    world.seconds = 1
    assert taken(meter, 1, 1_000) == BUDGET.cost
    world.seconds = 1_000
    assert taken(meter, 1, 1_000) == BUDGET.cost * BURST


def test_a_refusal_says_when_to_ask_again(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    meter.take(BUDGET.cost * BURST)
    with pytest.raises(RateLimited) as refusal:
        meter.take(50)
    assert refusal.value.code is Code.RATE_LIMITED
    assert refusal.value.retry_after == pytest.approx(0.5)
    world.seconds = refusal.value.retry_after or 0.0
    meter.take(50)


def test_a_request_larger_than_a_full_bucket_runs_up_a_debt(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    meter.take(2 * BUDGET.cost * BURST)
    with pytest.raises(RateLimited) as refusal:
        meter.take(1)
    assert refusal.value.retry_after == pytest.approx(BURST + 1 / BUDGET.cost)


def test_units_hold_back_what_comes_next(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    meter.take(1)
    meter.ran(0, BUDGET.units * (BURST + 2))
    with pytest.raises(RateLimited) as refusal:
        meter.take(1)
    assert refusal.value.retry_after == pytest.approx(2)


def test_one_tenants_flood_leaves_another_its_budget(world: World) -> None:
    instance = world.instance()
    flood, calm = instance.of("acme", Tier.BASIC), instance.of("globex", Tier.BASIC)
    assert taken(flood, 1, 10_000) < 10_000
    assert taken(calm, 1, 100) == 100


def test_what_is_counted_is_written_once_and_as_whole_numbers(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    for _ in range(3):
        meter.take(2)
        meter.ran(0.5, 1)
        meter.sent(7)
    assert not world.write(meter)
    world.seconds = INTERVAL
    assert world.write(meter)
    assert not world.write(meter)
    expected = {"requests": 3, "refused": 0, "cost": 6, "read_units": 1, "write_units": 3}
    assert world.day == expected | {"bytes": 21}
    meter.take(2)
    meter.ran(0.5, 0)
    world.seconds = 2 * INTERVAL
    assert world.write(meter)
    assert world.day["read_units"] == 2


def test_refusals_are_counted_too(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    admitted = taken(meter, 1, 600)
    world.seconds = INTERVAL
    assert world.write(meter)
    assert (world.day["requests"], world.day["refused"]) == (admitted, 600 - admitted)


@pytest.mark.parametrize(("error", "counted"), [(Throttled(""), 1), (OutcomeUnknown(""), 0)])
def test_a_write_that_fails_is_made_again_unless_it_may_have_happened(
    world: World, error: Exception, counted: int
) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    taken(meter, 1, 1)
    world.seconds = INTERVAL
    due = meter.due()
    assert due is not None
    assert meter.due() is None
    due[1](Outcome(error=error))
    world.seconds = 2 * INTERVAL
    assert world.write(meter) is bool(counted)
    assert sum(day["requests"] for day in world.days.values()) == counted


def test_what_weighs_is_written_sooner(world: World) -> None:
    light, heavy = (world.instance().of("acme", Tier.BASIC) for _ in range(2))
    taken(light, 1, int(BUDGET.cost * WEIGHT) - 1)
    taken(heavy, 1, int(BUDGET.cost * WEIGHT))
    assert not world.write(heavy)
    world.seconds = LEAST_INTERVAL
    assert not world.write(light)
    assert world.write(heavy)


def flood(world: World, meters: list[Meter], seconds: int, demand: int) -> list[int]:
    """What instances admit in each second in which each of them is asked `demand` times."""
    admitted: list[int] = []
    for _ in range(seconds):
        before = sum(meter.standing["left"] for meter in meters)
        assert before >= 0
        found = 0
        for _tenth in range(10):
            world.seconds += 0.1
            for meter in meters:
                found += taken(meter, 1, demand // 10)
                world.write(meter)
        admitted.append(found)
    return admitted


@pytest.mark.parametrize("count", [2, 5, 20])
def test_instances_come_to_share_one_budget(world: World, count: int) -> None:
    meters = [world.instance().of("acme", Tier.BASIC) for _ in range(count)]
    admitted = flood(world, meters, 30, 100)
    # Each began with a budget of its own; after a few writes there is one for all.
    assert sum(admitted[10:]) == pytest.approx(20 * BUDGET.cost, rel=0.15)
    assert world.writes <= 30 * count / LEAST_INTERVAL


def test_an_instance_left_alone_gets_the_whole_budget_again(world: World) -> None:
    meters = [world.instance().of("acme", Tier.BASIC) for _ in range(5)]
    flood(world, meters, 20, 100)
    alone = flood(world, meters[:1], 40, 200)
    assert sum(alone[30:]) == pytest.approx(10 * BUDGET.cost, rel=0.1)


def test_writes_of_light_instances_are_few(world: World) -> None:
    meters = [world.instance().of("acme", Tier.BASIC) for _ in range(3)]
    admitted = flood(world, meters, 100, 10)
    assert sum(admitted) == 100 * 3 * 10
    assert world.writes <= 3 * 100 / INTERVAL * 2


def test_a_new_day_has_a_record_of_its_own_and_changes_no_share(world: World) -> None:
    meter = world.instance().of("acme", Tier.BASIC)
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    for seconds in (-15.0, -4.0, 7.0):
        world.seconds = (midnight - NOW).total_seconds() + seconds
        taken(meter, 1, 10)
        world.write(meter)
    assert sorted(world.days) == ["DAY#2026-11-21", "DAY#2026-11-22"]
    assert meter.standing["refillPerSecond"] == BUDGET.cost


def test_a_day_ends_by_its_ttl_after_a_year_and_some() -> None:
    world = World()
    meter = world.instance().of("acme", Tier.BASIC)
    taken(meter, 1, 1)
    world.seconds = INTERVAL
    due = meter.due()
    assert due is not None
    made = due[0].otherwise
    assert made is not None
    assert made.expires_at == int((world.moment + timedelta(days=400)).timestamp())


def test_meters_are_bounded_and_the_least_recently_seen_goes(world: World) -> None:
    instance = world.instance(capacity=2)
    first, second = instance.of("a-1", Tier.BASIC), instance.of("a-2", Tier.BASIC)
    assert instance.of("a-1", Tier.BASIC) is first
    instance.of("a-3", Tier.BASIC)
    assert instance.of("a-1", Tier.BASIC) is first
    assert instance.of("a-2", Tier.BASIC) is not second


def test_a_higher_tier_has_a_larger_budget() -> None:
    budgets = [BUDGETS[tier] for tier in Tier]
    assert all(a.cost < b.cost and a.units < b.units for a, b in pairwise(budgets))


steps = st.lists(
    st.tuples(st.floats(0, 5), st.floats(0, 300), st.floats(0, 1), st.floats(0.001, 2)), max_size=50
)


@given(steps)
def test_a_bucket_never_gives_more_than_came_and_was_saved(
    moves: list[tuple[float, float, float, float]],
) -> None:
    """Whatever the shares: its spending is bounded by the budget over the time that passed."""
    now, spent, largest = 0.0, 0.0, 0.0
    bucket = Bucket(100, now)
    for seconds, amount, own, total in moves:
        now += seconds
        bucket.refill(now)
        if not bucket.wait(amount):
            bucket.level -= amount
            spent += amount
            largest = max(largest, amount)
        bucket.share(min(own, total), total)
        assert bucket.level <= bucket.full
    assert spent <= 100 * (now + BURST) + largest + 1e-6
