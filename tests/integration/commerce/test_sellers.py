"""Sellers: a user becomes one (U6), and says what customers are to see (U9)."""

from typing import Any

import pytest

from tenantql.commerce.model import SellerProfile
from tenantql.tenancy.identity import Role
from tests.integration.commerce.shop import Shop, codes
from tests.integration.installation import Answer, Installation, id_of, member
from tests.unit.builders import user
from tests.unit.commerce.builders import AUDIT, CUSTOMER, SELLER, id_of_number

FIELDS = "id name description version"
MAKE = f"""mutation($i: MakeSellerInput!) {{ makeSeller(input: $i) {{
  seller {{ {FIELDS} }} userErrors {{ code message field }} }} }}"""
UPDATE = f"""mutation($i: UpdateSellerProfileInput!) {{ updateSellerProfile(input: $i) {{
  seller {{ {FIELDS} }} userErrors {{ code message field }} }} }}"""
READ = f"query($id: ID) {{ sellerProfile(id: $id) {{ {FIELDS} }} }}"


@pytest.fixture
def people(shop: Shop) -> Shop:
    return shop.with_people()


def make(shop: Shop, subject: str = CUSTOMER, **changed: Any) -> Answer:
    fields = {"userId": id_of(user(shop.tenant, id=subject)), "name": "Ada's pans", **changed}
    return shop.instance.ask(shop.staff, MAKE, i=fields)


def profile(shop: Shop, seller: str = SELLER, **changed: Any) -> SellerProfile:
    """A seller's profile, written past the mutations."""
    values: dict[str, Any] = {"name": "Sel", "description": "Pans.", **changed}
    made = SellerProfile(tenant=shop.tenant, **AUDIT, seller=seller, **values)
    shop.installation.write(made)
    return made


@pytest.mark.pattern("U6")
def test_a_user_becomes_a_seller_in_one_transaction(people: Shop) -> None:
    answer = make(people, name=" Ada's pans ", description="Cast iron.")
    made = answer.data["makeSeller"]["seller"]
    assert answer.operations == ["TransactWriteItems"]
    assert len(answer.calls[0].parameters["TransactItems"]) == 2
    assert (made["name"], made["description"]) == ("Ada's pans", "Cast iron.")
    text = "query($id: ID!) { user(id: $id) { roles version sellerProfile { name } } }"
    found = people.instance.ask(people.staff, text, id=id_of(user(people.tenant, id=CUSTOMER)))
    assert found.data["user"] == {
        "roles": ["CUSTOMER", "SELLER"],
        "version": 2,
        "sellerProfile": {"name": "Ada's pans"},
    }
    assert people.instance.ask(people.customer, READ, id=made["id"]).data["sellerProfile"] == made


def test_nobody_becomes_a_seller_twice(people: Shop) -> None:
    profile(people)
    refused = make(people, SELLER)
    assert codes(refused.data["makeSeller"]) == ["TAKEN"]
    assert refused.operations == ["TransactWriteItems"]


def test_a_user_who_is_not_there_becomes_no_seller(
    people: Shop, installation: Installation
) -> None:
    assert make(people, id_of_number(9)).codes == ["NOT_FOUND"]
    foreign = id_of(user(installation.new_tenant(), id=CUSTOMER))
    assert make(people, userId=foreign).codes == ["NOT_FOUND"]
    assert "SellerProfile" not in people.books().items


def test_a_repeated_key_returns_the_first_seller(people: Shop) -> None:
    first = make(people, idempotencyKey="a")
    again = make(people, idempotencyKey="a")
    assert again.data == first.data
    assert again.operations == ["TransactWriteItems", "GetItem"]
    assert codes(make(people, idempotencyKey="a", name="B").data["makeSeller"]) == ["KEY_REUSED"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "\N{GRINNING FACE}" * 21}, "name"),
        ({"description": "d" * 2001}, "description"),
    ],
)
def test_what_does_not_fit_makes_no_call(people: Shop, changed: dict[str, str], field: str) -> None:
    refused = make(people, **changed)
    (problem,) = refused.data["makeSeller"]["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", [field])
    assert refused.operations == []
    own = profile(people)
    fields = {"id": id_of(own), "version": 1, **changed}
    other = people.instance.ask(people.seller, UPDATE, i=fields)
    assert codes(other.data["updateSellerProfile"]) == ["INVALID"]
    assert other.operations == []


@pytest.mark.pattern("U9")
def test_a_sellers_profile_is_read_and_changed_in_one_call_each(people: Shop) -> None:
    made = profile(people)
    for who, id in ((people.seller, None), (people.customer, id_of(made))):
        answer = people.instance.ask(who, READ, id=id)
        assert answer.data["sellerProfile"] == {
            "id": id_of(made),
            "name": "Sel",
            "description": "Pans.",
            "version": 1,
        }
        assert answer.operations == ["GetItem"]
        assert answer.calls[0].parameters["ConsistentRead"] is True
    changed = people.instance.ask(
        people.seller, UPDATE, i={"id": id_of(made), "version": 1, "name": "Sel & sons"}
    )
    found = changed.data["updateSellerProfile"]["seller"]
    assert (found["name"], found["description"], found["version"]) == ("Sel & sons", "Pans.", 2)
    assert changed.operations == ["UpdateItem"]
    late = {"id": id_of(made), "version": 1, "description": "Late."}
    assert people.instance.ask(people.staff, UPDATE, i=late).codes == ["CONFLICT"]
    seen = late | {"version": 2}
    again = people.instance.ask(people.staff, UPDATE, i=seen).data["updateSellerProfile"]
    assert (again["seller"]["name"], again["seller"]["description"]) == ("Sel & sons", "Late.")


def test_a_profile_is_changed_by_its_seller_and_staff(
    people: Shop, installation: Installation
) -> None:
    made = profile(people)
    fields = {"id": id_of(made), "version": 1, "name": "Mine"}
    other = member(people.tenant, Role.SELLER, subject=id_of_number(5))
    for who in (other, people.customer):
        refused = people.instance.ask(who, UPDATE, i=fields)
        assert refused.codes == ["FORBIDDEN"]
        assert refused.operations == []
    elsewhere = member(installation.new_tenant(), Role.ADMIN)
    assert people.instance.ask(elsewhere, UPDATE, i=fields).codes == ["NOT_FOUND"]
    missing = SellerProfile(tenant=people.tenant, **AUDIT, seller=id_of_number(5), name="x")
    nobody = fields | {"id": id_of(missing)}
    assert people.instance.ask(people.staff, UPDATE, i=nobody).codes == ["NOT_FOUND"]


def test_a_sellers_user_is_for_the_seller_and_staff(people: Shop) -> None:
    made = profile(people)
    text = "query($id: ID!) { sellerProfile(id: $id) { name user { email } } }"
    shown = {people.seller: "s@example.com", people.staff: "s@example.com", people.customer: None}
    for who, email in shown.items():
        found = people.instance.ask(who, text, id=id_of(made)).data["sellerProfile"]
        assert found == {"name": "Sel", "user": email and {"email": email}}
