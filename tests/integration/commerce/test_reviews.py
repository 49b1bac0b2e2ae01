"""Reviews: one a customer a product, the newest first, and their stars added up in the product."""

from typing import Any, Final

import pytest

from tenantql.commerce.model import Product, Review
from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.shop import PROBLEMS, Shop, codes
from tests.integration.installation import Answer, id_of, member
from tests.unit.commerce.builders import AUDIT, id_of_number, time_of_number

ADD: Final = f"""mutation($i: AddReviewInput!) {{ addReview(input: $i) {{
  review {{ id rating author text }} {PROBLEMS} }} }}"""
WITHDRAW: Final = f"""mutation($i: WithdrawReviewInput!) {{ withdrawReview(input: $i) {{
  {PROBLEMS} }} }}"""
WITHDRAW_AND_LOOK: Final = f"""mutation($i: WithdrawReviewInput!) {{ withdrawReview(input: $i) {{
  product {{ rating {{ average count }} }} {PROBLEMS} }} }}"""
LIST: Final = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  reviews(productId: $id, first: $first, after: $after, last: $last, before: $before) {
    nodes { author } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
RATING: Final = "query($id: ID!) { product(id: $id) { rating { average count } } }"


def add(shop: Shop, product: Product, who: Identity | None = None, **fields: Any) -> Answer:
    wanted = {"productId": id_of(product), "rating": 4, "author": "Ada"} | fields
    return shop.instance.ask(who or shop.customer, ADD, i=wanted)


def rating(shop: Shop, product: Product) -> Any:
    found = shop.instance.ask(shop.customer, RATING, id=id_of(product))
    return found.data["product"]["rating"]


def customer(shop: Shop, name: str) -> Identity:
    return member(shop.tenant, Role.CUSTOMER, subject=name)


@pytest.mark.pattern("P11")
def test_a_review_is_added_once_a_customer_and_counts(shop: Shop) -> None:
    product = shop.stocked()
    assert rating(shop, product) is None
    first = add(shop, product, rating=5, text="Boils.")
    assert first.operations == ["TransactWriteItems"]
    assert first.data["addReview"]["review"]["text"] == "Boils."
    assert codes(add(shop, product, rating=1).data["addReview"]) == ["TAKEN"]
    for number, stars in enumerate((4, 4)):
        add(shop, product, customer(shop, f"other-{number}"), rating=stars)
    assert rating(shop, product) == {"average": 4.3, "count": 3}


@pytest.mark.pattern("P11")
def test_a_review_is_withdrawn_with_its_stars(shop: Shop) -> None:
    product = shop.stocked()
    review = add(shop, product, rating=5).data["addReview"]["review"]["id"]
    other = customer(shop, "other")
    add(shop, product, other, rating=2)
    seen = {"id": review, "rating": 4}
    assert codes(shop.change(shop.customer, WITHDRAW, **seen)) == ["CHANGED"]
    seen["rating"] = 5
    assert shop.instance.ask(other, WITHDRAW, i=seen).codes == ["NOT_FOUND"]
    withdrawn = shop.instance.ask(shop.customer, WITHDRAW_AND_LOOK, i=seen)
    assert withdrawn.operations == ["TransactWriteItems", "GetItem"]
    shown = {"rating": {"average": 2.0, "count": 1}}
    assert withdrawn.data["withdrawReview"]["product"] == shown
    assert shop.instance.ask(shop.customer, WITHDRAW, i=seen).codes == ["NOT_FOUND"]
    again = add(shop, product, rating=1).data["addReview"]["review"]["id"]
    removed = shop.instance.ask(shop.staff, WITHDRAW, i={"id": again, "rating": 1})
    assert removed.operations == ["TransactWriteItems"]
    assert rating(shop, product) == {"average": 2.0, "count": 1}


@pytest.mark.pattern("P11")
def test_reviews_are_listed_newest_first_by_one_query(shop: Shop) -> None:
    product = shop.stocked()
    # Two at a time: the customer's id decides between them.
    for number in range(7):
        audit: dict[str, Any] = AUDIT | {"created_at": time_of_number(number // 2)}
        shop.installation.write(
            Review(
                tenant=shop.tenant,
                **audit,
                product=product.id,
                customer=id_of_number(number),
                rating=3,
                author=f"{number}",
            )
        )
    wanted = [str(number) for number in reversed(range(7))]
    for forward in (True, False):
        found: list[str] = []
        cursor: str | None = None
        more = True
        while more:
            window = {"first": 3, "after": cursor} if forward else {"last": 3, "before": cursor}
            answer = shop.instance.ask(shop.customer, LIST, id=id_of(product), **window)
            assert answer.operations == ["Query"]
            assert answer.calls[0].parameters["IndexName"] == "GSI1"
            page = answer.data["reviews"]
            names = [node["author"] for node in page["nodes"]]
            found = found + names if forward else names + found
            more = page["pageInfo"]["hasNextPage" if forward else "hasPreviousPage"]
            cursor = page["pageInfo"]["endCursor" if forward else "startCursor"]
        assert found == wanted
    text = "query($id: ID!) { product(id: $id) { reviews(first: 2) { nodes { author } } } }"
    answer = shop.instance.ask(shop.customer, text, id=id_of(product))
    nodes = answer.data["product"]["reviews"]["nodes"]
    assert [node["author"] for node in nodes] == wanted[:2]
    assert answer.operations == ["GetItem", "Query"]


def test_a_key_makes_it_safe_to_repeat(shop: Shop) -> None:
    product = shop.stocked()
    first, second = (add(shop, product, idempotencyKey="a") for _ in range(2))
    assert first.data == second.data
    assert rating(shop, product)["count"] == 1
    changed = add(shop, product, idempotencyKey="a", rating=1)
    assert codes(changed.data["addReview"]) == ["KEY_REUSED"]
    seen = {
        "id": first.data["addReview"]["review"]["id"],
        "rating": 4,
        "idempotencyKey": "b",
    }
    for _ in range(2):
        assert codes(shop.change(shop.customer, WITHDRAW, **seen)) == []
    assert rating(shop, product) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"author": " "}, "author"),
        ({"author": "x" * 101}, "author"),
        ({"text": "x" * 2_001}, "text"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
    ],
)
def test_what_is_wrong_is_told_before_a_call(shop: Shop, fields: Any, field: str) -> None:
    answer = add(shop, shop.stocked(), **fields)
    (problem,) = answer.data["addReview"]["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", [field])
    assert answer.operations == []


def test_a_product_that_is_gone_is_not_reviewed(shop: Shop) -> None:
    gone = shop.stocked(deleted_at="2026-11-21T00:00:00.000Z")
    assert add(shop, gone).codes == ["NOT_FOUND"]
    other = Shop(shop.installation, shop.instance).stocked()
    assert add(shop, other).codes == ["NOT_FOUND"]
