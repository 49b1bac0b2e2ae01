"""The access patterns can be measured: each is asked, over a local cloud, and answered."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.provision import ROOT
from tests.integration.commerce.test_calls import READS


def test_every_pattern_can_be_measured(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    command = [sys.executable, "-m", "benchmarks", "patterns", "--repeat", "1"]
    command += ["--json", str(data), "--plot", str(tmp_path / "plot.svg")]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'tenantql'}"}
    ended = subprocess.run(
        command, check=False, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    measured = json.loads(data.read_text())["parts"]["patterns"]
    assert measured.keys() > READS.keys()
    assert measured["O2"]["calls"] == "1 GetItem, 1 Query"
    assert measured["O1, 3 lines"]["calls"] == "1 GetItem, 1 BatchGetItem, 1 TransactWriteItems"
