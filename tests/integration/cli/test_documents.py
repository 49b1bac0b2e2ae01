"""`tenantql documents`: what the next build registers."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands import app
from local.provision import ROOT
from tenantql import registered as reading
from tenantql.schemas import OPERATORS, SOURCE, TENANTS

ORGANISATION = (ROOT / "operations" / "graphql" / "organisation.graphql").read_text("utf-8")


def test_each_document_has_a_line_with_its_id() -> None:
    result = CliRunner().invoke(app, ["documents"])
    name = sha256(ORGANISATION.encode()).hexdigest()
    assert result.exit_code == 0
    assert f"sha256:{name}  query Organisation" in result.stdout.splitlines()


@pytest.mark.parametrize("options", [[], ["--platform"]])
def test_as_clients_exchange_them(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["documents", "--json", *options])
    found = json.loads(result.stdout)
    endpoint = OPERATORS if options else TENANTS
    assert found == reading.registered(endpoint)


def test_one_that_is_not_valid_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / SOURCE / TENANTS.function
    folder.mkdir(parents=True)
    (folder / "wrong.graphql").write_text("{ nothing }", encoding="utf-8")
    monkeypatch.setattr(reading, "__file__", str(tmp_path / "registered.py"))
    result = CliRunner().invoke(app, ["documents"])
    assert result.exit_code == 2
    assert "wrong.graphql: Cannot query field 'nothing'" in result.stderr
