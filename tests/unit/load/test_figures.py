"""What is added up as it comes is what would have come of keeping everything."""

import numpy as np
import pytest

from benchmarks.day.recording import Touched
from load.statistics import Latency
from load.store.heat import Heat


def touched(units: dict[str, float]) -> list[Touched]:
    return [Touched("table", pk, read=read) for pk, read in units.items()]


def test_percentiles_are_those_of_all_times_to_three_digits() -> None:
    times = np.random.default_rng(1).lognormal(7, 1, 20_000).astype(np.int64)
    latency = Latency()
    for part in np.array_split(times, 7):
        latency.add(part)
    found = latency.quantiles
    for share, value in ((50, found.p50), (90, found.p90), (99, found.p99), (99.9, found.p999)):
        assert value == pytest.approx(np.percentile(times, share) / 1e3, rel=0.01)
    assert found.most == pytest.approx(times.max() / 1e3, rel=0.001)
    assert latency.mean == pytest.approx(times.mean() / 1e3, abs=1e-3)
    assert latency.count == len(times)


@pytest.mark.parametrize(
    ("units", "gini"),
    [
        ({"a": 1, "b": 1, "c": 1, "d": 1}, 0.0),
        ({"a": 0, "b": 0, "c": 0, "d": 8}, 0.75),
        ({"a": 1, "b": 3}, 0.25),
    ],
)
def test_the_gini_coefficient(units: dict[str, float], gini: float) -> None:
    heat = Heat()
    heat.add(touched(units))
    assert heat.gini() == pytest.approx(gini)


def test_the_busiest_keys_survive_any_number_of_others() -> None:
    heat = Heat(kept=50)
    for number in range(1_000):
        heat.add(touched({"hot": 2, "warm": 1, f"key-{number}": 0.5}))
    first, second = heat.busiest(2)
    assert (first.pk, first.read, second.pk, second.read) == ("hot", 2_000, "warm", 1_000)
    assert (heat.keys, heat.read) == (1_002, 3_500)
    assert heat.shares((1, 2)) == {1: pytest.approx(2_000 / 3_500), 2: pytest.approx(3_000 / 3_500)}
    exact = Heat()
    exact.add(touched({"hot": 2_000, "warm": 1_000, **{f"key-{n}": 0.5 for n in range(1_000)}}))
    assert heat.gini() == pytest.approx(exact.gini())
