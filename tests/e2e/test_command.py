"""`python -m local deploy` as a person uses it, as far as no deployment is needed."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.provision import ROOT


def deploy(temporary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command prints, and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "local", "deploy", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_port_of_the_issuer_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = deploy(tmp_path, "--issuer-port", str(port))
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"Cannot deploy: port {port} cannot be used")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--keep", "--cloud-port", "--issuer-port"])
def test_help_names_its_options(option: str, tmp_path: Path) -> None:
    assert option in deploy(tmp_path, "--help").stdout
