"""The workflows that check and deliver: sound, with few rights, and of commands that there are."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from local.provision import ROOT
from tests.docs.commands import wrong

FOLDER: Final = ROOT / ".github" / "workflows"
FILES: Final = sorted(FOLDER.glob("*.yml"))
PINNED: Final = re.compile(r"uses: (\./\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
BIN: Final = Path(sys.executable).parent


def read(name: str) -> dict[Any, Any]:
    """A workflow; YAML takes its `on` for a boolean."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def steps(name: str, job: str) -> list[dict[str, Any]]:
    return read(name)["jobs"][job]["steps"]


def ran(*command: str) -> str:
    """What a linter has to say; nothing if all is well."""
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if found.returncode == 0 else found.stdout + found.stderr


def test_they_are_workflows() -> None:
    checker = str(BIN / "check-jsonschema")
    told = ran(checker, "--builtin-schema", "vendor.github-workflows", *map(str, FILES))
    assert told == ""


def test_no_hole_is_known_in_them() -> None:
    assert ran(str(BIN / "zizmor"), "--offline", "--no-progress", str(FOLDER)) == ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_their_commit(file: Path) -> None:
    lines = [line.strip(" -") for line in file.read_text(encoding="utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses:")]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_rights_are_given_job_by_job(file: Path) -> None:
    workflow = read(file.name)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"].items()) <= {("contents", "read"), ("id-token", "write")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_they_run_what_there_is(file: Path) -> None:
    assert wrong(file.read_text(encoding="utf-8")) == []


def test_pull_requests_run_what_ci_runs() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").split("\n")
    assert steps("check.yml", "test")[-1]["run"] == "make test"
    assert "pull_request" in read("check.yml")[True]
    rights = read("check.yml")["jobs"]["test"]["permissions"]
    assert rights == {"contents": "read"}, "a pull request of a stranger becomes nobody"


def test_production_comes_after_staging_and_both_after_the_tests() -> None:
    jobs = read("deliver.yml")["jobs"]
    assert jobs["staging"]["needs"] == "check"
    assert jobs["production"]["needs"] == "staging"
    assert jobs["check"]["uses"] == "./.github/workflows/check.yml"
    assert read("deploy.yml")["jobs"]["deploy"]["environment"] == "${{ inputs.environment }}"
    assert read("deploy.yml")["concurrency"]["cancel-in-progress"] is False


def test_stages_are_those_of_samconfig() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    for stage in ("staging", "production"):
        given = read("deliver.yml")["jobs"][stage]["with"]
        shared = settings[given["config"]]["global"]["parameters"]
        assert shared["stack_name"] == given["stack"]
        overrides = dict(text.split("=", 1) for text in shared["parameter_overrides"])
        assert overrides["DeploymentPreference"].startswith(("Canary", "Linear"))
        assert (stage == "staging") is given["verify-isolation"]


def test_no_key_is_kept() -> None:
    for file in FILES:
        assert "secrets." not in file.read_text(encoding="utf-8")
    assert read("deploy.yml")["jobs"]["deploy"]["permissions"]["id-token"] == "write"


def test_a_deployment_is_looked_at() -> None:
    told = [step.get("run", "") for step in steps("deploy.yml", "deploy")]
    order = ["merge-base --is-ancestor", "make deploy", "./tenantql doctor", "verify-isolation"]
    places = [next(n for n, run in enumerate(told) if part in run) for part in order]
    assert places == sorted(places)
