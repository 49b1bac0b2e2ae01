"""The command `verify-isolation`, with a few rows of the matrix."""

from collections.abc import Iterator
from copy import replace

import pytest
from typer.testing import CliRunner

from local.commands import app
from local.isolation import command
from local.isolation.matrix import Row, rows
from local.isolation.requests import REQUESTS
from local.isolation.rules import Who

FEW = [request for request in REQUESTS if request.name in {"GetItem", "PutItem"}]
SOME = (Who.READ, Who.ACCOUNT)


def run(*options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["verify-isolation", *options])
    return done.exit_code, done.output


def test_all_rows_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "rows", lambda: rows(SOME, FEW))
    code, output = run()
    assert code == 0, output
    assert "All hold" in output
    assert "✗ not what the rules say" in output
    assert output.count("✗") == 1
    assert "not run" not in output


def test_a_wrong_row_is_named_and_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """By copies, as on AWS, where some rows cannot be run."""

    def turned() -> Iterator[Row]:
        for row in rows([Who.READ], FEW[:1]):
            wrong = row.situation.name == "longer id"
            yield replace(row, allowed=True) if wrong else row

    monkeypatch.setattr(command, "rows", turned)
    code, output = run("--by-copies")
    assert code == 1, output
    assert "read: GetItem, longer id is allowed, but the answer is AccessDenied" in output
    assert "1 rows are wrong" in output
    assert "not run GraphqlRole as TenantRole" in output
    assert "the second evaluator does not agree: read: GetItem, longer id" in output


def test_an_unknown_profile_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    code, output = run("--profile", "nobody")
    assert code == 2
    assert "nobody" in output
    assert "Traceback" not in output


def test_help_says_what_happens_on_aws() -> None:
    code, output = run("--help")
    assert code == 0
    for words in ("copies", "sts:AssumeRole", "alarm"):
        assert words in output
