"""infra/terraform as checkov sees it: nothing is wrong, and each exception has its reason."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from local.provision import ROOT
from local.terraform import INFRASTRUCTURE

CHECKOV: Final = ROOT / ".venv-checkov" / "bin" / "checkov"
SKIP: Final = re.compile(r"checkov:skip=(\w+)(?::(.*))?")


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """What a scan finds, without asking anybody about it."""
    if not CHECKOV.exists():
        pytest.skip("checkov is not installed: make setup")
    where = ("--directory", str(INFRASTRUCTURE), "--framework", "terraform")
    done = subprocess.run(
        [CHECKOV, *where, "--output", "json", "--skip-download"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "LOG_LEVEL": "ERROR"},
    )
    return json.loads(done.stdout)


def test_nothing_is_found(results: dict[str, Any]) -> None:
    failed = results["results"]["failed_checks"]
    assert [f"{each['check_id']} {each['resource']}" for each in failed] == []
    assert results["summary"]["parsing_errors"] == 0
    assert results["summary"]["resource_count"] >= 6


def test_no_exception_is_stale(results: dict[str, Any]) -> None:
    """Each is met by a resource of its file: one that is not can go."""
    met = {
        (Path(each["file_path"]).name, each["check_id"])
        for each in results["results"]["skipped_checks"]
    }
    assert met == {
        (file.name, match[1])
        for file in INFRASTRUCTURE.rglob("*.tf")
        for match in SKIP.finditer(file.read_text(encoding="utf-8"))
    }


def test_each_exception_has_a_reason() -> None:
    found = [
        (file.name, match[1], match[2] or "")
        for file in INFRASTRUCTURE.rglob("*.tf")
        for match in SKIP.finditer(file.read_text(encoding="utf-8"))
    ]
    assert found
    assert [each for each in found if len(each[2].split()) < 5] == []
