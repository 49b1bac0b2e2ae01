"""The tests that prove a row: those with the mark `pattern`, as pytest collects them.

Collected in a process of its own (`python -m local.patterns.proofs` prints them), because marks may
come from parameters, which the source alone does not show.
"""

import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from local.provision import ROOT

MARK: Final = "mark.pattern("


@dataclass(frozen=True, order=True)
class Proof:
    """A function of a file of tests; the file is named from the project's folder."""

    file: str
    function: str

    @property
    def runs_operations(self) -> bool:
        """Whether it asks the endpoint, on a local cloud that enforces IAM."""
        return self.file.startswith(("tests/integration/", "tests/isolation/"))


def proofs() -> Mapping[str, Sequence[Proof]]:
    """The tests of each row that has any, in order. Raises CalledProcessError."""
    command = [sys.executable, "-m", "local.patterns.proofs"]
    printed = subprocess.run(  # noqa: S603 - this module
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, list[list[str]]] = json.loads(printed.stdout)
    return {id: [Proof(*each) for each in tests] for id, tests in found.items()}


@dataclass
class _Collected:
    """A plugin that notes the marks of what is collected."""

    found: dict[str, set[tuple[str, str]]] = field(default_factory=dict[str, set[tuple[str, str]]])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            file, _, name = item.nodeid.partition("::")
            for mark in item.iter_markers("pattern"):
                ids: tuple[Any, ...] = mark.args
                for id in ids:
                    self.found.setdefault(id, set()).add((file, name.partition("[")[0]))


def main() -> int:
    """Print the tests of each row as JSON."""
    files = (ROOT / "tests").rglob("test_*.py")
    marked = [str(file) for file in sorted(files) if MARK in file.read_text(encoding="utf-8")]
    collected = _Collected()
    options = ["--collect-only", "-qq", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
    with redirect_stdout(io.StringIO()) as told:
        ended = pytest.main([*options, *marked], plugins=[collected])
    if ended != pytest.ExitCode.OK:
        sys.stderr.write(told.getvalue())
    print(json.dumps({id: sorted(tests) for id, tests in collected.found.items()}))  # noqa: T201
    return ended


if __name__ == "__main__":
    sys.exit(main())
