"""Whatever many people do at once, on a table that fails, with a stream that repeats: all agrees.

CROWD_SEEDS (such as `100:140`) and CROWD_MUTATIONS (of each seed) make a longer run of it; with
`-rP` each tells how often everything was done.
"""

import os
import sys
from collections import Counter

import pytest

from tests.crowd.crowd import ACTIONS, OPENING, Crowd, schema
from tests.crowd.faults import KINDS

FIRST, LAST = map(int, os.environ.get("CROWD_SEEDS", "0:8").split(":"))
MUTATIONS = int(os.environ.get("CROWD_MUTATIONS", "1300"))
OPENED = 100
FLOOR = 3
"""How often each mutation is done at least."""


def crowded(seed: int, mutations: int) -> Crowd:
    """A crowd that has asked for so many mutations, and has become quiet once before the end."""
    crowd = Crowd(seed)
    rest = mutations - OPENED
    try:
        crowd.play(OPENED, OPENING)
        crowd.play(rest // 2)
        crowd.play(rest - rest // 2)
    except BaseException as error:
        told = "\n".join(crowd.trace)
        error.add_note(f"seed {seed}, after {crowd.asked} mutations, of which the last:\n{told}")
        raise
    return crowd


def table(crowd: Crowd) -> str:
    """What was asked for and what was answered, by mutation."""
    kinds = sorted({outcome for _, outcome in crowd.outcomes})
    rows = [f"{'':<22}" + "".join(f"{kind[:13]:>14}" for kind in kinds)]
    for name in ACTIONS:
        counts = (crowd.outcomes[name, kind] for kind in kinds)
        rows.append(f"{name:<22}" + "".join(f"{number:>14}" for number in counts))
    return "\n".join(rows)


def test_there_is_no_mutation_that_the_crowd_leaves_out() -> None:
    mutation = schema().mutation_type
    assert mutation is not None
    assert ACTIONS.keys() == mutation.fields.keys()


@pytest.mark.pattern("O1", "O4", "O5", "I3", "U12")
@pytest.mark.parametrize("seed", range(FIRST, LAST))
def test_whatever_a_crowd_does_everything_agrees(seed: int) -> None:
    crowd = crowded(seed, MUTATIONS)
    sys.stdout.write(f"{table(crowd)}\n{crowd.attempts} attempts, {crowd.faults.counts}\n")
    assert crowd.asked == MUTATIONS
    # It was no idle crowd: everything was done, and refused, and failed in every way.
    done = {name: crowd.outcomes[name, "done"] for name in ACTIONS}
    assert min(done.values()) >= FLOOR, done
    kinds = Counter[str]()
    for (_, kind), number in crowd.outcomes.items():
        kinds[kind] += number
    for kind in ("done", "refused", "lost", "CONFLICT", "NOT_FOUND", "FORBIDDEN", "UNAVAILABLE"):
        assert kinds[kind] >= FLOOR, kinds
    assert min(crowd.faults.counts[kind] for kind in KINDS) >= FLOOR, crowd.faults.counts
    assert min(crowd.stream.repeated, crowd.stream.failed) >= FLOOR


def test_a_seed_gives_the_same_again() -> None:
    first, second = (crowded(3, 200) for _ in range(2))
    assert first.trace == second.trace
    assert first.outcomes == second.outcomes
    assert first.cloud.data.items.keys() == second.cloud.data.items.keys()
