"""Users change (U5): addresses stay unique, nothing unseen is overwritten; and users go."""

import threading
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from dataclasses import dataclass
from typing import Any

import msgspec.structs
import pytest

from tenantql.accounts.model import User
from tenantql.commerce.consumers import forget
from tenantql.commerce.model import Favourite
from tenantql.engine.changes import Change
from tenantql.table import calls, unique
from tenantql.table.driving import drive
from tenantql.table.writes import Create, Transact
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tests.integration.installation import Answer, Installation, Instance, id_of, member
from tests.unit.builders import route, user
from tests.unit.commerce.builders import AUDIT, cart, id_of_number, order

UPDATE = """mutation($i: UpdateUserInput!) { updateUser(input: $i) {
  %s userErrors { code message field } } }"""
WHOLE = UPDATE % "user { email displayName version subject roles updatedAt }"
BARE = UPDATE % ""
REMOVE = """mutation($i: RemoveUserInput!) { removeUser(input: $i) {
  deletedId userErrors { code message field } } }"""
ADA, BOB = id_of_number(1), id_of_number(2)


@dataclass
class Town:
    """A tenant with two customers, each with their claims."""

    installation: Installation
    instance: Instance
    tenant: str

    @property
    def ada(self) -> Identity:
        return member(self.tenant, Role.CUSTOMER, subject=ADA)

    @property
    def staff(self) -> Identity:
        return member(self.tenant, Role.STAFF)

    @property
    def admin(self) -> Identity:
        return member(self.tenant, Role.ADMIN)

    def add(self, id: str, name: str, *roles: Role) -> User:
        """A user with claims."""
        made = user(
            self.tenant,
            id=id,
            username=name,
            email=f"{name}@example.com",
            roles=frozenset(map(str, roles)) or frozenset({"customer"}),
        )
        self.run(Transact(unique.creation(made)))
        return made

    def run(self, request: Any) -> Any:
        access = self.installation.access(self.tenant)
        return calls.run(self.installation.transport, request, access)

    def update(
        self, who: Identity, subject: str = ADA, text: str = WHOLE, version: int = 1, **fields: Any
    ) -> Answer:
        own = id_of(user(self.tenant, id=subject))
        return self.instance.ask(who, text, i={"id": own, "version": version, **fields})

    def remove(self, who: Identity, subject: str, **fields: Any) -> Answer:
        own = id_of(user(self.tenant, id=subject))
        return self.instance.ask(who, REMOVE, i={"id": own, **fields})

    def claims(self) -> dict[str, str]:
        """Who has which value."""
        items = self.installation.items(self.tenant)
        return {
            item["value"]["S"]: item["owner_pk"]["S"].rpartition("#")[2]
            for item in items
            if item["type"] == {"S": "UniqueClaim"}
        }

    def types(self) -> list[str]:
        return sorted({item["type"]["S"] for item in self.installation.items(self.tenant)})


@pytest.fixture
def town(installation: Installation, endpoint: Instance) -> Town:
    made = Town(installation, endpoint, installation.new_tenant())
    made.add(ADA, "ada")
    made.add(BOB, "bob")
    return made


def problems(answer: Answer) -> list[tuple[str, list[str]]]:
    (found,) = answer.data.values()
    return [(each["code"], each["field"]) for each in found["userErrors"]]


@pytest.mark.pattern("U5")
def test_a_name_changes_in_one_update_which_answers_with_the_user(town: Town) -> None:
    answer = town.update(town.ada, displayName=" Ada L. ")
    found = answer.data["updateUser"]["user"]
    assert (found["displayName"], found["version"]) == ("Ada L.", 2)
    assert (found["email"], found["roles"]) == ("ada@example.com", ["CUSTOMER"])
    assert answer.operations == ["UpdateItem"]
    assert answer.line["calls"] == 1


@pytest.mark.pattern("U5")
def test_a_new_address_is_one_transaction_that_claims_it_and_gives_up_the_old(town: Town) -> None:
    change: dict[str, Any] = {"email": "Ada@new.example", "currentEmail": "ADA@example.com"}
    answer = town.update(town.ada, text=BARE, **change)
    assert problems(answer) == []
    assert answer.operations == ["TransactWriteItems"]
    assert len(answer.calls[0].parameters["TransactItems"]) == 3
    assert town.claims() == {"ada@new.example": ADA, "ada": ADA, "bob@example.com": BOB, "bob": BOB}
    by_email = "query($e: EmailAddress!) { userByEmail(email: $e) { subject email version } }"
    found = town.instance.ask(town.staff, by_email, e="ada@NEW.example").data["userByEmail"]
    assert found == {"subject": ADA, "email": "Ada@new.example", "version": 2}
    assert town.instance.ask(town.staff, by_email, e="ada@example.com").data == {
        "userByEmail": None
    }
    # The address is free for somebody else, and the user is one read more.
    other: dict[str, Any] = {"email": "ada@example.com", "currentEmail": "bob@example.com"}
    moved = town.update(town.staff, BOB, **other)
    assert moved.data["updateUser"]["user"]["email"] == "ada@example.com"
    assert moved.operations == ["TransactWriteItems", "GetItem"]


@pytest.mark.pattern("U5")
def test_the_same_address_in_another_form_needs_no_claim(town: Town) -> None:
    change: dict[str, Any] = {"email": "Ada@Example.com", "currentEmail": "ada@example.com"}
    answer = town.update(town.ada, **change)
    assert answer.data["updateUser"]["user"]["email"] == "Ada@Example.com"
    assert answer.operations == ["UpdateItem"]
    assert town.claims()["ada@example.com"] == ADA


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": "BOB@example.com", "currentEmail": "ada@example.com"}, ("TAKEN", ["email"])),
        ({"email": "a@b.org", "currentEmail": "x@example.com"}, ("INVALID", ["currentEmail"])),
        ({"email": "Ada@example.com", "currentEmail": "a@b.org"}, ("INVALID", ["currentEmail"])),
        ({"email": "a@b.org"}, ("INVALID", ["currentEmail"])),
        ({"displayName": "  "}, ("INVALID", ["displayName"])),
        ({"displayName": "Ada", "idempotencyKey": ""}, ("INVALID", ["idempotencyKey"])),
    ],
)
def test_what_cannot_be_changes_nothing(
    town: Town, fields: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    before = town.installation.items(town.tenant)
    assert problems(town.update(town.ada, **fields)) == [expected]
    assert town.installation.items(town.tenant) == before


@pytest.mark.parametrize(
    "fields", [{"displayName": "A"}, {"email": "a@b.org", "currentEmail": "ada@example.com"}]
)
def test_what_was_not_seen_is_not_overwritten(town: Town, fields: dict[str, Any]) -> None:
    assert town.update(town.ada, displayName="Ada L.").data["updateUser"]["userErrors"] == []
    answer = town.update(town.ada, **fields)
    assert answer.codes == ["CONFLICT"]
    assert town.claims()["ada@example.com"] == ADA


def test_who_may_change_whom(town: Town, installation: Installation) -> None:
    boss, clerk = id_of_number(3), id_of_number(4)
    town.add(boss, "boss", Role.ADMIN)
    town.add(clerk, "clerk", Role.STAFF, Role.CUSTOMER)
    name: dict[str, Any] = {"displayName": "New"}
    assert town.update(town.ada, BOB, **name).codes == ["NOT_FOUND"]
    assert problems(town.update(town.staff, BOB, **name)) == []
    for subject in (boss, clerk):
        assert problems(town.update(town.staff, subject, **name)) == [("NOT_ALLOWED", ["id"])]
    own = member(town.tenant, Role.STAFF, subject=clerk)
    assert problems(town.update(own, clerk, **name)) == []
    assert problems(town.update(town.admin, boss, **name)) == []
    assert town.update(town.admin, id_of_number(9), **name).codes == ["NOT_FOUND"]
    elsewhere = member(installation.new_tenant(), Role.ADMIN)
    refused = town.update(elsewhere, ADA, **name)
    assert (refused.codes, refused.operations) == (["NOT_FOUND"], [])


@pytest.mark.parametrize(
    "fields", [{"displayName": "A"}, {"email": "a@b.org", "currentEmail": "ada@example.com"}]
)
def test_a_repeated_key_changes_nothing_more(town: Town, fields: dict[str, Any]) -> None:
    first = town.update(town.ada, idempotencyKey="a", **fields)
    assert first.operations == ["TransactWriteItems", "GetItem"]
    again = town.update(town.ada, idempotencyKey="a", **fields)
    assert again.data == first.data
    assert again.data["updateUser"]["user"]["version"] == 2
    other = town.update(town.ada, idempotencyKey="a", version=2, **fields)
    assert problems(other) == [("KEY_REUSED", ["idempotencyKey"])]


def test_of_many_at_once_one_gets_the_address(town: Town, installation: Installation) -> None:
    subjects = [id_of_number(number) for number in range(10, 18)]
    for number, subject in enumerate(subjects):
        town.add(subject, f"user{number}")
    start = threading.Barrier(len(subjects), timeout=30)
    installation.vendor.access(town.tenant, installation.stack.data_table, Level.WRITE)

    def change(instance: Instance, number: int) -> Answer:
        assert instance.ask(town.staff, "{ __typename }").status == 200
        start.wait()
        fields: dict[str, Any] = {
            "email": "one@example.com",
            "currentEmail": f"user{number}@example.com",
        }
        return replace(town, instance=instance).update(town.staff, subjects[number], BARE, **fields)

    with ThreadPoolExecutor(len(subjects)) as pool:
        instances = [installation.endpoint() for _ in subjects]
        answers = [*pool.map(change, instances, range(len(subjects)))]
    won = [
        number for number, each in enumerate(answers) if each.codes == [] and problems(each) == []
    ]
    assert len(won) == 1
    lost = [each for number, each in enumerate(answers) if number not in won]
    assert all(
        each.codes == ["CONFLICT"] or problems(each) == [("TAKEN", ["email"])] for each in lost
    )
    claims = town.claims()
    assert claims.pop("one@example.com") == subjects[won[0]]
    assert f"user{won[0]}@example.com" not in claims
    assert len(claims) == 2 * (len(subjects) + 2) - 1


@pytest.mark.pattern("U5")
def test_removing_a_user_frees_the_names_and_revokes_the_tokens(town: Town) -> None:
    bought = order(town.tenant, 1, customer=ADA)
    town.run(Create(bought))
    answer = town.remove(town.admin, ADA)
    assert answer.data["removeUser"] == {
        "deletedId": id_of(user(town.tenant, id=ADA)),
        "userErrors": [],
    }
    assert answer.operations == ["GetItem", "TransactWriteItems"]
    assert len(answer.calls[1].parameters["TransactItems"]) == 4
    assert town.claims() == {"bob@example.com": BOB, "bob": BOB}
    assert town.types() == ["Order", "RevokedTokens", "UniqueClaim", "User"]
    (revoked,) = [
        item
        for item in town.installation.items(town.tenant)
        if item["type"] == {"S": "RevokedTokens"}
    ]
    assert revoked["PK"] == {"S": f"TENANT#{town.tenant}#REVOKED#{ADA}"}
    assert "not_before" in revoked
    text = "query($id: ID!) { order(id: $id) { number customer { id } } }"
    found = town.instance.ask(town.staff, text, id=id_of(bought)).data["order"]
    assert found == {"number": bought.number, "customer": None}
    town.add(id_of_number(5), "ada")


def test_what_a_removed_user_had_chosen_goes_with_the_stream(town: Town) -> None:
    favourites = [
        Favourite(tenant=town.tenant, **AUDIT, customer=ADA, product=id_of_number(number))
        for number in range(60)
    ]
    other = msgspec.structs.replace(favourites[0], customer=BOB)
    bought = order(town.tenant, 1, customer=ADA)
    for item in (*favourites, other, bought, cart(town.tenant, {id_of_number(1): 1}, ADA)):
        town.run(Create(item))
    gone = user(town.tenant, id=ADA)
    for _ in range(2):
        drive(forget(Change(gone, None, route(town.tenant))), town.run)
    assert town.types() == ["Favourite", "Order", "UniqueClaim", "User"]
    left = [
        item for item in town.installation.items(town.tenant) if item["type"] == {"S": "Favourite"}
    ]
    assert [item["customer"]["S"] for item in left] == [BOB]
    drive(forget(Change(gone, gone, route(town.tenant))), town.run)
    assert len(town.installation.items(town.tenant)) == 2 + 4 + 2


def test_who_cannot_be_removed(town: Town, installation: Installation) -> None:
    seller = id_of_number(3)
    town.add(seller, "sel", Role.SELLER)
    assert problems(town.remove(town.admin, seller)) == [("NOT_ALLOWED", ["id"])]
    own = member(town.tenant, Role.ADMIN, subject=ADA)
    assert problems(town.remove(own, ADA)) == [("NOT_ALLOWED", ["id"])]
    assert town.remove(town.staff, BOB).codes == ["FORBIDDEN"]
    assert town.remove(town.admin, id_of_number(9)).codes == ["NOT_FOUND"]
    elsewhere = member(installation.new_tenant(), Role.ADMIN)
    assert town.remove(elsewhere, ADA).codes == ["NOT_FOUND"]
    assert len(town.claims()) == 6


def test_removing_again_with_the_same_key_is_a_success(town: Town) -> None:
    for _ in range(2):
        assert problems(town.remove(town.admin, ADA, idempotencyKey="a")) == []
    assert town.remove(town.admin, ADA).codes == ["NOT_FOUND"]
    assert town.remove(town.admin, ADA, idempotencyKey="b").codes == ["NOT_FOUND"]
