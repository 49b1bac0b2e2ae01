"""docs/security.md: no point of OWASP's sheet is missing, and the tests that it names are there."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from local.provision import ROOT
from tests.template.test_template import CHECKS

DOCS: Final = ROOT / "docs"
TEXT: Final = (DOCS / "security.md").read_text(encoding="utf-8")
NAMED: Final = re.findall(r"\[`(\w+)`\]\((\.\./tests/[^)]+)\)", TEXT)

SHEET: Final = {
    "Input validation": (
        "specific types for input",
        "allowed characters, not forbidden ones",
        "one encoding of text",
        "bad input refused without telling much",
        "injection into another interpreter",
        "CRLF, request smuggling",
        "no host that a user names (SSRF)",
    ),
    "Denial of service": (
        "depth",
        "amount",
        "pagination",
        "timeouts",
        "cost of a query",
        "rate",
        "server-side batching and caching",
        "resources of the system",
    ),
    "Access control": (
        "each request allowed to its caller (BOLA, BFLA)",
        "objects by their id (IDOR)",
        "edges as well as nodes",
        "interfaces and unions",
        "`node` and `nodes`",
        "reading: fields",
        "writing: mutations",
    ),
    "Batching attacks": (
        "rate of objects, however they are packed",
        "sensitive objects",
        "operations at once",
    ),
    "Secure configuration": (
        "introspection",
        "GraphiQL and its like",
        "suggestions of names",
        "errors, stack traces, debug mode",
    ),
}
"""The points of the sheet, by its sections.
https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html"""


def _rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without those that name a section."""
    _, _, rest = TEXT.partition(f"\n## {heading}\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return [row for row in rows if not row[0].startswith("**")]


def test_each_point_of_the_sheet_has_its_row() -> None:
    points = [point for section in SHEET.values() for point in section]
    assert [row[0] for row in _rows("OWASP's GraphQL cheat sheet")] == points
    assert re.findall(r"^\| \*\*([^*]+)\*\*", TEXT, re.MULTILINE) == list(SHEET)


@pytest.mark.parametrize("heading", ["OWASP's GraphQL cheat sheet", "What the sheet leaves out"])
def test_each_row_has_an_answer_and_a_test(heading: str) -> None:
    rows = _rows(heading)
    assert rows
    assert [row[0] for row in rows if not row[1] or "../tests/" not in row[2]] == []


@cache
def _functions(file: Path) -> frozenset[str]:
    """What a file defines at its top."""
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in parsed.body if isinstance(node, ast.FunctionDef))


def _is_run(name: str, file: Path) -> bool:
    """Whether pytest collects it, by itself or as a check of the template."""
    if file.name.endswith("_checks.py"):
        return any(check.__name__ == name for check in CHECKS)
    return file.name.startswith("test_") and name.startswith("test_")


def test_each_test_that_is_named_is_there() -> None:
    assert len(NAMED) > 80
    files = {link: (DOCS / link).resolve() for _, link in NAMED}
    missing = [
        f"{link}::{name}"
        for name, link in NAMED
        if name not in _functions(files[link]) or not _is_run(name, files[link])
    ]
    assert missing == []


def test_every_dependency_has_an_exact_version() -> None:
    pinned = [
        *(ROOT / "requirements").glob("*.txt"),
        *ROOT.glob("layers/*/requirements.txt"),
        *ROOT.glob("functions/*/requirements.txt"),
    ]
    assert len(pinned) >= 5
    text = "\n".join(file.read_text(encoding="utf-8") for file in pinned)
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    asked = [Requirement(line) for line in lines if line and not line.startswith("-")]
    assert len(asked) > 50
    loose = [str(one) for one in asked if [each.operator for each in one.specifier] != ["=="]]
    assert loose == []
