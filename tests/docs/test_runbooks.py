"""docs/runbooks: a part for each alarm and no other, whose queries and commands work."""

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, cast

import pytest
from botocore import xform_name
from botocore.session import get_session

from local.provision import ROOT
from tenantql.engine.observation import TOLD
from tests.template.alarm_checks import METRIC_ALARM, PAGE
from tests.template.stack import Stack, read_template

FOLDER: Final = ROOT / "docs" / "runbooks"
PAGES: Final = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
STEPS: Final = ("Means", "tenants notice", "First look", "do", "Over")
ALL: Final = {"BackupPlan": "on"}

SHARED: Final = {"level", "message", "timestamp", "service", "@message", "@timestamp"}
DEFECT: Final = {"error_type", "error_stack.0", "error_stack"}
FIELDS: Final = {
    "graphql": SHARED | DEFECT | {*TOLD, "weight"},
    "platform": SHARED | DEFECT | {*TOLD, "weight"},
    "stream": SHARED | DEFECT | {"indexes.0"},
    "authorizer": SHARED | {"reason"},
    "canary": SHARED | {"attempts"},
}
"""The fields of each log. What the stream and the authorizer write: tests/unit/functions."""
WORDS: Final = {
    *("filter", "stats", "sort", "limit", "by", "as", "desc", "asc", "and", "or", "in", "like"),
    *("count", "count_distinct", "sum", "avg", "pct", "latest", "bin", "ispresent", "coalesce"),
}


OPERATORS: Final = {"|", ";", "}", "done", "aws"}
"""What ends a command in these blocks."""


def _parts() -> Iterator[tuple[Path, str, str]]:
    """Each part of each page: its file, its heading, its text."""
    for path in PAGES:
        pieces = re.split(r"^## (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for heading, text in zip(pieces[1::2], pieces[2::2], strict=True):
            yield path, heading, text


def _blocks(language: str) -> Iterator[tuple[str, str]]:
    """What stands after the language of each block in it, and the block."""
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        yield from re.findall(rf"^```{language} ?(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm() -> None:
    stack = Stack.of(read_template(), **ALL, RunbooksUrl="there")
    named = {
        (name, body["Properties"]["AlarmDescription"].split(" there/")[1])
        for kind in (METRIC_ALARM, PAGE)
        for name, body in stack.of_type(kind).items()
    }
    written = [(heading, f"{path.name}#{heading.lower()}") for path, heading, _ in _parts()]
    assert len(written) == len(set(written))
    assert named == set(written)


@pytest.mark.parametrize(("heading", "text"), [(each, text) for _, each, text in _parts()])
def test_a_runbook_says_all_that_it_has_to(heading: str, text: str) -> None:
    bold = [each.lower() for each in re.findall(r"\*\*(.+?)\*\*", text)]
    assert [step for step in STEPS if not any(step.lower() in each for each in bold)] == [], heading


@pytest.mark.parametrize(("group", "query"), [*_blocks("insights")])
def test_a_query_asks_for_fields_that_there_are(group: str, query: str) -> None:
    bare = re.sub(r'"[^"]*"|/[^/]*/', "", query)
    named = set(re.findall(r"as (\w+)", bare))
    used = set(re.findall(r"(?<![\w.])@?[a-zA-Z_][\w.]*", bare))
    known = FIELDS[group] if group != "api" else _access_log()
    assert used - known - named - WORDS == set()
    assert used & known


def _access_log() -> set[str]:
    (stage,) = Stack.of(read_template()).of_type("AWS::ApiGatewayV2::Stage").values()
    return set(re.findall(r'"(\w+)":', stage["Properties"]["AccessLogSettings"]["Format"]))


def _calls() -> Iterator[list[str]]:
    """Each call of the AWS CLI in a block of commands, as its arguments."""
    for _, block in _blocks("sh"):
        tokens = [*shlex.shlex(block.replace("\\\n", " "), posix=True, punctuation_chars=True)]
        starts = [at + 1 for at, token in enumerate(tokens) if token == "aws"]
        for start in starts:
            yield [*takewhile(lambda token: token not in OPERATORS, tokens[start:])]


@pytest.mark.parametrize("call", [*_calls()], ids=lambda call: " ".join(call[:2]))
def test_a_command_is_one_of_the_aws_cli(call: list[str]) -> None:
    service, operation, *rest = call
    model: Any = get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in cast("list[str]", model.operation_names)}
    assert operation in names
    members: list[str] = [*model.operation_model(names[operation]).input_shape.members]
    known = {xform_name(name, "-") for name in members} | {"query", "output"}
    options = [each.removeprefix("--") for each in rest if each.startswith("--")]
    assert set(options) <= known, set(options) - known


def test_ids_that_commands_ask_for_are_in_the_stack() -> None:
    names = {name for _, block in _blocks("sh") for name in re.findall(r"id_of (\w+)", block)}
    assert names
    assert names <= Stack.of(read_template(), **ALL).resources.keys()


def test_the_list_of_pages_names_each() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    pages = Stack.of(read_template()).of_type(PAGE).keys() - {"Trouble"}
    assert set(re.findall(r"^\| \[(\w+Page)\]", text, re.MULTILINE)) == pages
