"""Target tracking as it is modelled: what is documented of it, seen on made-up days."""

from collections.abc import Callable
from copy import replace

import numpy as np
import pytest

from benchmarks.scaling.demand import MINUTES, PARTS, SHAPES, SIZES, Asked, Numbers, Shape, ask
from benchmarks.scaling.tracking import (
    BURST,
    DECREASE_EVERY,
    EFFECT,
    FREE_DECREASES,
    IN_POINTS,
    KNOWN,
    OUT_POINTS,
    Followed,
    Policy,
    follow,
)
from cli.cost import usage

READ = PARTS.index(("table", "Read"))
WRITE = PARTS.index(("table", "Write"))
INDEX = PARTS.index(("GSI1", "Write"))
CONTROL = PARTS.index(("control", "Write"))
FLAT = Shape("flat", lambda _: 1.0)


def policy(*, least: float = 10, most: float = 10_000, cooldown_in: int = 0) -> Policy:
    every = np.full(len(PARTS), 1.0)
    return Policy(0.7, 0, cooldown_in, least * every, most * every)


def run(part: int, rate: Callable[[int], float], found: Policy, shape: Shape = FLAT) -> Followed:
    """A day of which one part is asked for so many units a second in each minute."""
    units = np.zeros((MINUTES, len(PARTS)))
    units[:, part] = [60 * rate(minute) for minute in range(MINUTES)]
    (done,) = follow([Asked(shape, SIZES[0], units)], [found])
    return done


def changes(capacity: Numbers) -> list[int]:
    """The minutes in which it changes."""
    return (np.flatnonzero(np.diff(capacity)) + 1).tolist()


def test_capacity_follows_a_step_after_five_minutes_and_keeps_to_the_target() -> None:
    found = run(READ, lambda minute: 7 if minute < 100 else 70, policy())
    first = 100 + OUT_POINTS + KNOWN - 1 + EFFECT
    assert changes(found.capacity[:, READ])[0] == first == 104
    assert found.capacity[-1, READ] == 100
    assert (found.capacity[:, WRITE] == 10).all()


def test_what_is_unused_for_five_minutes_covers_a_step_and_no_more() -> None:
    """3,000 units are there, and 60 a second beyond the capacity use them up in 50 s."""
    covered = run(READ, lambda minute: 0 if minute < 100 else 20, policy())
    assert covered.lost == 0
    short = run(READ, lambda minute: 0 if minute < 100 else 70, policy())
    assert short.asked.units[100, READ] - short.served[100, READ] == pytest.approx(
        60 * 70 - 60 * 10 - BURST * 10
    )
    assert short.minutes > 1


def test_refused_units_are_not_consumed_so_steps_are_small() -> None:
    found = run(READ, lambda minute: 7 if minute < 100 else 1_000, policy())
    after = found.capacity[changes(found.capacity[:, READ]), READ]
    # The first step has what was unused to go by, the others what the capacity was.
    assert after[2] / after[1] == pytest.approx(1 / 0.7, rel=0.05)


def test_the_most_is_never_exceeded() -> None:
    found = run(READ, lambda _: 500, policy(most=200))
    assert found.capacity[:, READ].max() == 200
    assert found.lost > 0.5


def test_an_index_that_is_short_holds_the_tables_writes_back_and_no_reads() -> None:
    units = np.full((MINUTES, len(PARTS)), 60 * 20.0)
    most = np.full(len(PARTS), 100.0)
    most[INDEX] = 10
    found = replace(policy(), most=most)
    (done,) = follow([Asked(FLAT, SIZES[0], units)], [found])
    assert done.served[-1, INDEX] == pytest.approx(60 * 10)
    assert done.served[-1, WRITE] == pytest.approx(60 * 10)
    assert done.served[-1, READ] == pytest.approx(60 * 20)
    assert done.served[-1, CONTROL] == pytest.approx(60 * 20)


def test_it_shrinks_after_fifteen_minutes_well_under_the_target() -> None:
    found = run(READ, lambda minute: 70 if minute < 100 else 7, policy())
    assert changes(found.capacity[:, READ])[0] == 100 + IN_POINTS + KNOWN - 1 + EFFECT
    little = run(READ, lambda minute: 70 if minute < 100 else 55, policy())
    assert changes(little.capacity[:, READ]) == []


def test_decreases_are_four_and_then_one_an_hour() -> None:
    # A saw: up at once, and down for twenty minutes.
    found = run(READ, lambda minute: 700 if minute % 40 < 5 else 7, policy())
    steps = np.diff(found.capacity[:, READ])
    down = np.flatnonzero(steps < 0)
    assert 20 < len(down) <= 27
    early, late = down[: FREE_DECREASES + 1], down[FREE_DECREASES:]
    assert np.diff(early).min() < DECREASE_EVERY <= np.diff(late).min()


def test_a_cooldown_keeps_capacity_after_an_increase() -> None:
    def rate(minute: int) -> float:
        return 700 if 100 <= minute < 105 else 7

    soon, late = (run(READ, rate, policy(cooldown_in=minutes)) for minutes in (0, 120))
    assert changes(late.capacity[:, READ])[-1] > changes(soon.capacity[:, READ])[-1] + 60


def test_a_scheduled_action_is_there_before_the_step() -> None:
    shape = Shape("announced", lambda _: 1.0, raised=range(70, 160))
    found = run(READ, lambda minute: 700 if 100 <= minute < 160 else 7, policy(), shape)
    assert found.lost == 0
    assert found.capacity[99, READ] == pytest.approx(1_000, abs=1)


def test_the_same_seed_draws_the_same_day_and_another_another() -> None:
    one, same, other = (ask(SHAPES[0], SIZES[0], seed).units for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_a_days_units_are_the_mixs() -> None:
    """The load model's mean of a request, times the requests of the day."""
    drawn = ask(SHAPES[0], SIZES[1], 1).units.sum(axis=0)
    each = usage.mean()
    assert drawn[READ] == pytest.approx(each.read["table"] * SIZES[1].requests, rel=0.01)
    assert drawn[WRITE] == pytest.approx(each.write["table"] * SIZES[1].requests, rel=0.01)
