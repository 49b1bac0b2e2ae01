"""`tenantql cost`, which asks nobody."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.commands import app

RUN = CliRunner()


def told(*arguments: str) -> dict[str, Any]:
    result = RUN.invoke(app, ["cost", "--json", *arguments])
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_it_tells_a_person() -> None:
    result = RUN.invoke(app, ["cost", "--tenant-requests", "1000", "--active-users", "100"])
    assert result.exit_code == 0
    for text in ("a month", "DynamoDB: writes", "O1", "breaks even", "This tenant", "$1.50"):
        assert text in result.stdout


def test_it_tells_programs() -> None:
    found = told("--tenant-requests", "1000")
    assert sum(found["services"].values()) == pytest.approx(found["total"])
    assert sum(item["usd"] for item in found["items"]) == pytest.approx(found["total"])
    assert found["perMillion"]["O1"] > found["perMillion"]["P1"]
    assert 0 < found["tenant"]["total"] < 1


@pytest.mark.parametrize(
    "cheaper",
    [
        ("--requests-per-day", "1000"),
        ("--records", "0"),
        ("--provisioned", "--utilisation", "0.9"),
        ("--log-sample", "0"),
        ("--retention-days", "1"),
        ("--no-traces",),
        ("--backups", "0"),
    ],
)
def test_options_change_the_sum(cheaper: tuple[str, ...]) -> None:
    assert told(*cheaper)["total"] < told()["total"]


def test_another_mix(tmp_path: Path) -> None:
    file = tmp_path / "mix.json"
    file.write_text('{"O1": 1}', encoding="utf-8")
    assert told("--mix", str(file))["total"] > 3 * told()["total"]


@pytest.mark.parametrize("mix", ['{"X9": 1}', "{}", '{"O1": -1}', "no JSON"])
def test_a_mix_that_is_none_is_refused(tmp_path: Path, mix: str) -> None:
    file = tmp_path / "mix.json"
    file.write_text(mix, encoding="utf-8")
    result = RUN.invoke(app, ["cost", "--mix", str(file)])
    assert result.exit_code == 2
    assert "Cannot reckon" in result.output


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["cost", "--prices", str(tmp_path / "none.toml")])
    assert result.exit_code == 2
