"""Cold start: fresh processes that import a function and answer their first event.

They see the layer and nothing of the development environment. AssumeRole and the routing record
are fetched, as at any first request of a tenant.
"""

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from benchmarks.cases import A
from benchmarks.layer import layer
from benchmarks.report import Findings, Target, new_table
from benchmarks.sides import OURS, SIDES, STOCK_STACK, environment
from benchmarks.stub.delays import AT_ONCE
from benchmarks.stub.process import Stub
from local.provision import ROOT
from tenantql.engine.document_hash import document_hash
from tests.unit.http.events import named

START: Final = ROOT / "benchmarks" / "start.py"

BY_ID: Final = f"{OURS} by documentId"

_SENT: Final = next(replace(A, text=f"{A.text}\n").events())
"""The same to every side, and not what is registered, to the byte."""

STARTED: Final[Mapping[str, tuple[tuple[Path, Mapping[str, str]], Mapping[str, Any]]]] = {
    BY_ID: (SIDES[OURS], named(document_hash(A.text), variables=A.variables, identity=A.who)),
    **{side: (function, _SENT) for side, function in SIDES.items()},
}
"""What starts, and its first event."""

TARGETS: Final = {BY_ID: 0.2, OURS: 0.35}

ON_LAMBDA: Final = {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}

COLUMNS: Final[Mapping[str, str]] = {
    "import_ms": "import ms",
    "answer_ms": "first answer ms",
    "wall_ms": "both ms",
    "cpu_ms": "CPU ms",
    "modules": "modules",
}


def run(stub: Stub, repeat: int, progress: Progress) -> Findings:
    """Start each side so often, in turn; medians."""
    task = progress.add_task("Cold start: the layer's packages", total=None)
    folder = layer(A.text)
    progress.update(task, description="Cold start", total=(repeat + 1) * len(STARTED))
    starts: dict[str, list[dict[str, float]]] = {side: [] for side in STARTED}
    names, turn = list(STARTED), random.Random(0)  # noqa: S311 - an order, not a secret
    for _ in range(repeat + 1):
        turn.shuffle(names)
        for side in names:
            (app, settings), event = STARTED[side]
            told = environment(stub.urls[AT_ONCE]) | ON_LAMBDA | dict(settings)
            told["PYTHONPATH"] = f"{folder}:{ROOT}"
            starts[side].append(_start(str(app), event, told))
            progress.advance(task)
    progress.remove_task(task)
    # The first start of each brings files into memory.
    medians = {side: _medians(found[1:]) for side, found in starts.items()}
    return findings(medians, repeat)


def findings(medians: Mapping[str, Mapping[str, float]], repeat: int) -> Findings:
    """The table and the ratio of what was measured."""
    title = f"Cold start: import and first answer of a fresh process, median of {repeat}"
    table = new_table(title, "", *COLUMNS.values())
    for side, found in medians.items():
        table.add_row(side, *(f"{found[name]:.0f}" for name in COLUMNS))
    targets = [_over_stock(medians, side, wanted) for side, wanted in TARGETS.items()]
    return Findings([table], medians, targets)


def _over_stock(medians: Mapping[str, Mapping[str, float]], side: str, wanted: float) -> Target:
    ratio = medians[side]["wall_ms"] / medians[STOCK_STACK]["wall_ms"]
    cpu = medians[side]["cpu_ms"] / medians[STOCK_STACK]["cpu_ms"]
    return Target(f"cold start, {side}, over stock", ratio, wanted, cpu=cpu)


def _start(app: str, event: Mapping[str, Any], told: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-SP", str(START), app, json.dumps(event)]
    ended = subprocess.run(command, env=told, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if ended.returncode:
        raise RuntimeError(f"{app} did not start:\n{ended.stderr}")
    return json.loads(ended.stdout)


def _medians(found: list[dict[str, float]]) -> dict[str, Any]:
    return {name: statistics.median(one[name] for one in found) for name in found[0]}
