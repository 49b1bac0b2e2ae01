"""What was written and is deleted before it is answered is a success without a result."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.memory import Memory
from tenantql.engine.context import Context
from tenantql.engine.operations import Engine
from tenantql.engine.rounds import Rounds
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.table import global_ids
from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.entity import declared
from tenantql.table.transport import OneByOne
from tenantql.tenancy.identity import Role
from tests.unit.builders import access, identity
from tests.unit.commerce.builders import SELLER, category, category_tree, product, stock
from tests.unit.schemas import SHIPPED

TENANT = "acme"
PANS = category(TENANT, "01J00000000000000000000021")
KETTLE = product(TENANT, "01J00000000000000000000022")


class Vanishing(OneByOne):
    """A table from which everything goes as soon as something has been written."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._memory.add(PANS, category_tree(None, PANS), KETTLE, stock(KETTLE))

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        answer = self._memory.send(call, credentials)
        if call.operation == "TransactWriteItems":
            for key in [*self._memory.items]:
                self._memory.drop(key)
        return answer


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA]))


@pytest.mark.parametrize(
    ("field", "of", "answer"),
    [
        ('renameCategory(input: {id: $id, name: "Woks"})', PANS, "category"),
        ("moveCategory(input: {id: $id})", PANS, "category"),
        ('updateProduct(input: {id: $id, title: "Wok"})', KETTLE, "product"),
        ("setProductImages(input: {productId: $id, images: []})", KETTLE, "product"),
        (
            'adjustStock(input: {productId: $id, warehouse: "rome", by: 1, idempotencyKey: "1"})',
            KETTLE,
            "stock",
        ),
    ],
)
def test_it_is_no_error(engine: Engine, field: str, of: Any, answer: str) -> None:
    id = global_ids.encode(declared()[type(of).__name__], of)
    text = f"mutation($id: ID!) {{ {field} {{ {answer} {{ __typename }} userErrors {{ code }} }} }}"
    who = identity(Role.STAFF, Role.SELLER, tenant=TENANT, subject=SELLER)
    context = Context(who, Rounds(Vanishing(), access))
    result = engine.execute(engine.prepare(text, None), {"id": id}, context)
    assert result.errors is None
    assert result.data == {field.partition("(")[0]: {answer: None, "userErrors": []}}
