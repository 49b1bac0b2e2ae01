"""Stock: changed and counted by hand, repeated safely, and told by its journal."""

from typing import Any, Final

import pytest

from tenantql.commerce.stocks import MAX_PIECES
from tenantql.engine.changes import Record
from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.faults import Ahead
from tests.integration.commerce.market import DELETE
from tests.integration.commerce.shop import ADJUST, PROBLEMS, Shop, codes
from tests.integration.commerce.stream import Stream
from tests.integration.installation import Answer, member

SET: Final = f"""mutation($i: SetStockInput!) {{ setStock(input: $i) {{
  stock {{ available warehouses {{ warehouse quantity }} }} {PROBLEMS} }} }}"""
HISTORY: Final = """query($id: ID!, $first: Int, $after: String) { stock(productId: $id) {
  movements(first: $first, after: $after) { nodes { kind available reserved orderNumber
    warehouses { warehouse quantity } } pageInfo { hasNextPage endCursor } } } }"""


def change(
    shop: Shop, text: str, product: str, who: Identity | None = None, **fields: Any
) -> Answer:
    wanted = {"productId": product, "warehouse": "berlin"} | fields
    return shop.instance.ask(who or shop.seller, text, i=wanted)


@pytest.mark.pattern("P7")
def test_a_stock_is_set_if_it_is_as_it_was_seen(shop: Shop) -> None:
    product = shop.product(pieces=0)
    done = change(shop, SET, product, quantity=7, expected=0)
    assert done.operations == ["UpdateItem"]
    assert done.data["setStock"]["stock"] == {
        "available": 7,
        "warehouses": [{"warehouse": "berlin", "quantity": 7}],
    }
    refused = change(shop, SET, product, quantity=9, expected=8).data["setStock"]
    assert codes(refused) == ["CHANGED"]
    assert "7 pieces" in refused["userErrors"][0]["message"]
    assert codes(change(shop, SET, product, quantity=3, expected=7).data["setStock"]) == []
    assert codes(change(shop, SET, product, quantity=0, expected=3).data["setStock"]) == []
    (stock,) = shop.books().stocks
    assert (stock.available, stock.warehouses) == (0, {"berlin": 0})
    # Nothing there, whether it was ever counted or not.
    assert codes(change(shop, SET, product, quantity=1, expected=0).data["setStock"]) == []


def test_what_is_reserved_is_not_counted_away(shop: Shop) -> None:
    product = shop.product(pieces=5)
    shop.order(product, 3)
    refused = change(shop, SET, product, quantity=2, expected=5).data["setStock"]
    assert codes(refused) == ["OUT_OF_STOCK"]
    assert refused["userErrors"][0]["field"] == ["quantity"]
    assert codes(change(shop, SET, product, quantity=3, expected=5).data["setStock"]) == []
    shop.books().balance()


@pytest.mark.pattern("P7")
@pytest.mark.parametrize(
    ("text", "fields"), [(ADJUST, {"by": 5}), (SET, {"quantity": 5, "expected": 0})]
)
def test_a_key_makes_it_safe_to_repeat(shop: Shop, text: str, fields: dict[str, Any]) -> None:
    product = shop.product(pieces=0)
    first, second = (change(shop, text, product, idempotencyKey="a", **fields) for _ in range(2))
    assert first.data == second.data
    assert first.operations == second.operations == ["TransactWriteItems", "GetItem"]
    assert len(first.calls[0].parameters["TransactItems"]) == 2
    assert [stock.available for stock in shop.books().stocks] == [5]
    other = change(shop, text, product, idempotencyKey="a", warehouse="paris", **fields)
    (payload,) = other.data.values()
    assert codes(payload) == ["KEY_REUSED"]


def test_what_is_wrong_is_told_before_a_call(shop: Shop) -> None:
    product = shop.product(pieces=0)
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"quantity": -1, "expected": 0}, "quantity"),
        ({"quantity": MAX_PIECES + 1, "expected": 0}, "quantity"),
        ({"quantity": 0, "expected": -1}, "expected"),
        ({"quantity": 1, "expected": 0, "warehouse": "Berlin"}, "warehouse"),
        ({"quantity": 1, "expected": 0, "idempotencyKey": ""}, "idempotencyKey"),
    )
    for fields, field in cases:
        answer = change(shop, SET, product, **fields)
        (problem,) = answer.data["setStock"]["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", [field])
        assert answer.operations == []


def test_another_sellers_stock_is_not_there(shop: Shop) -> None:
    product = shop.product(pieces=1)
    other = member(shop.tenant, Role.SELLER, subject="another-seller")
    fields: dict[str, Any] = {"quantity": 5, "expected": 1}
    assert change(shop, SET, product, other, **fields).codes == ["NOT_FOUND"]
    assert shop.instance.ask(other, HISTORY, id=product).data == {"stock": None}
    by_product = "query($id: ID!) { product(id: $id) { title stock { available } } }"
    found = shop.instance.ask(other, by_product, id=product).data["product"]
    assert found == {"title": "Kettle", "stock": None}
    assert change(shop, SET, product, shop.staff, **fields).codes == []


@pytest.mark.pattern("P7", "P8")
def test_the_journal_has_every_change_once_the_latest_first(shop: Shop) -> None:
    stream = Stream(shop)
    product = shop.product(pieces=5)
    change(shop, SET, product, quantity=8, expected=5)
    order = shop.order(product, 2)
    # A copy of the price is no change of pieces.
    price = {"amount": 999, "currency": "EUR"}
    text = "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { userErrors { code } } }"
    shop.change(shop.seller, text, id=product, price=price)
    change(shop, ADJUST, product, by=-1)
    stream.settle_untidily(seed=7)
    berlin = [{"warehouse": "berlin", "quantity": quantity} for quantity in (-1, 3, 5)]
    wanted: list[dict[str, Any]] = [
        {"kind": "ADJUSTED", "available": -1, "reserved": 0, "warehouses": berlin[:1]},
        {"kind": "RESERVED", "available": -2, "reserved": 2, "warehouses": []},
        {"kind": "COUNTED", "available": 3, "reserved": 0, "warehouses": berlin[1:2]},
        {"kind": "ADJUSTED", "available": 5, "reserved": 0, "warehouses": berlin[2:]},
    ]
    numbers = [None, order["number"], None, None]
    found: list[Any] = []
    cursor, more = None, True
    while more:
        answer = shop.instance.ask(shop.seller, HISTORY, id=product, first=3, after=cursor)
        assert answer.operations == ["GetItem", "Query"]
        page = answer.data["stock"]["movements"]
        found += page["nodes"]
        more, cursor = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert found == [
        {**each, "orderNumber": number} for each, number in zip(wanted, numbers, strict=True)
    ]


@pytest.mark.pattern("P8")
def test_a_stock_in_every_warehouse_is_one_read(shop: Shop) -> None:
    product = shop.product(pieces=5)
    change(shop, ADJUST, product, warehouse="paris", by=2)
    text = (
        "query($id: ID!) { stock(productId: $id) { available warehouses { warehouse quantity } } }"
    )
    answer = shop.instance.ask(shop.seller, text, id=product)
    assert answer.operations == ["GetItem"]
    assert answer.calls[0].parameters["ConsistentRead"] is True
    assert answer.data["stock"] == {
        "available": 7,
        "warehouses": [
            {"warehouse": "berlin", "quantity": 5},
            {"warehouse": "paris", "quantity": 2},
        ],
    }


@pytest.mark.pattern("P1", "P6")
def test_lists_follow_the_stream(shop: Shop) -> None:
    """From a product's creation to its end: by the real stream, repeated and out of order."""
    stream = Stream(shop)
    text = """query($in: Boolean!) { products(filter: { inStock: $in }) { nodes { title inStock
      price { amount } rating } } }"""

    def listed(in_stock: bool) -> list[Any]:
        stream.settle_untidily(seed=3)
        return shop.instance.ask(shop.customer, text, **{"in": in_stock}).data["products"]["nodes"]

    product = shop.product(price=1250, pieces=1)
    card = {"title": "Kettle", "inStock": True, "price": {"amount": 1250}, "rating": None}
    assert listed(False) == listed(True) == [card]
    shop.order(product, 1)
    assert listed(True) == []
    assert listed(False) == [card | {"inStock": False}]
    review = """mutation($i: AddReviewInput!) { addReview(input: $i) { userErrors { code } } }"""
    shop.change(shop.customer, review, productId=product, rating=4, author="Ada")
    assert listed(False) == [card | {"inStock": False, "rating": 4.0}]
    delete = "mutation($i: DeleteProductInput!) { deleteProduct(input: $i) { deletedId } }"
    shop.instance.ask(shop.seller, delete, i={"id": product})
    assert listed(False) == []
    kinds = {item["type"]["S"] for item in shop.installation.items(shop.tenant)}
    assert "ProductCard" not in kinds


def test_a_product_is_known_by_its_card_alone(shop: Shop) -> None:
    """The seller that a card names is one that lists take."""
    stream = Stream(shop)
    product = shop.product()
    stream.settle()
    text = "{ products { nodes { productId sellerId } } }"
    (card,) = shop.instance.ask(shop.customer, text).data["products"]["nodes"]
    assert card["productId"] == product
    of_seller = "query($id: ID!) { products(filter: { sellerId: $id }) { nodes { productId } } }"
    answer = shop.instance.ask(shop.customer, of_seller, id=card["sellerId"])
    assert answer.data["products"]["nodes"] == [{"productId": product}]


@pytest.mark.parametrize("operation", ["PutItem", "GetItem", None])
def test_a_late_entry_outlives_no_product(shop: Shop, operation: str | None) -> None:
    """The product, and what stood beside it, goes before, or ahead of the entry, or of a look."""
    stream = Stream(shop)
    product = shop.product(pieces=5)
    adjusted = [each for each in stream.read() if _is_stock(each)]

    def take_off() -> None:
        assert codes(shop.change(shop.seller, DELETE, id=product)) == []
        stream.settle()

    if operation is None:
        take_off()
    stream.deliver(
        adjusted, lambda wire: Ahead(wire, lambda call: call.operation == operation, take_off)
    )
    stream.settle()
    # And once more, all of it.
    stream.deliver(adjusted)
    assert not {"Product", "Stock", "StockMovement"} & shop.books().items.keys()


def _is_stock(record: Record) -> bool:
    return record.after is not None and record.after["type"] == {"S": "Stock"}
