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


@pytest.mark.parametrize(
    ("tokens", "said"),
    [("", "no tenant has tokens"), ("not.a.token", "is no token with")],
)
def test_tokens_that_do_not_do_are_told(tmp_path: Path, tokens: str, said: str) -> None:
    file = tmp_path / "tokens.txt"
    file.write_text(tokens)
    # Nobody listens there: it is not asked anything.
    done = ask("http://127.0.0.1:9", "--tokens", str(file), "--out", str(tmp_path / "out.html"))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_costs_money_is_asked_about(tmp_path: Path) -> None:
    done = ask("https://api.example", "--requests", "1000000", "--out", str(tmp_path / "out.html"))
    assert done.returncode == 1
    assert re.search(r"1,000,000 requests cost about \$\d+\.\d\d on AWS", done.stdout)
    assert not (tmp_path / "out.html").exists()
