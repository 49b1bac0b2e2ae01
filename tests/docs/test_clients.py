"""docs/schema and clients/shop are made of the schemas, and say what the endpoints say."""

import json

import pytest
from graphql import build_schema, get_introspection_query, print_schema

from local.clients.python import PACKAGE, python_client
from local.clients.schema import FOLDER, PUBLISHED, TOLD, for_clients, published
from local.provision import ROOT
from tenantql.engine.operations import Engine
from tenantql.engine.schema import bind_schema, read_schema
from tests.unit.builders import Scripted
from tests.unit.http.events import posted
from tests.unit.http.site import MEMBER, Site
from tests.unit.schemas import SHIPPED


def test_the_schemas_are_what_make_docs_makes() -> None:
    made = published()
    assert {file: file.read_text(encoding="utf-8") for file in made} == made, "make docs"
    assert set(FOLDER.iterdir()) == set(made)


def test_the_client_is_what_make_docs_makes() -> None:
    made = python_client()
    assert {file: file.read_text(encoding="utf-8") for file in made} == made, "make docs"
    assert set(PACKAGE.glob("*.py")) == set(made)


@pytest.mark.parametrize(("source", "name"), PUBLISHED.items())
def test_an_endpoint_says_of_itself_what_is_published(source: str, name: str) -> None:
    engine = Engine(bind_schema(read_schema(source), SHIPPED[source]))
    question = posted(get_introspection_query(**TOLD), identity=MEMBER)
    said = Site(engine, Scripted())(question).body["data"]["__schema"]
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["__schema"]
    for_all = {each["name"] for each in found.pop("directives")}
    assert for_all < {each["name"] for each in said.pop("directives")}
    assert found == said


@pytest.mark.parametrize(("source", "name"), PUBLISHED.items())
def test_both_forms_say_the_same(source: str, name: str) -> None:
    text = (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
    assert "@auth" not in text
    assert "@cost" not in text
    shown = print_schema(for_clients((ROOT / source).read_text(encoding="utf-8")))
    assert print_schema(build_schema(text)) == shown
