"""The examples of the playground: everything that the schemas and the catalogue offer has one."""

from collections.abc import Iterable
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    visit,
)

from local.development import Development
from local.examples import Example
from local.patterns.catalogue import SCHEMAS, catalogue, is_root, schema_fields
from local.provision import ROOT
from local.server import GRAPHQL, PLATFORM

pytestmark = pytest.mark.xdist_group("development server")

ENDPOINTS = {"": GRAPHQL, "platform: ": PLATFORM}
BUILT = [id for id, row in catalogue().rows.items() if row.fields]


def asked(prefix: str, examples: Iterable[Example]) -> set[str]:
    """The fields that examples ask for, as the catalogue names them."""
    info = TypeInfo(build_schema((ROOT / SCHEMAS[prefix]).read_text(encoding="utf-8")))
    found: set[str] = set()

    class Noting(Visitor):
        def enter_field(self, node: Any, *_rest: Any) -> None:
            parent = info.get_parent_type()
            assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            found.add(f"{prefix}{parent.name}.{node.name.value}")

    for each in examples:
        visit(parse(each.query), TypeInfoVisitor(info, Noting()))
    return found


@pytest.fixture(scope="module")
def fields(running: Development) -> set[str]:
    """The fields that some example asks for."""
    found = (asked(prefix, running.examples[path]) for prefix, path in ENDPOINTS.items())
    return set[str]().union(*found)


def test_each_root_field_has_an_example(fields: set[str]) -> None:
    assert [field for field in schema_fields() if is_root(field) and field not in fields] == []


@pytest.mark.parametrize("id", BUILT)
def test_each_row_of_the_catalogue_has_an_example(fields: set[str], id: str) -> None:
    assert [field for field in catalogue().rows[id].fields if field not in fields] == []
