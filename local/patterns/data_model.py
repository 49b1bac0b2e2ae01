"""What docs/data-model.md says in its tables, which is the one place for keys and calls."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from local.provision import ROOT

FILE: Final = ROOT / "docs" / "data-model.md"
RULE: Final = re.compile(r"^\|[-| ]+\|$")


@dataclass(frozen=True)
class Access:
    """One line of a row: the operation, where, by which key, in how many calls, how consistent."""

    operation: str
    place: str
    key: str
    calls: str
    consistency: str


@dataclass(frozen=True)
class DataModel:
    """The accesses of each row, and the indexes that each entity is in."""

    accesses: Mapping[str, tuple[Access, ...]]
    indexes: Mapping[str, tuple[str, ...]]


def data_model() -> DataModel:
    """What the page's tables say."""
    accesses: dict[str, list[Access]] = {}
    indexes: dict[str, tuple[str, ...]] = {}
    for header, rows in _tables(FILE.read_text(encoding="utf-8")):
        if header[:3] == ["id", "operation", "table or index"]:
            for id, *cells in rows:
                accesses.setdefault(id, []).append(Access(*cells))
        elif header[:4] == ["entity", "PK", "SK", "index"]:
            for entity, _, _, tenant_led, platform, _ in rows:
                led = [] if tenant_led == "-" else tenant_led.split()
                everywhere = ["directory", *(["platform"] if platform != "-" else [])]
                indexes[entity] = (*led, *everywhere)
    return DataModel({id: tuple(found) for id, found in accesses.items()}, indexes)


def _tables(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The header and the rows of each table."""
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        header, rule, *rows = block.splitlines()
        if RULE.match(rule):
            yield _cells(header), [_cells(row) for row in rows]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]
