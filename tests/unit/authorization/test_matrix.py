"""Everybody tries everything, through the endpoints; `local/authorization/matrix.toml` says what
comes of it, and docs/authorization.md shows it.
"""

from copy import replace

import msgspec.structs
import pytest

from local.authorization.matrix import Outcome, Person, Row, matrix
from tenantql.engine.schema import PLATFORM_SCHEMA
from tests.unit.authorization.shop import document, identity_of, outcome
from tests.unit.authorization.town import OPERATOR, TENANT, Town

MATRIX = matrix()
READS = {**MATRIX.queries, **MATRIX.nodes, **MATRIX.paths}
KINDS = {**dict.fromkeys(READS, "query"), **dict.fromkeys(MATRIX.mutations, "mutation")}
ROWS = [pytest.param(name, row, id=name) for name, row in MATRIX.rows()]

OPERATIONS = {
    "tenant": 'it: tenant(id: "acme") { name }',
    "openOrders": 'it: openOrders(table: "shop-data-basic-01", status: PLACED) { order }',
}
"""What there is on the operators' endpoint."""


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_each_person_gets_what_the_matrix_says(town: Town, name: str, row: Row) -> None:
    text, ids = document(row, town.ids, KINDS[name])
    found = {
        person: outcome(town.ask(identity_of(person, TENANT), text, ids).body) for person in Person
    }
    assert found == row.expected


@pytest.mark.parametrize("name", MATRIX.nodes)
def test_a_list_of_ids_is_no_way_around(town: Town, name: str) -> None:
    row = MATRIX.nodes[name]
    listed = row.ask.replace("it: node(id:", "nodes(ids: [").replace(
        ") {", "]) { it: __typename", 1
    )
    text, ids = document(msgspec.structs.replace(row, ask=listed), town.ids, "query")
    for person, expected in row.expected.items():
        assert outcome(town.ask(identity_of(person, TENANT), text, ids).body) is expected


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_a_member_without_roles_may_do_nothing(town: Town, name: str, row: Row) -> None:
    text, ids = document(row, town.ids, KINDS[name])
    for person in (Person.CUSTOMER, Person.SELLER):
        nobody = replace(identity_of(person, TENANT), roles=frozenset())
        assert outcome(town.ask(nobody, text, ids).body) is Outcome.FORBIDDEN


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_an_operator_is_not_served_by_the_tenants_endpoint(town: Town, name: str, row: Row) -> None:
    text, ids = document(row, town.ids, KINDS[name])
    response = town.ask(OPERATOR, text, ids)
    assert (response.status, outcome(response.body)) == (403, Outcome.FORBIDDEN)
    assert "data" not in response.body


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_operators_endpoint_serves_nobody_else(town: Town, name: str) -> None:
    text = f"{{ {OPERATIONS[name]} }}"
    for person in Person:
        response = town.ask(identity_of(person, TENANT), text, schema=PLATFORM_SCHEMA)
        assert (response.status, outcome(response.body)) == (403, Outcome.FORBIDDEN)
        assert "data" not in response.body
    allowed = town.ask(OPERATOR, text, schema=PLATFORM_SCHEMA)
    assert (allowed.status, allowed.body.keys()) == (200, {"data"})


def test_each_row_lets_somebody_in() -> None:
    """Else an operation that always fails would pass for one that is well guarded."""
    assert [name for name, row in MATRIX.rows() if Outcome.YES not in row.expected.values()] == []
