"""The rows of the catalogue and the fields that keep them: `catalogue.toml`, checked."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from graphql import ObjectTypeDefinitionNode, parse

from local.provision import ROOT

FILE: Final = Path(__file__).with_name("catalogue.toml")

SCHEMAS: Final[Mapping[str, str]] = {"": "schema.graphql", "platform: ": "platform.graphql"}
"""The schemas' files by what their fields are written with in front."""

ROOTS: Final = ("Query.", "Mutation.")


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One access pattern that was promised.

    `calls` is the promise. `fields` keep it; `instead` says what does where that is no field.
    `typical` are calls of a typical page or write (local/patterns/costs.py), and `beside` is what
    there is to say of them. `left` says what is not built.
    """

    pattern: str
    calls: str
    fields: tuple[str, ...] = ()
    typical: tuple[str, ...] = ()
    beside: str = ""
    instead: str = ""
    left: str = ""


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows by their ids, sizes of typical items in bytes, and root fields without a row."""

    sizes: dict[str, int]
    unnamed: dict[str, str]
    rows: dict[str, Row]


@dataclass(frozen=True)
class Area:
    """Rows that belong together: those whose ids begin with one of `letters`."""

    title: str
    letters: str
    section: str
    """The anchor in docs/data-model.md."""

    def holds(self, id: str) -> bool:
        """Whether the row is one of them."""
        return id[0] in self.letters


AREAS: Final = (
    Area("Accounts and people", "U", "accounts-and-people"),
    Area("Products, categories, stock", "PK", "products-categories-stock"),
    Area("Carts, orders, invoices", "COI", "carts-orders-invoices"),
    Area("Text search", "S", "s-text-search"),
    Area("Schools", "E", "schools"),
    Area("Tenants and the platform", "T", "tenants-and-the-platform"),
)


def catalogue() -> Catalogue:
    """What `catalogue.toml` says. Raises msgspec.ValidationError for what is not understood."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), Catalogue)


def schema_fields() -> Iterator[str]:
    """Each field of both schemas, as rows name them: `Query.user`, `platform: Query.tenant`."""
    for prefix, file in SCHEMAS.items():
        for node in parse((ROOT / file).read_text(encoding="utf-8")).definitions:
            if isinstance(node, ObjectTypeDefinitionNode):
                for field in node.fields or ():
                    yield f"{prefix}{node.name.value}.{field.name.value}"


def is_root(field: str) -> bool:
    """Whether operations begin with this field."""
    return field.removeprefix("platform: ").startswith(ROOTS)
