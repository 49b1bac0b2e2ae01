"""What a customer has: profile with orders (U10), favourites (U11), loyalty points (U12)."""

from typing import Any

import pytest

from tenantql.commerce.consumers import enter_points
from tenantql.commerce.model import CustomerAccount, Favourite, PointsChange, PointsReason
from tenantql.engine.changes import Change
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.shop import Shop
from tests.integration.commerce.world import COUNT, World
from tests.integration.installation import Installation, Instance, id_of, member
from tests.unit.builders import route, user
from tests.unit.commerce.builders import (
    AUDIT,
    CUSTOMER,
    id_of_number,
    order,
    product,
    time_of_number,
)

PROFILE = """query($id: ID, $first: Int! = 2) { profile(userId: $id, first: $first) {
  user { subject } orders { nodes { placedAt } pageInfo { endCursor hasNextPage } } } }"""
ORDERS = """query($after: String) { orders(first: 2, after: $after) {
  nodes { placedAt } pageInfo { hasPreviousPage } } }"""


def placed(*numbers: int) -> list[dict[str, str]]:
    return [{"placedAt": time_of_number(number)} for number in numbers]


@pytest.mark.pattern("U10")
def test_a_profile_and_its_latest_orders_are_one_query(world: World, endpoint: Instance) -> None:
    answer = endpoint.ask(world.customer, PROFILE)
    found = answer.data["profile"]
    assert found["user"] == {"subject": CUSTOMER}
    assert found["orders"]["nodes"] == placed(106, 105)
    assert found["orders"]["pageInfo"]["hasNextPage"] is True
    assert answer.operations == ["Query"]
    (call,) = answer.calls
    assert call.parameters["Limit"] == 2 + 2
    assert call.parameters["ConsistentRead"] is True
    # The orders go on where the profile has left off.
    rest = endpoint.ask(world.customer, ORDERS, after=found["orders"]["pageInfo"]["endCursor"])
    assert rest.data["orders"] == {
        "nodes": placed(104, 103),
        "pageInfo": {"hasPreviousPage": True},
    }
    assert endpoint.ask(world.staff, PROFILE, id=world.user_id).data == answer.data


@pytest.mark.parametrize(("first", "more"), [(2 * COUNT - 1, True), (2 * COUNT, False)])
def test_a_profile_says_whether_there_are_more_orders(
    world: World, endpoint: Instance, first: int, more: bool
) -> None:
    found = endpoint.ask(world.customer, PROFILE, first=first).data["profile"]["orders"]
    assert len(found["nodes"]) == first
    assert found["pageInfo"]["hasNextPage"] is more


def test_a_profile_without_orders_is_there_and_orders_without_a_profile_are_none(
    shop: Shop,
) -> None:
    assert shop.instance.ask(shop.customer, PROFILE).data == {"profile": None}
    shop.installation.write(order(shop.tenant, 1))
    assert shop.instance.ask(shop.customer, PROFILE).data == {"profile": None}
    shop.with_people()
    newcomer = member(shop.tenant, Role.CUSTOMER, subject=id_of_number(9))
    shop.installation.write(user(shop.tenant, id=id_of_number(9), email="n@x.org", username="new"))
    found = shop.instance.ask(newcomer, PROFILE).data["profile"]
    assert found["user"] == {"subject": id_of_number(9)}
    assert found["orders"]["nodes"] == []
    assert found["orders"]["pageInfo"] == {"endCursor": None, "hasNextPage": False}


FAVOURITE = "mutation($i: FavouriteInput!) { %s(input: $i) { productId userErrors { code } } }"
ADD, REMOVE = (FAVOURITE % name for name in ("addFavourite", "removeFavourite"))
LIST = """query($after: String) { favourites(first: 2, after: $after) {
  nodes { productId %s } pageInfo { endCursor hasNextPage } } }"""
OFFER = "title price { amount currency } inStock"


def favour(shop: Shop, text: str, id: str, who: Identity | None = None) -> list[str]:
    """The calls that a change of the favourites took."""
    answer = shop.instance.ask(who or shop.customer, text, i={"productId": id})
    (found,) = answer.data.values()
    assert found == {"productId": id, "userErrors": []}
    return answer.operations


@pytest.mark.pattern("U11")
def test_favourites_are_added_removed_and_listed_in_one_call_each(shop: Shop) -> None:
    made = [shop.stocked(pieces, title=f"Pan {pieces}") for pieces in (3, 0, 5)]
    ids = [id_of(each) for each in made]
    for id in (*ids, ids[0]):
        assert favour(shop, ADD, id) == ["PutItem"]
    answer = shop.instance.ask(shop.customer, LIST % "")
    page = answer.data["favourites"]
    assert [each["productId"] for each in page["nodes"]] == ids[:2]
    assert answer.operations == ["Query"]
    assert answer.calls[0].parameters["ConsistentRead"] is True
    rest = shop.instance.ask(shop.customer, LIST % "", after=page["pageInfo"]["endCursor"])
    assert rest.data["favourites"]["nodes"] == [{"productId": ids[2]}]
    assert rest.data["favourites"]["pageInfo"]["hasNextPage"] is False
    for _ in range(2):
        assert favour(shop, REMOVE, ids[0]) == ["DeleteItem"]
    left = shop.instance.ask(shop.customer, LIST % "").data["favourites"]["nodes"]
    assert [each["productId"] for each in left] == ids[1:]


@pytest.mark.pattern("U11")
def test_what_is_offered_of_favourites_is_one_round_more(shop: Shop) -> None:
    pan, pot = shop.stocked(3, title="Pan", price=100), shop.stocked(0, title="Pot", price=200)
    for each in (pan, pot):
        favour(shop, ADD, id_of(each))
    answer = shop.instance.ask(shop.customer, LIST % OFFER)
    shown = [{k: v for k, v in node.items() if k != "productId"} for node in _nodes(answer.data)]
    assert shown == [
        {"title": "Pan", "price": {"amount": 100, "currency": "EUR"}, "inStock": True},
        {"title": "Pot", "price": {"amount": 200, "currency": "EUR"}, "inStock": False},
    ]
    assert answer.operations == ["Query", "BatchGetItem"]
    assert answer.line["rounds"] == 2


def _nodes(data: dict[str, Any]) -> list[dict[str, Any]]:
    return data["favourites"]["nodes"]


def test_a_favourite_that_is_not_offered_any_more_has_no_price(shop: Shop) -> None:
    gone = product(shop.tenant, id_of_number(50))
    favour(shop, ADD, id_of(gone))
    (found,) = _nodes(shop.instance.ask(shop.customer, LIST % OFFER).data)
    assert found == {"productId": id_of(gone), "title": None, "price": None, "inStock": False}


def test_favourites_are_ones_own(shop: Shop, installation: Installation) -> None:
    id = id_of(shop.stocked())
    favour(shop, ADD, id)
    other = member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5))
    assert _nodes(shop.instance.ask(other, LIST % "").data) == []
    favour(shop, REMOVE, id, other)
    assert len(_nodes(shop.instance.ask(shop.customer, LIST % "").data)) == 1
    elsewhere = member(installation.new_tenant(), Role.CUSTOMER, subject=CUSTOMER)
    refused = shop.instance.ask(elsewhere, ADD, i={"productId": id})
    assert refused.codes == ["NOT_FOUND"]
    assert refused.operations == []
    wrong = Favourite(tenant=shop.tenant, **AUDIT, customer=CUSTOMER, product=id_of_number(1))
    assert shop.instance.ask(shop.customer, ADD, i={"productId": id_of(wrong)}).codes == [
        "BAD_USER_INPUT"
    ]


LOYALTY = "query($id: ID) { loyalty(userId: $id) { %s } }"
ENTRIES = """entries(first: %d) {
  nodes { points balance why order { number } } pageInfo { hasNextPage } }"""


def earn(shop: Shop, *points: int) -> None:
    """An account whose points came and went so, and the journal that the stream makes of it."""
    bought = order(shop.tenant, 1)
    shop.installation.write(bought)
    access = shop.installation.access(shop.tenant)
    before: CustomerAccount | None = None
    for number, moved in enumerate(points):
        change = PointsChange(
            why=PointsReason.PAID if moved > 0 else PointsReason.REDEEMED,
            order=bought.id,
            placed_at=bought.placed_at,
        )
        after = CustomerAccount(
            tenant=shop.tenant,
            **AUDIT,
            customer=CUSTOMER,
            version=number + 1,
            points=(before.points if before else 0) + moved,
            change=change,
        )
        # A record of the stream can come twice.
        for _ in range(2):
            drive(
                enter_points(Change(before, after, route(shop.tenant))),
                lambda request: calls.run(shop.installation.transport, request, access),
            )
        before = after
    assert before is not None
    shop.installation.write(before)


@pytest.mark.pattern("U12")
def test_points_are_one_read_and_their_journal_is_one_query(shop: Shop) -> None:
    earn(shop, 40, -15, 30)
    points = shop.instance.ask(shop.customer, LOYALTY % "points")
    assert points.data == {"loyalty": {"points": 55}}
    assert points.operations == ["GetItem"]
    journal = shop.instance.ask(shop.customer, LOYALTY % (ENTRIES % 2))
    assert journal.operations[0] == "Query"
    assert journal.data["loyalty"]["entries"]["pageInfo"] == {"hasNextPage": True}
    bought = {"number": order(shop.tenant, 1).number}
    assert journal.data["loyalty"]["entries"]["nodes"] == [
        {"points": 30, "balance": 55, "why": "PAID", "order": bought},
        {"points": -15, "balance": 25, "why": "REDEEMED", "order": bought},
    ]
    alone = shop.instance.ask(shop.customer, LOYALTY % "entries { nodes { balance } }")
    assert [each["balance"] for each in alone.data["loyalty"]["entries"]["nodes"]] == [55, 25, 40]
    assert alone.operations == ["Query"]
    assert alone.calls[0].parameters["ConsistentRead"] is True


def test_who_never_bought_has_no_points(shop: Shop) -> None:
    answer = shop.instance.ask(shop.customer, LOYALTY % f"points {ENTRIES % 2}")
    assert answer.data["loyalty"]["points"] == 0
    assert answer.data["loyalty"]["entries"]["nodes"] == []
    assert answer.line["rounds"] == 1


@pytest.mark.parametrize("field", ["loyalty { points }", "profile { user { id } }"])
def test_what_a_customer_has_is_for_themselves_and_staff(
    shop: Shop, installation: Installation, field: str
) -> None:
    shop.with_people()
    name, _, rest = field.partition(" ")
    text = f"query($id: ID!) {{ {name}(userId: $id) {rest} }}"
    id = id_of(user(shop.tenant, id=CUSTOMER))
    for who in (shop.customer, shop.staff):
        assert shop.instance.ask(who, text, id=id).data[name]
    stranger = member(shop.tenant, Role.CUSTOMER, subject=id_of_number(5))
    refused = shop.instance.ask(stranger, text, id=id)
    assert refused.codes == ["FORBIDDEN"]
    assert refused.operations == []
    elsewhere = member(installation.new_tenant(), Role.ADMIN)
    found = shop.instance.ask(elsewhere, text, id=id).data[name]
    assert found == (None if name == "profile" else {"points": 0})
