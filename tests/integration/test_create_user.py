"""Creating users, U1: one transaction, names unique in the tenant, whoever comes first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tenantql.tenancy.identity import Role
from tenantql.tenancy.policy import Level
from tests.integration.installation import Answer, Installation, Instance, member

CREATE = """
mutation($input: CreateUserInput!) {
  createUser(input: $input) {
    user { id subject email username displayName roles createdAt updatedAt }
    userErrors { code message field }
  }
}
"""
THREADS = 20


@pytest.fixture
def tenant(installation: Installation) -> str:
    return installation.new_tenant(shards=4)


def create(
    instance: Instance, tenant: str, name: str, *, email: str | None = None, **changed: Any
) -> Answer:
    address = email or f"{name}@example.com"
    new = {"email": address, "username": name, "displayName": name.title(), **changed}
    return instance.ask(member(tenant, Role.STAFF, subject="staff-1"), CREATE, input=new)


def errors(answer: Answer) -> list[tuple[str, list[str]]]:
    payload = answer.data["createUser"]
    assert payload["user"] is None
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def types(installation: Installation, tenant: str) -> list[str]:
    return sorted(item["type"]["S"] for item in installation.items(tenant))


WHOLE = ["UniqueClaim", "UniqueClaim", "User"]


@pytest.mark.pattern("U1")
def test_a_user_is_one_transaction_and_is_found_again(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    answer = create(endpoint, tenant, "ada", email="Ada@Example.com", roles=["SELLER", "CUSTOMER"])
    made = answer.data["createUser"]["user"]
    assert answer.data["createUser"]["userErrors"] == []
    assert answer.operations == ["TransactWriteItems"]
    assert (answer.line["calls"], answer.line["kind"]) == (1, "mutation")
    assert types(installation, tenant) == WHOLE
    staff = member(tenant, Role.STAFF)
    fields = "{ id subject email username displayName roles createdAt updatedAt }"
    by_id = endpoint.ask(staff, f"query($id: ID!) {{ user(id: $id) {fields} }}", id=made["id"])
    assert by_id.data == {"user": made}
    text = f"query($e: EmailAddress!) {{ userByEmail(email: $e) {fields} }}"
    assert endpoint.ask(staff, text, e="ADA@EXAMPLE.COM").data == {"userByEmail": made}
    (item,) = [each for each in installation.items(tenant) if each["type"] == {"S": "User"}]
    assert item["created_by"] == {"S": "staff-1"}
    assert item["GSI3PK"]["S"].rpartition("#")[2] in {"00", "01", "02", "03"}


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({"email": "ADA@EXAMPLE.COM"}, ["email"]),
        ({"username": "ADA"}, ["username"]),
        ({"email": "\uff21da@example.com", "username": "a\uff44A"}, ["email", "username"]),
    ],
)
def test_names_are_taken_whatever_their_case_and_form(
    endpoint: Instance,
    installation: Installation,
    tenant: str,
    changed: dict[str, str],
    taken: list[str],
) -> None:
    assert create(endpoint, tenant, "ada").data["createUser"]["userErrors"] == []
    other = {"email": "other@example.com", "username": "other"} | changed
    name = other.pop("username")
    assert errors(create(endpoint, tenant, name, **other)) == [
        ("TAKEN", [field]) for field in taken
    ]
    assert types(installation, tenant) == WHOLE, "nothing of the second was written"


def test_names_are_free_in_another_tenant(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    other = installation.new_tenant()
    for each in (tenant, other):
        assert create(endpoint, each, "ada").data["createUser"]["user"]["username"] == "ada"


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"roles": ["ADMIN"]}, "NOT_ALLOWED", "roles"),
        ({"roles": []}, "INVALID", "roles"),
        ({"displayName": " "}, "INVALID", "displayName"),
        ({"idempotencyKey": ""}, "INVALID", "idempotencyKey"),
    ],
)
def test_bad_input_makes_no_call(
    endpoint: Instance, tenant: str, changed: dict[str, Any], code: str, field: str
) -> None:
    answer = create(endpoint, tenant, "ada", **changed)
    assert errors(answer) == [(code, [field])]
    assert answer.operations == []


def test_a_customer_creates_nobody(endpoint: Instance, tenant: str) -> None:
    new = {"email": "a@example.com", "username": "ada", "displayName": "Ada"}
    answer = endpoint.ask(member(tenant, Role.CUSTOMER), CREATE, input=new)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.operations == []


def at_once(installation: Installation, *inputs: dict[str, Any], tenant: str) -> list[Answer]:
    """Creates users at the same moment, each by an instance of its own."""
    start = threading.Barrier(len(inputs), timeout=30)
    installation.vendor.access(tenant, installation.stack.data_table, Level.WRITE)

    def run(instance: Instance, new: dict[str, Any]) -> Answer:
        # Credentials and route are there, so that the writes themselves meet.
        assert instance.ask(member(tenant, Role.STAFF), "{ __typename }").status == 200
        start.wait()
        return create(instance, tenant, **new)

    with ThreadPoolExecutor(len(inputs)) as pool:
        instances = [installation.endpoint() for _ in inputs]
        return [*pool.map(run, instances, inputs)]


def test_of_many_at_once_one_gets_the_address(installation: Installation, tenant: str) -> None:
    inputs = [{"name": f"ada-{n}", "email": "ada@example.com"} for n in range(THREADS)]
    answers = at_once(installation, *inputs, tenant=tenant)
    won = [each for each in answers if (each.body.get("data") or {}).get("createUser", {})["user"]]
    lost = [each for each in answers if each not in won]
    assert len(won) == 1
    # The others are told that it is taken, or that they met the winner's transaction.
    assert all(
        each.codes == ["CONFLICT"] or errors(each) == [("TAKEN", ["email"])] for each in lost
    )
    assert types(installation, tenant) == WHOLE, "no part of a loser is left"
    winner = won[0].data["createUser"]["user"]["subject"]
    claims = [each for each in installation.items(tenant) if each["type"] == {"S": "UniqueClaim"}]
    assert {claim["owner_pk"]["S"] for claim in claims} == {f"TENANT#{tenant}#USER#{winner}"}


def test_a_repeated_key_returns_the_first_user(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    first = create(endpoint, tenant, "ada", idempotencyKey="key-1")
    again = create(endpoint, tenant, "ada", idempotencyKey="key-1")
    assert again.data == first.data
    assert first.operations == ["TransactWriteItems"]
    assert again.operations == ["TransactWriteItems", "GetItem"]
    assert types(installation, tenant) == ["IdempotencyRecord", *WHOLE]


def test_a_key_of_another_input_is_refused(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    create(endpoint, tenant, "ada", idempotencyKey="key-1")
    answer = create(endpoint, tenant, "bob", idempotencyKey="key-1")
    assert errors(answer) == [("KEY_REUSED", ["idempotencyKey"])]
    assert types(installation, tenant) == ["IdempotencyRecord", *WHOLE]


def test_a_key_is_its_users_own(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    create(endpoint, tenant, "ada", idempotencyKey="key-1")
    new = {
        "email": "bob@example.com",
        "username": "bob",
        "displayName": "Bob",
        "idempotencyKey": "key-1",
    }
    other = member(tenant, Role.STAFF, subject="staff-2")
    answer = endpoint.ask(other, CREATE, input=new)
    assert answer.data["createUser"]["user"]["username"] == "bob"


def test_a_key_repeated_at_once_makes_one_user(installation: Installation, tenant: str) -> None:
    inputs: list[dict[str, Any]] = [{"name": "ada", "idempotencyKey": "key-1"}] * 10
    answers = at_once(installation, *inputs, tenant=tenant)
    made = [each for each in answers if each.codes != ["CONFLICT"]]
    assert len({each.data["createUser"]["user"]["id"] for each in made}) == 1
    assert types(installation, tenant) == ["IdempotencyRecord", *WHOLE]
