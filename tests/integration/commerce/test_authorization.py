"""The reads of the matrix of authorization, tried by each person where IAM is on."""

import pytest

from local.authorization.matrix import Person, Row, matrix
from tests.integration.installation import Installation, Instance
from tests.unit.authorization.shop import ELSEWHERE, SmallShop, document, identity_of, outcome
from tests.unit.builders import organisation

MATRIX = matrix()
READS = {**MATRIX.queries, **MATRIX.nodes, **MATRIX.paths}


@pytest.fixture(scope="module")
def small_shop(installation: Installation) -> SmallShop:
    """The shop of the matrix, in the table of the stack."""
    made = SmallShop(installation.new_tenant())
    installation.write(*made.items())
    installation.register(ELSEWHERE)
    installation.write(organisation(ELSEWHERE))
    return made


@pytest.mark.parametrize("name", READS)
def test_each_person_reads_what_the_matrix_says(
    small_shop: SmallShop, endpoint: Instance, name: str
) -> None:
    row: Row = READS[name]
    text, ids = document(row, small_shop.ids(), "query")
    found = {
        person: outcome(endpoint.ask(identity_of(person, small_shop.tenant), text, **ids).body)
        for person in Person
    }
    assert found == row.expected
