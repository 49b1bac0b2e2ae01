"""Lists of products: each combination that is offered is one Query, and has what it is to have."""

from typing import Any, Final

import pytest

from tests.integration.commerce.catalogue import (
    CHILD,
    COUNT,
    ELSEWHERE,
    GRANDCHILD,
    OTHER_SELLER,
    PARENT,
    Catalogue,
)
from tests.integration.installation import Answer, Installation, Instance
from tests.unit.commerce.builders import SELLER, id_of_number

PAGE: Final = """nodes { title } edges { cursor node { title } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"""
WINDOW: Final = "$first: Int, $after: String, $last: Int, $before: String"
SHOWN: Final = "first: $first, after: $after, last: $last, before: $before"
PRODUCTS: Final = f"""query($filter: ProductFilter, $price: PriceOrder, {WINDOW}) {{
  found: products(filter: $filter, byPrice: $price, {SHOWN}) {{ {PAGE} }} }}"""
OF_CATEGORIES: Final = f"""query($ids: [ID!]!, $below: Boolean!, $stock: Boolean!,
  $price: PriceOrder, {WINDOW}) {{ found: productsOfCategories(categoryIds: $ids,
  withSubcategories: $below, inStock: $stock, byPrice: $price, {SHOWN}) {{ {PAGE} }} }}"""

ORDERS: Final[dict[str, dict[str, Any] | None]] = {
    "newest": None,
    "cheapest": {},
    "dearest": {"direction": "DESCENDING"},
    "in a currency": {"range": {"currency": "USD"}},
    "in a range": {"range": {"currency": "EUR", "least": 100, "most": 400}},
    "down to a price": {"direction": "DESCENDING", "range": {"currency": "EUR", "least": 300}},
    "up to a price": {"range": {"currency": "EUR", "least": None, "most": 300}},
}
FILTERS: Final[dict[str, tuple[str | None, str | None]]] = {
    "all": (None, None),
    "category": (PARENT, None),
    "seller": (None, OTHER_SELLER),
    "category and seller": (CHILD, SELLER),
}


@pytest.fixture(scope="session")
def catalogue(installation: Installation) -> Catalogue:
    """Products that no test changes."""
    return Catalogue(installation)


def titles(answer: Answer) -> list[str]:
    page = answer.data["found"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    return [node["title"] for node in page["nodes"]]


def pages(endpoint: Instance, catalogue: Catalogue, text: str, **asked: Any) -> list[Answer]:
    """All pages of a list, forward; those backward say the same."""
    forward, backward = list[Answer](), list[Answer]()
    cursor = None
    while not forward or forward[-1].data["found"]["pageInfo"]["hasNextPage"]:
        forward.append(endpoint.ask(catalogue.customer, text, first=3, after=cursor, **asked))
        cursor = forward[-1].data["found"]["pageInfo"]["endCursor"]
    cursor = None
    while not backward or backward[0].data["found"]["pageInfo"]["hasPreviousPage"]:
        answer = endpoint.ask(catalogue.customer, text, last=3, before=cursor, **asked)
        backward.insert(0, answer)
        cursor = answer.data["found"]["pageInfo"]["startCursor"]
    assert [one for answer in backward for one in titles(answer)] == [
        one for answer in forward for one in titles(answer)
    ]
    return [*forward, *backward]


@pytest.mark.pattern("P1", "P6")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("in_stock", [False, True])
@pytest.mark.parametrize("narrowed", FILTERS)
def test_a_list_is_one_query_of_its_key(
    catalogue: Catalogue, endpoint: Instance, narrowed: str, in_stock: bool, order: str
) -> None:
    category, seller = FILTERS[narrowed]
    by_price = ORDERS[order]
    asked = {
        "categoryId": category and catalogue.category(category),
        "sellerId": seller and catalogue.seller(seller),
        "inStock": in_stock,
    }
    wanted = catalogue.wanted(
        categories=category and [category], seller=seller, in_stock=in_stock, by_price=by_price
    )
    assert wanted or by_price, "an empty list shows nothing"
    found = pages(endpoint, catalogue, PRODUCTS, filter=asked, price=by_price)
    half = found[: len(found) // 2]
    assert [title for answer in half for title in titles(answer)] == wanted
    for answer in found:
        assert answer.operations == ["Query"]
        (call,) = answer.calls
        assert "FilterExpression" not in call.parameters
        assert "IndexName" not in call.parameters


@pytest.mark.pattern("P1")
def test_a_card_shows_what_a_list_needs_and_the_product_is_one_batch_more(
    catalogue: Catalogue, endpoint: Instance
) -> None:
    text = """{ products(first: 4) { nodes { productId title price { amount currency } inStock
      image { key url } rating categoryId categoryName sellerId sellerName } } }"""
    answer = endpoint.ask(catalogue.customer, text)
    newest = catalogue.products[::-1][:4]
    assert [node["title"] for node in answer.data["products"]["nodes"]] == [
        each.title for each in newest
    ]
    first, shown = newest[0], answer.data["products"]["nodes"][0]
    assert shown == {
        "productId": shown["productId"],
        "title": first.title,
        "price": {"amount": first.price, "currency": first.currency},
        "inStock": first.id in catalogue.stocked,
        "image": {"key": first.images[0], "url": None},
        "rating": 3.0,
        "categoryId": first.category and catalogue.category(first.category),
        "categoryName": None,
        "sellerId": catalogue.seller(first.seller),
        "sellerName": None,
    }
    assert answer.operations == ["Query"]
    whole = "{ products(first: 4) { nodes { productId product { id description } } } }"
    answer = endpoint.ask(catalogue.customer, whole)
    for node in answer.data["products"]["nodes"]:
        assert node["product"] == {"id": node["productId"], "description": ""}
    assert answer.line["rounds"] == 2


@pytest.mark.pattern("P3")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("in_stock", [False, True])
def test_categories_are_merged_a_query_each(
    catalogue: Catalogue, endpoint: Instance, in_stock: bool, order: str
) -> None:
    named = [CHILD, ELSEWHERE]
    asked: dict[str, Any] = {"stock": in_stock, "price": ORDERS[order], "below": False}
    asked["ids"] = [catalogue.category(id) for id in named]
    wanted = catalogue.wanted(categories=named, in_stock=in_stock, by_price=ORDERS[order])
    found = pages(endpoint, catalogue, OF_CATEGORIES, **asked)
    assert [title for answer in found[: len(found) // 2] for title in titles(answer)] == wanted
    assert {tuple(answer.operations) for answer in found} == {("Query", "Query")}
    assert all(answer.line["rounds"] == 1 for answer in found)


@pytest.mark.pattern("P3")
def test_subcategories_are_found_by_one_read_more(catalogue: Catalogue, endpoint: Instance) -> None:
    asked: dict[str, Any] = {"stock": False, "price": None, "below": True}
    asked["ids"] = [catalogue.category(PARENT)]
    found = pages(endpoint, catalogue, OF_CATEGORIES, **asked)
    wanted = catalogue.wanted(categories=[PARENT, CHILD, GRANDCHILD])
    assert [title for answer in found[: len(found) // 2] for title in titles(answer)] == wanted
    assert {tuple(answer.operations) for answer in found} == {("GetItem", *["Query"] * 3)}


def test_a_list_of_another_tenants_category_is_empty(
    catalogue: Catalogue, endpoint: Instance, installation: Installation
) -> None:
    stranger = installation.new_tenant()
    foreign = catalogue.category(PARENT, stranger)
    answer = endpoint.ask(catalogue.customer, PRODUCTS, filter={"categoryId": foreign})
    assert titles(answer) == []


@pytest.mark.parametrize(
    "range",
    [
        {"currency": "eur"},
        {"currency": "EURO"},
        {"currency": "EUR", "least": -1},
        {"currency": "EUR", "least": 2, "most": 1},
        {"currency": "EUR", "most": 10**18},
    ],
)
def test_a_wrong_range_is_refused_before_a_call(
    catalogue: Catalogue, endpoint: Instance, range: dict[str, Any]
) -> None:
    answer = endpoint.ask(catalogue.customer, PRODUCTS, price={"range": range})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.operations == []


@pytest.mark.parametrize(
    "field",
    [
        "products(filter: { least: 1 })",
        "products(filter: { range: { currency: EUR } })",
        "products(byName: true)",
        "products(byPrice: { range: { least: 1 } })",
    ],
)
def test_what_no_key_serves_cannot_be_asked_for(
    catalogue: Catalogue, endpoint: Instance, field: str
) -> None:
    answer = endpoint.ask(catalogue.customer, f"{{ {field} {{ nodes {{ title }} }} }}")
    assert {*answer.codes} == {"BAD_USER_INPUT"}
    assert answer.operations == []


def test_a_list_has_1_to_25_categories(catalogue: Catalogue, endpoint: Instance) -> None:
    def asked(count: int) -> Answer:
        ids = [catalogue.category(id_of_number(number)) for number in range(count)]
        return endpoint.ask(
            catalogue.customer, OF_CATEGORIES, ids=ids, below=False, stock=False, price=None
        )

    assert asked(25).operations == ["Query"] * 25
    for count in (0, 26):
        assert asked(count).codes == ["BAD_USER_INPUT"]
        assert asked(count).operations == []


def test_a_cursor_is_good_for_its_own_list_only(catalogue: Catalogue, endpoint: Instance) -> None:
    lists: dict[str, tuple[str, dict[str, Any]]] = {
        "all": (PRODUCTS, {}),
        "in stock": (PRODUCTS, {"filter": {"inStock": True}}),
        "category": (PRODUCTS, {"filter": {"categoryId": catalogue.category(PARENT)}}),
        "other category": (PRODUCTS, {"filter": {"categoryId": catalogue.category(CHILD)}}),
        "seller": (PRODUCTS, {"filter": {"sellerId": catalogue.seller(SELLER)}}),
        "cheapest": (PRODUCTS, {"price": {}}),
        "dearest": (PRODUCTS, {"price": {"direction": "DESCENDING"}}),
        "in a currency": (PRODUCTS, {"price": {"range": {"currency": "EUR"}}}),
        "below": (
            OF_CATEGORIES,
            {"ids": [catalogue.category(PARENT)], "below": True, "stock": False},
        ),
        "not below": (
            OF_CATEGORIES,
            {"ids": [catalogue.category(PARENT)], "below": False, "stock": False},
        ),
    }
    for name, (text, asked) in lists.items():
        page = endpoint.ask(catalogue.customer, text, first=1, **asked).data["found"]
        cursor = page["pageInfo"]["endCursor"]
        for other, (otherwise, others) in lists.items():
            answer = endpoint.ask(catalogue.customer, otherwise, after=cursor, **others)
            assert answer.codes == ([] if other == name else ["BAD_USER_INPUT"]), (name, other)


def test_everything_is_in_the_list_of_all(catalogue: Catalogue, endpoint: Instance) -> None:
    answer = endpoint.ask(catalogue.customer, PRODUCTS, first=100)
    assert len(titles(answer)) == COUNT
