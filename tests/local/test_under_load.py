"""Locust asks the development server in the catalogue's mix, with its tokens, and is bounded."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.development import Development
from local.provision import ROOT

pytestmark = pytest.mark.xdist_group("development server")

REQUESTS = 40


def ask(*options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'tenantql'}"}
    command = [sys.executable, "-m", "load", "url", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=240
    )


def test_the_mix_is_asked_over_http_without_an_error(running: Development, tmp_path: Path) -> None:
    out = tmp_path / "locust.html"
    done = ask(running.url, "--requests", str(REQUESTS), "--seconds", "120", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"Aggregated\s+(\d+)\s+0\(0\.00%\)", done.stdout + done.stderr)
    assert found, done.stdout + done.stderr
    assert int(found[1]) == REQUESTS
    assert out.exists()
