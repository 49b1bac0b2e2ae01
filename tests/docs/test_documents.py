"""What the documents say is there: files, sections, tasks, and items that the model can read."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from local.demo.plan import KINDS
from local.provision import ROOT
from tenantql.accounts.model import Organisation
from tenantql.table.cursors import Cursors, Scope
from tenantql.table.entity import entity_of
from tenantql.tenancy.routing import RoutingRecord, ShardCount

LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TASK: Final = re.compile(r"\bmake ([a-z-]+)")


def _documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


def _slug(heading: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    kept = re.sub(r"[^\w\s-]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def _anchors(document: Path) -> set[str]:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    return {_slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def test_there_are_documents() -> None:
    assert {"README.md", "CHANGELOG.md"} <= {document.name for document in _documents()}


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    broken: list[str] = []
    for link in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name) if name else document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_tasks_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    code = re.findall(r"`[^`\n]*`", document.read_text(encoding="utf-8"))
    fences = FENCE.findall(document.read_text(encoding="utf-8"))
    named = {name for text in [*code, *fences] for name in TASK.findall(text)}
    assert named - targets == set()


def test_the_first_tenant_of_a_stack_is_what_the_model_reads(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which the document makes a key with")
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    written_route, written_organisation = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    (tmp_path / "route.json").write_text(written_route, encoding="utf-8")
    (command,) = re.findall(r"^sed .* route\.json$", text, re.MULTILINE)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    route = json.loads((tmp_path / "route.json").read_text(encoding="utf-8"))
    organisation = json.loads(written_organisation)
    record = entity_of(RoutingRecord).decode(route)
    # The defaults of absent attributes are written too by the model.
    written = entity_of(RoutingRecord).encode(record)
    assert written | route == written
    made = entity_of(Organisation).decode(organisation)
    assert entity_of(Organisation).encode(made) == organisation
    assert (made.tenant, made.time_zone) == (record.tenant, record.time_zone)
    assert record.shards == {kind: ShardCount() for kind in KINDS}
    (key,) = record.cursor_keys
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    scope = Scope(record.tenant, "users", "GSI3", descending=True)
    position = ("TENANT#acme#USER#1", "PROFILE")
    cursors = Cursors([bytes.fromhex(key)])
    assert cursors.open(scope, cursors.seal(scope, position)) == position
