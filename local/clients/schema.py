"""The published schemas: what a client sees of each endpoint, as SDL and as introspection JSON.

Without the directives that tell the server who may use a field and what it costs: to a client they
are no promise, and introspection does not show where they stand.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from graphql import (
    GraphQLSchema,
    build_schema,
    introspection_from_schema,
    print_schema,
    specified_directives,
)

from local.provision import ROOT

FOLDER: Final = ROOT / "docs" / "schema"

PUBLISHED: Final[Mapping[str, str]] = {
    "schema.graphql": "tenants",
    "platform.graphql": "platform",
}
"""What each schema is published as."""

TOLD: Final[Mapping[str, bool]] = {
    "specified_by_url": True,
    "directive_is_repeatable": True,
    "schema_description": True,
    "input_value_deprecation": True,
    "one_of": True,
}
"""What introspection tells besides what it always does: everything that it can."""


def published() -> dict[Path, str]:
    """The files, as they have to be."""
    found: dict[Path, str] = {}
    for source, name in PUBLISHED.items():
        schema = for_clients((ROOT / source).read_text(encoding="utf-8"))
        found[FOLDER / f"{name}.graphql"] = print_schema(schema) + "\n"
        found[FOLDER / f"{name}.json"] = _json(introspection_from_schema(schema, **TOLD))
    return found


def for_clients(text: str) -> GraphQLSchema:
    """A schema without directives of its own."""
    parts = build_schema(text).to_kwargs()
    parts["directives"] = specified_directives
    return GraphQLSchema(**parts)


def _json(data: Mapping[str, Any]) -> str:
    """A line for each type and directive, so that a change shows in a diff."""
    members = ",\n".join(
        f"{json.dumps(name)}: {_told(value)}" for name, value in data["__schema"].items()
    )
    return f'{{"__schema": {{\n{members}\n}}}}\n'


def _told(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    entries = cast("list[object]", value)
    return "[\n" + ",\n".join(json.dumps(each) for each in entries) + "\n]"
