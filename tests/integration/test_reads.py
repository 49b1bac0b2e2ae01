"""Reads, from the event to the table: typed answers, one call each, and who sees what."""

from collections.abc import Mapping
from typing import Any

import pytest

from tenantql.tenancy.identity import Identity, Role
from tests.integration.installation import Installation, Instance, id_of, member
from tests.unit.builders import AT, INVOICE_ID, ISSUED, USER_ID, invoice, organisation, user

TENANTS = ("north", "north-eu")
OTHER_ID = "01J00000000000000000000009"


@pytest.fixture(scope="module", autouse=True)
def _data(installation: Installation) -> None:  # pyright: ignore[reportUnusedFunction]
    """Two tenants with look-alike ids and items of the same ids."""
    for tenant in TENANTS:
        installation.register(tenant)
        installation.write(
            organisation(tenant),
            user(tenant, display_name=f"Ada of {tenant}"),
            invoice(tenant, number=f"{tenant}-1"),
            invoice(tenant, id=OTHER_ID, customer="01J00000000000000000000008"),
        )


STAFF, ADMIN = member("north", Role.STAFF), member("north", Role.ADMIN)
OWN_USER, OWN_INVOICE = user("north"), invoice("north")
USER = "id email username displayName roles subject createdAt updatedAt"
INVOICE = "id number status total { amount currency } issuedAt dueAt"

READS: Mapping[str, tuple[str, dict[str, Any], Any, str]] = {
    "U3": (
        f"query($email: EmailAddress!) {{ userByEmail(email: $email) {{ {USER} }} }}",
        {"email": "ADA@example.COM"},
        {
            "id": id_of(OWN_USER),
            "email": "Ada@Example.com",
            "username": "Ada",
            "displayName": "Ada of north",
            "roles": ["CUSTOMER"],
            "subject": USER_ID,
            "createdAt": AT,
            "updatedAt": AT,
        },
        "Query",
    ),
    "U2": (
        "query($name: String!) { userByUsername(username: $name) { subject username roles } }",
        {"name": "ADA"},
        {"subject": USER_ID, "username": "Ada", "roles": ["CUSTOMER"]},
        "Query",
    ),
    "U4": (
        "query($id: ID!) { user(id: $id) { displayName } }",
        {"id": id_of(OWN_USER)},
        {"displayName": "Ada of north"},
        "GetItem",
    ),
    "I1": (
        f"query($id: ID!) {{ invoice(id: $id) {{ {INVOICE} }} }}",
        {"id": id_of(OWN_INVOICE)},
        {
            "id": id_of(OWN_INVOICE),
            "number": "north-1",
            "status": "OPEN",
            "total": {"amount": 1250, "currency": "EUR"},
            "issuedAt": ISSUED,
            "dueAt": AT,
        },
        "GetItem",
    ),
    "organisation": (
        "{ organisation { id slug name currency timeZone createdAt } }",
        {},
        {
            "id": id_of(organisation("north")),
            "slug": "north",
            "name": "Acme Trading",
            "currency": "EUR",
            "timeZone": "Europe/Berlin",
            "createdAt": AT,
        },
        "GetItem",
    ),
    "node": (
        "query($id: ID!) { node(id: $id) { __typename id ... on Invoice { number } } }",
        {"id": id_of(OWN_INVOICE)},
        {"__typename": "Invoice", "id": id_of(OWN_INVOICE), "number": "north-1"},
        "GetItem",
    ),
}


def _marked(read: str) -> Any:
    """The case, with the row of the catalogue that it is."""
    marks = pytest.mark.pattern(read) if read[0].isupper() else ()
    return pytest.param(read, marks=marks)


@pytest.mark.parametrize("read", [_marked(read) for read in READS])
def test_a_read_is_one_call(endpoint: Instance, read: str) -> None:
    text, variables, expected, operation = READS[read]
    answer = endpoint.ask(ADMIN if read == "U2" else STAFF, text, **variables)
    (found,) = answer.data.values()
    assert found == expected
    assert answer.operations == [operation]
    assert (answer.line["calls"], answer.line["rounds"]) == (1, 1)
    assert answer.line["tenant"] == "north"


def test_reads_by_id_are_consistent_and_the_index_is_queried_for_one(endpoint: Instance) -> None:
    (call,) = endpoint.ask(STAFF, READS["I1"][0], **READS["I1"][1]).calls
    assert call.parameters["ConsistentRead"] is True
    (call,) = endpoint.ask(STAFF, READS["U3"][0], **READS["U3"][1]).calls
    assert (call.parameters["IndexName"], call.parameters["Limit"]) == ("GSI1", 1)
    (call,) = endpoint.ask(ADMIN, READS["U2"][0], **READS["U2"][1]).calls
    assert (call.parameters["IndexName"], call.parameters["Limit"]) == ("GSI2", 1)


@pytest.mark.parametrize("name", ["a", "a" * 41, "a b c", "ada#1", ""])
def test_what_names_nobody_is_bad_input(endpoint: Instance, name: str) -> None:
    answer = endpoint.ask(ADMIN, READS["U2"][0], name=name)
    assert (answer.codes, answer.operations) == (["BAD_USER_INPUT"], [])


@pytest.mark.pattern("U2")
@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SELLER, Role.STAFF])
def test_user_names_are_for_the_issuer(endpoint: Instance, role: Role) -> None:
    answer = endpoint.ask(member("north", role), READS["U2"][0], name="ada")
    assert (answer.codes, answer.operations) == (["FORBIDDEN"], [])


def test_nodes_are_in_order_and_one_round(endpoint: Instance) -> None:
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"
    ids = [
        id_of(OWN_INVOICE),
        id_of(user("north-eu")),
        id_of(OWN_USER),
        id_of(organisation("north")),
    ]
    answer = endpoint.ask(STAFF, text, ids=ids)
    found = [each and each["id"] for each in answer.data["nodes"]]
    assert found == [ids[0], None, ids[2], ids[3]]
    assert answer.line["rounds"] == 1
    assert answer.operations == ["BatchGetItem"]


@pytest.mark.parametrize("read", ["U4", "I1", "node"])
@pytest.mark.parametrize("tenant", ["north-eu", "nort", "nowhere"])
def test_anothers_id_is_null_and_costs_no_call(endpoint: Instance, read: str, tenant: str) -> None:
    item = user(tenant) if read == "U4" else invoice(tenant)
    answer = endpoint.ask(STAFF, READS[read][0], id=id_of(item))
    assert [*answer.data.values()] == [None]
    assert answer.operations == []


def test_an_equal_address_of_another_tenant_is_not_found(
    endpoint: Instance, installation: Installation
) -> None:
    installation.write(user("north-eu", id=OTHER_ID, email="only@example.com", username="only"))
    text = READS["U3"][0]
    assert endpoint.ask(STAFF, text, email="only@example.com").data == {"userByEmail": None}
    named = endpoint.ask(ADMIN, READS["U2"][0], name="only")
    assert named.data == {"userByUsername": None}
    other = endpoint.ask(member("north-eu", Role.ADMIN), text, email="only@example.com")
    assert other.data["userByEmail"]["subject"] == OTHER_ID


SEEN: list[tuple[Identity, str, bool]] = [
    (member("north", Role.CUSTOMER, subject=USER_ID), USER_ID, True),
    (member("north", Role.CUSTOMER, subject=OTHER_ID), USER_ID, False),
    (member("north", Role.SELLER, subject=OTHER_ID), USER_ID, False),
    (member("north", Role.STAFF), USER_ID, True),
    (member("north", Role.ADMIN), USER_ID, True),
]


@pytest.mark.parametrize(("who", "subject", "seen"), SEEN)
def test_customers_see_what_is_their_own_and_staff_sees_all(
    endpoint: Instance, who: Identity, subject: str, seen: bool
) -> None:
    assert OWN_INVOICE.customer == subject
    for read in ("U4", "I1", "node"):
        answer = endpoint.ask(who, READS[read][0], **READS[read][1])
        (found,) = answer.data.values()
        assert (found is not None) is seen, read


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SELLER])
def test_only_staff_looks_up_addresses(endpoint: Instance, role: Role) -> None:
    answer = endpoint.ask(member("north", role), READS["U3"][0], **READS["U3"][1])
    assert answer.codes == ["FORBIDDEN"]
    assert answer.operations == []


def test_somebody_without_roles_sees_nothing(endpoint: Instance) -> None:
    answer = endpoint.ask(member("north"), "{ organisation { name } }")
    assert answer.codes == ["FORBIDDEN"]
    assert answer.operations == []


def test_an_invoices_customer_is_one_more_call(endpoint: Instance) -> None:
    text = "query($id: ID!) { invoice(id: $id) { customer { displayName } } }"
    answer = endpoint.ask(STAFF, text, id=id_of(OWN_INVOICE))
    assert answer.data["invoice"]["customer"] == {"displayName": "Ada of north"}
    assert answer.operations == ["GetItem", "GetItem"]
    gone = endpoint.ask(STAFF, text, id=id_of(invoice("north", id=OTHER_ID)))
    assert gone.data == {"invoice": {"customer": None}}
    assert INVOICE_ID != OTHER_ID


def test_a_missing_organisation_is_a_masked_defect(
    endpoint: Instance, installation: Installation
) -> None:
    empty = installation.new_tenant()
    answer = endpoint.ask(member(empty, Role.ADMIN), "{ organisation { name } }")
    assert answer.codes == ["INTERNAL"]
    assert "organisation" not in answer.body["errors"][0]["message"]


def test_an_operator_reads_a_tenants_record_in_one_call(operators: Instance) -> None:
    olga = Identity(None, "olga", frozenset({Role.PLATFORM}))
    text = "query($id: ID!) { tenant(id: $id) { id name tier status table createdAt } }"
    answer = operators.ask(olga, text, id="north")
    assert answer.data["tenant"] == {
        "id": "north",
        "name": "Acme Trading",
        "tier": "BASIC",
        "status": "ACTIVE",
        "table": answer.data["tenant"]["table"],
        "createdAt": AT,
    }
    assert answer.operations == ["GetItem"]
    assert operators.ask(olga, text, id="nowhere").data == {"tenant": None}
    malformed = operators.ask(olga, text, id="NORTH#*")
    assert (malformed.data, malformed.operations) == ({"tenant": None}, [])


def test_the_endpoints_are_not_for_each_other(endpoint: Instance, operators: Instance) -> None:
    olga = Identity(None, "olga", frozenset({Role.PLATFORM}))
    for instance, who, text in (
        (endpoint, olga, "{ organisation { name } }"),
        (operators, STAFF, '{ tenant(id: "north") { id } }'),
    ):
        answer = instance.ask(who, text)
        assert (answer.status, answer.codes, answer.operations) == (403, ["FORBIDDEN"], [])
