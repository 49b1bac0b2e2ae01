"""docs/table.md, "Add an entity and a field": its steps, performed in a copy of the project."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from copy import replace
from pathlib import Path
from typing import Any, Final

import pytest

from local import function as local_function
from local.cloud import LocalCloud
from local.demo import plan, steps_of
from local.function import RunningFunction
from local.gateway.events import Request, function_event
from local.provision import ROOT, Provisioned
from tenantql.tenancy.identity import Identity, Role

TENANT: Final = "coupons"
QUERY: Final = (
    '{ found: coupon(code: "WELCOME") { code percent } none: coupon(code: "x") { code } }'
)
STEP: Final = re.compile(
    r"(?:New file `(?P<new>[^`]+)`:\n\n|[Ii]n `(?P<changed>[^`]+)`:\n\n)?"
    r"^```(?P<kind>python|diff)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NEEDED: Final = ("layers", "functions", "local", "tests", "schema.graphql", "platform.graphql")


def _copied(target: Path) -> Path:
    """What is needed of the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *NEEDED, "pyproject.toml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name, follow_symlinks=False)
    return target


def _apply(project: Path) -> list[str]:
    """Performs the steps of the document; the files that they make or change."""
    document = (ROOT / "docs" / "table.md").read_text(encoding="utf-8")
    steps = document.partition("\n## Add an entity and a field")[2]
    done: list[str] = []
    for step in STEP.finditer(steps):
        # A second difference of a file follows the first without naming it again.
        name: str = step["new"] or step["changed"] or done[-1]
        path = project / name
        if step["kind"] == "python":
            assert not path.exists(), f"{name} is there already"
            path.write_text(step["text"], encoding="utf-8")
        else:
            lines = step["text"].splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            text = path.read_text(encoding="utf-8")
            assert text.count(before) == 1, f"the difference does not fit {name}:\n{before}"
            path.write_text(text.replace(before, after), encoding="utf-8")
        done.append(name)
    return done


class Project:
    """A copy of the project in which the steps have been taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = _copied(folder)
        self.touched = sorted(set(_apply(self.folder)))

    def run(self, *command: str) -> None:
        """Runs a program of the development environment there, which must succeed."""
        ran = subprocess.run(
            [str(Path(sys.executable).parent / command[0]), *command[1:]],
            cwd=self.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


def test_the_new_test_and_those_of_the_schema_pass(project: Project) -> None:
    tests = ("tests/unit/commerce/test_coupons.py", "tests/unit/engine/test_schema.py")
    project.run("pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_what_is_new_is_written_as_the_rest(project: Project) -> None:
    sources = [name for name in project.touched if name.endswith(".py")]
    assert len(sources) == 6
    project.run("ruff", "check", "--no-cache", *sources)
    project.run("ruff", "format", "--no-cache", "--check", *sources)


@pytest.fixture
def functions(
    project: Project,
    cloud: LocalCloud,
    stack: Provisioned,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Mapping[str, RunningFunction]:
    """The endpoint and the writer of demonstration data, with the code of the copy."""
    monkeypatch.setattr(local_function, "ROOT", project.folder)
    monkeypatch.setattr(local_function, "LAYERS", (project.folder / "layers" / "tenantql",))
    graphql = replace(stack.functions["graphql"], folder=project.folder / "functions" / "graphql")
    demo = replace(
        stack.functions["platform"],
        name="demo",
        folder=project.folder / "local" / "demo",
        handler="local.demo.handler.handler",
    )
    return {
        each.name: RunningFunction(each, cloud.environment(), tmp_path, tmp_path / "log")
        for each in (graphql, demo)
    }


def _event(query: str) -> dict[str, Any]:
    request = Request(
        "POST",
        "/graphql",
        headers=[("content-type", "application/json")],
        body=json.dumps({"query": query}).encode(),
    )
    identity = Identity(TENANT, "somebody", frozenset({Role.CUSTOMER}))
    return function_event(request, identity.to_context())


def test_the_demonstrations_coupon_is_found(
    functions: Mapping[str, RunningFunction], stack: Provisioned
) -> None:
    first = next(steps_of(replace(plan()[0], id=TENANT), stack.data_table))

    async def ask() -> dict[str, Any]:
        try:
            await functions["demo"](first, "demo-1")
            return await functions["graphql"](_event(QUERY), "request-1")
        finally:
            for each in functions.values():
                await each.stop()

    answer = asyncio.run(ask())
    data = json.loads(answer["body"])["data"]
    assert data == {"found": {"code": "Welcome", "percent": 10}, "none": None}
