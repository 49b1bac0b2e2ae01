"""The benchmarks run, every side answers alike, and their ratios are of what was measured."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import cold, growth, requests
from benchmarks.cases import CASES
from benchmarks.growth import Cost
from benchmarks.report import Target, targets_table
from benchmarks.requests import BARE
from benchmarks.sides import OURS, SIDES, STOCK_STACK
from benchmarks.timing import Timing
from local.provision import ROOT


def quick(folder: Path, *parts: str) -> dict[str, Any]:
    """The data of a quick run, which raises if the sides answer a case differently."""
    data, picture = folder / "data.json", folder / "plot.svg"
    command = [sys.executable, "-m", "benchmarks", *parts, "--quick"]
    command += ["--json", str(data), "--plot", str(picture)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'tenantql'}"}
    ended = subprocess.run(
        command, check=False, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert "<svg" in picture.read_text()
    return json.loads(data.read_text())


def test_requests_safeguards_memory_and_growth_run(tmp_path: Path) -> None:
    found = quick(tmp_path, "requests", "overhead", "memory", "growth")
    assert set(found["parts"]) == {"requests", "overhead", "memory", "growth"}
    assert found["parts"]["requests"].keys() == CASES.keys()
    for sides in found["parts"]["requests"].values():
        assert sides.keys() >= {*SIDES, BARE}
    told = {target["what"]: target for target in found["targets"]}
    assert told.keys() >= {"credentials of 10,000 tenants", "five reads over one, server 4 ms"}
    assert told["pages that cost more at 10,000 items"]["met"]


def test_cold_start_runs(tmp_path: Path) -> None:
    found = quick(tmp_path, "cold")
    assert found["parts"]["cold"].keys() == cold.STARTED.keys()


def timing(p50: float, cpu: float = 1) -> Timing:
    return Timing(p50 / 2, p50, p50 * 2, cpu)


def test_a_target_is_a_ratio_of_medians() -> None:
    found = requests.targets({"A": {OURS: timing(1), STOCK_STACK: timing(20, 5), BARE: timing(4)}})
    assert found == [
        Target(f"A, over {BARE}", 0.25, 0.25, p10=0.25, cpu=1),
        Target(f"A, over {STOCK_STACK}", 0.05, 0.08, p10=0.05, cpu=0.2),
    ]


def test_five_reads_are_compared_with_one() -> None:
    (found,) = requests.targets({"one-4ms": {OURS: timing(5)}, "five-4ms": {OURS: timing(10)}})
    assert (found.value, found.met) == (2, False)


def test_a_cold_start_is_compared_with_the_stock_stack() -> None:
    took = {cold.BY_ID: 30, OURS: 30, STOCK_STACK: 100}
    sides = {side: dict.fromkeys(cold.COLUMNS, each) for side, each in took.items()}
    by_id, sent = cold.findings(sides, 1).targets
    assert (by_id.value, by_id.cpu, by_id.met) == (0.3, 0.3, False)
    assert (sent.value, sent.cpu, sent.met) == (0.3, 0.3, True)


@pytest.mark.parametrize(
    ("costs", "more"),
    [([Cost(1, 2.5), Cost(1, 2.5)], 0), ([Cost(1, 2.5), Cost(2, 2.5)], 1)],
)
def test_a_page_that_costs_more_as_the_table_grows_is_told(costs: list[Cost], more: int) -> None:
    found = growth.findings({"users, first": costs, "orders": [Cost(1, 1)] * 2}, (10, 20))
    (target,) = found.targets
    assert (target.value, target.met) == (more, not more)


@pytest.mark.parametrize(("value", "text"), [(0.5, "met"), (0.51, "not met")])
def test_a_target_says_whether_it_is_met(value: float, text: str) -> None:
    table = targets_table([Target("A", value, 0.5)])
    cells = [str(next(iter(column.cells))) for column in table.columns]
    assert f"]{text}[" in cells[5]
    assert cells[4] == "<= 0.5 x"
