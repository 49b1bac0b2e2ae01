"""docs/cli.md, and every command that any page tells its reader to run."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import page
from cli.commands import app
from local.provision import ROOT
from tests.docs.aws_commands import unknown
from tests.docs.commands import commands, pages, wrong


def test_the_page_is_made_of_the_help() -> None:
    assert page.FILE.read_text(encoding="utf-8") == page.page(), "run make docs"


@pytest.mark.parametrize("name", commands())
def test_each_command_has_help_json_and_exit_codes(name: str) -> None:
    command = commands()[name]
    assert "--json" in {flag for each in command.params for flag in each.opts}
    assert "Exit code 0" in " ".join(command.help.split())
    assert CliRunner().invoke(app, [*name.split(), "--help"]).exit_code == 0


@pytest.mark.parametrize("file", pages(), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_command_of_a_page_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert [*wrong(text), *unknown(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "aws nonsense list-things",
        "aws dynamodb list-nonsense",
        "aws dynamodb describe-table --nonsense a",
    ],
)
def test_a_command_that_aws_has_not_is_noticed(text: str) -> None:
    assert [*unknown(text)] != []


@pytest.mark.parametrize(
    "text",
    [
        "`make nonsense`",
        "```sh\nmake nonsense\n```",
        "`./tenantql nonsense --stack a`",
        "./tenantql doctor --nonsense",
        "./tenantql rebuild --tenant acme \\\n  --nonsense",
    ],
)
def test_a_command_that_there_is_not_is_noticed(text: str) -> None:
    assert wrong(text) != []
