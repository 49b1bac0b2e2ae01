"""`python -m load run`: every row is asked of the functions, and what comes of it is written."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from benchmarks.day.mix import RATES
from load import page, summary
from load.__main__ import app
from load.summary import PROMISED
from local.provision import ROOT

LIMIT = 300


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'tenantql'}"}
    command = [sys.executable, "-m", "load", "run", "--store", "memory", "--tenants", "2"]
    command += ["--size", "small", "--out", str(folder / "report.html"), *options]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("load")
    with start(folder, "--requests", "400", "--page", str(folder / "page.md")) as process:
        printed, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, printed
    return folder, printed


def test_every_row_is_asked_and_answered_right(done: tuple[Path, str]) -> None:
    found = summary.load(done[0] / "report.json")
    assert (found.requests, found.wrong, found.interrupted) == (400, 0, False)
    assert found.rows.keys() == RATES.keys()
    assert sum(row.requests for row in found.rows.values()) == found.all.requests == 400
    assert 100 < found.checks < 180
    for row in found.rows.values():
        assert 0 < row.own.p50 <= row.own.p99
        assert row.own.p50 <= row.whole.p50
        assert row.cpu.p50 > 0


def test_calls_units_keys_memory_and_money_are_told(done: tuple[Path, str]) -> None:
    found = summary.load(done[0] / "report.json")
    assert found.rows["I1"].calls >= 1
    assert found.rows["O1"].write > found.rows["C2"].write > found.rows["I1"].write == 0
    assert found.heat is not None
    assert found.heat.busiest[0].pk.startswith("TENANT#tenant-000#")
    assert found.heat.read > 100
    assert found.stream is not None
    assert found.stream.records > 1_000
    assert found.money is not None
    assert found.money.received > 0
    assert found.money.agrees
    assert len(found.slices[-1].rss) == found.workers == 2


def test_the_report_needs_nothing_else(done: tuple[Path, str]) -> None:
    text = (done[0] / "report.html").read_text()
    assert all(f"<td>{row}" in text for row in PROMISED)
    assert text.count("<svg") == 3
    assert not re.findall(r"(?:src|href)=(?!\"#)|@import|url\((?!#)", text)


def test_the_page_is_made_of_the_summary(done: tuple[Path, str]) -> None:
    folder, printed = done
    kept = summary.load(folder / "page.json")
    assert kept == summary.load(folder / "report.json")
    assert page.page(kept, "page") == (folder / "page.md").read_text()
    assert page.picture(kept) == (folder / "page.svg").read_text()
    assert "400 requests in" in printed


def test_it_can_be_ended_early(tmp_path: Path) -> None:
    with start(tmp_path, "--requests", "1000000", "--workers", "1") as process:
        # The store and the worker: by then it listens.
        while len(psutil.Process(process.pid).children()) < 2:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, printed
    found = summary.load(tmp_path / "report.json")
    assert found.interrupted
    assert 0 < found.requests < 1_000_000
    assert found.wrong == 0


@pytest.mark.parametrize("options", [("--size", "huge"), ("--requests", "0"), ("--store", "disk")])
def test_bad_input_is_told(options: Sequence[str]) -> None:
    told = CliRunner().invoke(app, ["run", *options])
    assert told.exit_code == 2
    assert options[0] in told.output
    assert "Traceback" not in told.output
