"""The benchmarks run: every side answers every case alike, and ratios are what was measured."""

import os
import subprocess
import sys

import pytest

from benchmarks import cases
from benchmarks.requests import BARE, OURS, THE_STOCK, Requests
from benchmarks.targets import Target
from benchmarks.timing import Timing
from local.provision import ROOT


def timing(p50: float) -> Timing:
    return Timing(p50, p50 * 2, p50)


def test_every_side_answers_every_case() -> None:
    command = [sys.executable, "-m", "benchmarks", "run", "--repeat", "1"]
    layer = ROOT / "layers" / "tenantql"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{layer}", "COLUMNS": "200"}
    ended = subprocess.run(
        command, check=False, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    for case in cases.CASES.values():
        assert f"{case.name}: {case.title}" in ended.stdout
    for side in (OURS, THE_STOCK, BARE):
        assert ended.stdout.count(side) >= len(cases.CASES)


def test_a_target_is_a_ratio_of_medians() -> None:
    found = Requests({"A": {OURS: timing(1), THE_STOCK: timing(20), BARE: timing(4)}})
    assert found.targets() == [
        Target(f"A, over {BARE}", 0.25, 0.5, 0.25),
        Target(f"A, over {THE_STOCK}", 0.05, None, 0.08),
    ]


@pytest.mark.parametrize(("value", "text"), [(0.5, "met"), (0.51, "not met")])
def test_a_target_says_whether_it_is_met(value: float, text: str) -> None:
    target = Target("A", value, 0.5)
    assert f"]{text}[" in target.text(target.now)
    assert not target.text(target.later)
