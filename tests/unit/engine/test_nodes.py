"""Nodes: every way to an object by its id goes through the same rules."""

from typing import Any

import msgspec
import pytest

from tenantql.engine.failures import code_of
from tenantql.engine.nodes import MAX_NODES
from tenantql.engine.operations import Engine
from tenantql.engine.running import FieldError
from tenantql.errors import Code
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.table.opaque import opaque
from tenantql.tenancy.identity import Role
from tests.unit.builders import (
    INVOICE_ID,
    USER_ID,
    Scripted,
    context,
    holding,
    invoice,
    organisation,
    user,
)


def id_of(item: msgspec.Struct) -> str:
    return global_ids.encode(entity_of(type(item)), item)


class Asked:
    """What an operation answered, and what it cost."""

    def __init__(
        self,
        engine: Engine,
        text: str,
        variables: dict[str, Any],
        transport: Scripted,
        *roles: Role,
        subject: str = "somebody",
    ) -> None:
        given = context(*roles, subject=subject, transport=transport)
        result = engine.execute(engine.prepare(text, None), variables, given)
        errors = result.errors or []
        self.data: dict[str, Any] | None = result.data
        self.codes = [code_of(error) for error in errors]
        self.paths = [error.path for error in errors if isinstance(error, FieldError)]
        self.messages = [str(error) for error in errors]
        self.calls = len(transport.calls)
        self.rounds = given.rounds.cost.rounds


NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
FIELDS = {
    "node": NODE,
    "user": "query($id: ID!) { user(id: $id) { id } }",
    "invoice": "query($id: ID!) { invoice(id: $id) { id } }",
}
OWN = {"node": user(), "user": user(), "invoice": invoice()}


@pytest.mark.parametrize("item", [user(), invoice(), organisation()])
def test_an_object_is_one_read_from_its_id(tenants: Engine, item: Any) -> None:
    asked = Asked(tenants, NODE, {"id": id_of(item)}, holding(item), Role.STAFF)
    assert asked.data == {"node": {"__typename": type(item).__name__, "id": id_of(item)}}
    assert asked.calls == 1


@pytest.mark.parametrize("field", FIELDS)
def test_an_object_that_is_not_there_is_null(tenants: Engine, field: str) -> None:
    asked = Asked(tenants, FIELDS[field], {"id": id_of(OWN[field])}, holding(), Role.STAFF)
    assert (asked.data, asked.codes) == ({field: None}, [])
    assert asked.calls == 1


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("tenant", ["globex", "acme-eu"])
def test_a_foreign_id_is_null_and_costs_no_call(tenants: Engine, field: str, tenant: str) -> None:
    foreign = {"node": user(tenant), "user": user(tenant), "invoice": invoice(tenant)}[field]
    asked = Asked(tenants, FIELDS[field], {"id": id_of(foreign)}, holding(foreign), Role.ADMIN)
    assert (asked.data, asked.codes, asked.calls) == ({field: None}, [], 0)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("id", ["", "1", "VXNlcg", "....", "é", "A" * 5000])
def test_a_malformed_id_is_bad_input(tenants: Engine, field: str, id: str) -> None:
    asked = Asked(tenants, FIELDS[field], {"id": id}, holding(), Role.ADMIN)
    assert (asked.data, asked.codes, asked.calls) == ({field: None}, [Code.BAD_USER_INPUT], 0)


def test_an_id_of_another_type_is_bad_input(tenants: Engine) -> None:
    asked = Asked(tenants, FIELDS["user"], {"id": id_of(invoice())}, holding(), Role.ADMIN)
    assert asked.codes == [Code.BAD_USER_INPUT]
    assert asked.messages == ["this is not the id of an object of type User"]
    assert asked.calls == 0


@pytest.mark.parametrize(
    "parts",
    [
        ("UniqueClaim", "acme", "EMAIL", "ada@example.com"),
        ("IdempotencyRecord", "acme", "0" * 64),
        ("RoutingRecord", "acme"),
    ],
)
def test_what_is_no_object_of_the_schema_cannot_be_read(
    tenants: Engine, parts: tuple[str, ...]
) -> None:
    id = opaque("#".join(parts).encode())
    asked = Asked(tenants, NODE, {"id": id}, holding(), Role.ADMIN)
    assert asked.messages == ["no object of this type can be read by id"]
    assert (asked.codes, asked.calls) == ([Code.BAD_USER_INPUT], 0)


@pytest.mark.parametrize(
    ("role", "subject", "seen"),
    [
        (Role.CUSTOMER, USER_ID, True),
        (Role.CUSTOMER, "somebody", False),
        (Role.SELLER, "somebody", False),
        (Role.STAFF, "somebody", True),
        (Role.ADMIN, "somebody", True),
    ],
)
@pytest.mark.parametrize("item", [user(), invoice()])
def test_who_may_see_an_object_is_asked_on_each_way(
    tenants: Engine, item: Any, role: Role, subject: str, seen: bool
) -> None:
    own = type(item).__name__.lower()
    for field in ("node", own):
        asked = Asked(
            tenants, FIELDS[field], {"id": id_of(item)}, holding(item), role, subject=subject
        )
        assert asked.data is not None
        assert (asked.data[field] is not None) is seen
        assert asked.codes == [], "what may not be seen is as if it did not exist"
    asked = Asked(tenants, NODES, {"ids": [id_of(item)]}, holding(item), role, subject=subject)
    assert asked.data is not None
    assert (asked.data["nodes"] != [None]) is seen


def test_nodes_are_in_the_order_of_their_ids_and_one_round(tenants: Engine) -> None:
    users = [user(id=f"01J0000000000000000000000{n}") for n in range(5)]
    ids = [id_of(each) for each in users]
    wanted = [ids[3], id_of(user("globex")), ids[0], id_of(invoice()), ids[3], ids[1]]
    asked = Asked(tenants, NODES, {"ids": wanted}, holding(*users), Role.STAFF)
    assert asked.data is not None
    found = [each and each["id"] for each in asked.data["nodes"]]
    assert found == [ids[3], None, ids[0], None, ids[3], ids[1]]
    assert asked.codes == []
    assert (asked.rounds, asked.calls) == (1, 1)


def test_a_malformed_id_fails_its_own_place(tenants: Engine) -> None:
    ids = [id_of(user()), "junk", id_of(organisation())]
    asked = Asked(tenants, NODES, {"ids": ids}, holding(user(), organisation()), Role.STAFF)
    assert asked.data is not None
    assert [each is None for each in asked.data["nodes"]] == [False, True, False]
    assert asked.codes == [Code.BAD_USER_INPUT]
    assert asked.paths == [["nodes", 1]]


@pytest.mark.parametrize(("count", "codes"), [(0, []), (MAX_NODES, []), (MAX_NODES + 1, None)])
def test_nodes_takes_a_hundred_ids(tenants: Engine, count: int, codes: list[Code] | None) -> None:
    asked = Asked(tenants, NODES, {"ids": [id_of(user())] * count}, holding(user()), Role.STAFF)
    if codes is None:
        assert asked.codes == [Code.BAD_USER_INPUT]
        assert asked.messages == ["nodes takes at most 100 ids"]
        assert asked.calls == 0
    else:
        assert asked.data is not None
        assert len(asked.data["nodes"]) == count


def test_an_invoices_customer_is_a_second_round(tenants: Engine) -> None:
    text = "query($id: ID!) { invoice(id: $id) { customer { subject } total { amount currency } } }"
    found = holding(invoice(), user())
    asked = Asked(tenants, text, {"id": id_of(invoice())}, found, Role.STAFF)
    total = {"amount": 1250, "currency": "EUR"}
    assert asked.data == {"invoice": {"customer": {"subject": USER_ID}, "total": total}}
    assert (asked.rounds, asked.calls) == (2, 2)


def test_a_customer_who_is_gone_is_null(tenants: Engine) -> None:
    text = "query($id: ID!) { invoice(id: $id) { number customer { id } } }"
    asked = Asked(tenants, text, {"id": id_of(invoice())}, holding(invoice()), Role.STAFF)
    assert asked.data == {"invoice": {"number": "A-1", "customer": None}}
    assert INVOICE_ID != USER_ID
