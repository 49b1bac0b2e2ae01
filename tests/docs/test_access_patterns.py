"""docs/access-patterns.md: made of what is there, and every row of it kept and proved."""

import re
from collections.abc import Mapping, Sequence

import pytest

from local.patterns import collection, entities
from local.patterns.catalogue import AREAS, Row, catalogue, is_root, schema_fields
from local.patterns.costs import Costs
from local.patterns.data_model import FILE as DATA_MODEL
from local.patterns.data_model import data_model
from local.patterns.page import FILE, page
from local.patterns.proofs import Proof, proofs
from tenantql.table.entity import declared

CATALOGUE, MODEL = catalogue(), data_model()
ROWS = CATALOGUE.rows
BUILT = {id: row for id, row in ROWS.items() if not row.left}
TO_COME = "ET"
"""Schools and the platform may have rows that are not built; the shop's are all kept."""


@pytest.fixture(scope="module")
def proved() -> Mapping[str, Sequence[Proof]]:
    return proofs()


def test_the_page_is_what_make_docs_makes(proved: Mapping[str, Sequence[Proof]]) -> None:
    made = page(CATALOGUE, MODEL, proved)
    assert FILE.read_text(encoding="utf-8") == made, "out of date: make docs"


def test_the_rows_are_those_of_the_data_model() -> None:
    assert set(ROWS) == set(MODEL.accesses)
    assert [id for id in ROWS if sum(area.holds(id) for area in AREAS) != 1] == []


def test_the_data_model_makes_as_many_calls_as_were_promised() -> None:
    wrong = {
        id: calls
        for id, row in ROWS.items()
        if (calls := {each.calls for each in MODEL.accesses[id]}) != {row.calls}
    }
    assert wrong == {}


def test_the_shop_is_built() -> None:
    assert {id for id in ROWS if id[0] not in TO_COME} - set(BUILT) == set()


@pytest.mark.parametrize("id", BUILT)
def test_a_row_that_is_built_has_a_field_and_a_test(
    id: str, proved: Mapping[str, Sequence[Proof]]
) -> None:
    row = BUILT[id]
    assert row.fields or row.instead
    assert [proof for proof in proved.get(id, ()) if proof.runs_operations] != []


def test_marks_name_rows(proved: Mapping[str, Sequence[Proof]]) -> None:
    assert set(proved) - set(ROWS) == set()


def test_fields_are_in_the_schemas() -> None:
    named = {field for row in ROWS.values() for field in row.fields} | set(CATALOGUE.unnamed)
    assert named - set(schema_fields()) == set()


def test_every_root_field_belongs_to_a_row_or_says_why_not() -> None:
    named = [field for row in ROWS.values() for field in row.fields]
    roots = {field for field in schema_fields() if is_root(field)}
    assert roots - set(named) == set(CATALOGUE.unnamed)


@pytest.mark.parametrize("id", [id for id, row in ROWS.items() if row.typical])
def test_a_typical_page_has_a_cost(id: str) -> None:
    row: Row = ROWS[id]
    costs = Costs(CATALOGUE.sizes, MODEL.indexes)
    for calls in row.typical:
        units = costs.of(calls)
        assert units.read + units.write > 0


def test_a_checkout_costs_what_the_data_model_has_counted() -> None:
    (written,) = re.findall(
        r"O1 of 3 lines and 2 sellers writes (\d+) units at", DATA_MODEL.read_text()
    )
    (checkout,) = ROWS["O1"].typical
    assert Costs(CATALOGUE.sizes, MODEL.indexes).of(checkout).write == int(written)


def test_the_entities_are_drawn_as_the_model_declares_them() -> None:
    assert entities.FILE.read_text(encoding="utf-8") == entities.entity_chart(), "make docs"
    drawn = re.findall(r'<text class="name"[^>]*>(\w+)</text>', entities.entity_chart())
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= set(MODEL.indexes)


def test_the_collection_has_each_type_of_the_partition() -> None:
    drawn = set(re.findall(r">(\w+)</text>", collection.FILE.read_text(encoding="utf-8")))
    assert set(collection.SHOWN) | {pattern for pattern, _ in collection.READS} <= drawn
    in_partition = {
        each.name
        for each in declared().values()
        if each.pk.text.startswith("TENANT#{tenant}#USER#")
    }
    assert set(collection.SHOWN) == in_partition
