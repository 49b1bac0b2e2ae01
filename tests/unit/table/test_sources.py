"""The layer's source: no operation that reads without a key, and no table call past a transport."""

import re
from pathlib import Path
from typing import Final

import pytest

import tenantql

SOURCES: Final = sorted(Path(tenantql.__path__[0]).rglob("*.py"))
# Operations that take no partition key, so that no condition on leading keys holds for them.
WITHOUT_KEY: Final = re.compile(
    r"\b(scan|ExecuteStatement|BatchExecuteStatement|ExecuteTransaction|execute_statement|"
    r"batch_execute_statement|execute_transaction|PartiQL\w*)\b",
    re.IGNORECASE,
)


def test_the_whole_layer_is_looked_at() -> None:
    assert len(SOURCES) > 30


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.name))
def test_no_operation_without_a_key_is_named(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    # A comment or docstring may say why there is none; code has none.
    code = re.sub(r'""".*?"""|#[^\n]*', "", text, flags=re.DOTALL)
    assert WITHOUT_KEY.findall(code) == []


def test_the_rule_finds_what_it_forbids() -> None:
    for text in ('Call("Scan", {})', "client.scan()", '"ExecuteStatement"'):
        assert WITHOUT_KEY.search(text)
