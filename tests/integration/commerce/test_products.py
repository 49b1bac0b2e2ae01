"""The life of a product (P5): offered, changed, moved, taken off."""

from typing import Any

import pytest

from tenantql.commerce.model import (
    Review,
)
from tenantql.table.writes import MAX_BATCH_WRITES
from tenantql.tenancy.identity import Role
from tests.integration.commerce.market import (
    CREATE,
    DELETE,
    EUR,
    PRODUCT,
    QUIETLY,
    UPDATE,
    Market,
    changed,
)
from tests.integration.commerce.shop import ADD, Shop, codes
from tests.integration.installation import Installation, id_of, member
from tests.unit.commerce.builders import (
    AUDIT,
    category,
    id_of_number,
    stock,
)


@pytest.mark.pattern("P5")
def test_a_product_is_offered_in_a_category(market: Market) -> None:
    shop = market.shop
    fields = {"title": "Wok", "price": {"amount": 900, **EUR}, "categoryId": id_of(market.pans)}
    for key, actions in (({}, 3), ({"idempotencyKey": "a"}, 4), ({"idempotencyKey": "a"}, 4)):
        quietly = CREATE.replace("category { name } categoryName sellerName", "")
        answer = shop.instance.ask(shop.seller, quietly, i={**fields, **key})
        assert codes(answer.data["createProduct"]) == []
        assert answer.operations[0] == "TransactWriteItems"
        assert len(answer.calls[0].parameters["TransactItems"]) == actions
    assert (market.count(market.pans), len(market.products)) == (2, 2)
    # The names are there before the stream has come by, and after.
    named = {"category": {"name": "Pans"}, "categoryName": "Pans", "sellerName": "Ada Abt"}
    made = shop.change(shop.seller, CREATE, **fields)["product"]
    assert made == {"id": made["id"], **named}
    market.stream.settle_untidily(1)
    found = shop.instance.ask(shop.customer, PRODUCT, id=made["id"])
    assert found.data["product"] == {
        "title": "Wok",
        "categoryName": "Pans",
        "sellerName": "Ada Abt",
    }
    assert found.operations == ["GetItem"], "P4, copied names and all"
    assert market.count(market.pans) == 3


@pytest.mark.pattern("P5")
def test_a_category_that_is_not_there(market: Market, installation: Installation) -> None:
    shop = market.shop
    made = market.offer()
    before = installation.items(shop.tenant)
    elsewhere = category(installation.new_tenant(), market.pans.id)
    for gone in (category(shop.tenant, id_of_number(5)), elsewhere):
        fields = {"categoryId": id_of(gone)}
        new = {"title": "Wok", "price": {"amount": 900, **EUR}, **fields}
        assert shop.instance.ask(shop.seller, CREATE, i=new).codes == ["NOT_FOUND"]
        changed = shop.instance.ask(shop.seller, UPDATE, i={"id": id_of(made), **fields})
        assert changed.codes == ["NOT_FOUND"]
    assert installation.items(shop.tenant) == before


@pytest.mark.pattern("P5")
def test_a_change_is_one_transaction_and_carts_see_it(market: Market) -> None:
    shop = market.shop
    made = market.offer(of=market.pans, price=1000)
    shop.change(shop.customer, ADD, productId=id_of(made))
    text = {"title": "New", "description": "Newer"}
    price = {"price": {"amount": 1200, **EUR}}
    own = {"id": id_of(made)}
    for fields, actions in (
        (text, 2),
        ({"description": "Still newer"}, 1),
        ({**price, "idempotencyKey": "a"}, 3),
        ({"categoryId": id_of(market.pots)}, 2),
    ):
        answer = shop.instance.ask(shop.seller, QUIETLY, i={**own, **fields})
        assert answer.data == {"updateProduct": {"userErrors": []}}
        assert answer.operations == ["TransactWriteItems"], fields
        assert len(answer.calls[0].parameters["TransactItems"]) == actions
    (stored,) = shop.books().stocks
    assert (stored.title, stored.price) == ("New", 1200)
    assert codes(shop.check_out()) == ["PRICE_CHANGED"]
    shown = market.change(UPDATE, made, title="Newest")["product"]
    assert shown == {
        "title": "Newest",
        "description": "Still newer",
        "price": {"amount": 1200},
        "categoryName": "Pots",
    }
    # The same key again changes nothing, although the price is another by now.
    market.change(UPDATE, made, price={"amount": 1300, **EUR})
    assert codes(market.change(UPDATE, made, **price, idempotencyKey="a")) == []
    assert codes(market.change(UPDATE, made, **text, idempotencyKey="a")) == ["KEY_REUSED"]
    assert shop.books().stocks[0].price == 1300


@pytest.mark.pattern("P5")
def test_a_move_counts_a_product_in_at_once_and_out_once(market: Market) -> None:
    shop = market.shop
    made = market.offer(of=market.pans)
    market.shop.installation.replace(category(shop.tenant, market.pans.id, name="Pans", products=1))
    market.stream.read()
    own = {"id": id_of(made)}
    move = {**own, "categoryId": id_of(market.pots)}
    assert shop.change(shop.seller, QUIETLY, **move)["userErrors"] == []
    assert (market.count(market.pans), market.count(market.pots)) == (1, 1), "never unused"
    # To where it is already, with something else: the second transaction leaves the move out.
    answer = shop.instance.ask(shop.seller, QUIETLY, i={**move, "title": "New"})
    assert answer.operations == ["TransactWriteItems"] * 2
    assert market.products[0].title == "New"
    market.stream.settle_untidily(2)
    assert (market.count(market.pans), market.count(market.pots)) == (0, 1)
    assert market.products[0].category_name == "Pots"
    for _ in range(2):
        assert shop.change(shop.seller, QUIETLY, **own, categoryId=None)["userErrors"] == []
    market.stream.settle_untidily(3)
    assert (market.count(market.pans), market.count(market.pots)) == (0, 0)
    assert (market.products[0].category, market.products[0].category_name) == (None, None)
    # There and back: each move is counted by itself.
    for of in (market.pans, market.pots, market.pans):
        shop.change(shop.seller, QUIETLY, **own, categoryId=id_of(of))
    market.stream.settle_untidily(4)
    assert (market.count(market.pans), market.count(market.pots)) == (1, 0)


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"title": None}, []),
    ({"title": " "}, ["title"]),
    ({"title": "\N{GRINNING FACE}" * 51}, ["title"]),
    ({"description": "\N{GRINNING FACE}" * 1501}, ["description"]),
    ({"price": {"amount": 0, "currency": "EUR"}}, ["price", "amount"]),
    ({"price": {"amount": 1, "currency": "eur"}}, ["price", "currency"]),
]


@pytest.mark.parametrize(("fields", "path"), WRONG)
def test_what_a_product_cannot_become(
    market: Market, fields: dict[str, Any], path: list[str]
) -> None:
    made = market.offer()
    refused = market.change(UPDATE, made, **fields)
    assert codes(refused) == ["INVALID"]
    assert refused["userErrors"][0]["field"] == path
    assert market.products == [made]


@pytest.mark.pattern("P5")
def test_only_its_seller_changes_a_product(market: Market, installation: Installation) -> None:
    shop = market.shop
    made = market.offer(of=market.pans)
    before = installation.items(shop.tenant)
    own = {"id": id_of(made)}
    other = member(shop.tenant, Role.SELLER, subject=id_of_number(7))
    changes: list[tuple[str, dict[str, Any]]] = [
        (UPDATE, {"title": "x"}),
        (UPDATE, {"categoryId": id_of(market.pots)}),
        (UPDATE, {"categoryId": id_of(market.pans)}),
        (UPDATE, {"categoryId": None}),
        (DELETE, {}),
    ]
    for text, fields in changes:
        assert shop.instance.ask(other, text, i={**own, **fields}).codes == ["NOT_FOUND"]
        for who in (shop.staff, shop.customer):
            assert shop.instance.ask(who, text, i={**own, **fields}).codes == ["FORBIDDEN"]
    assert installation.items(shop.tenant) == before
    there = Shop(installation, shop.instance)
    for text, fields in changes:
        answer = shop.instance.ask(
            there.seller, text, i={**own, **{key: fields[key] for key in fields if key == "title"}}
        )
        assert (answer.codes, answer.operations) == (["NOT_FOUND"], [])


@pytest.mark.pattern("P5")
def test_a_product_that_is_taken_off_is_gone_with_all_that_is_its_own(market: Market) -> None:
    shop = market.shop
    made = market.offer(of=market.pans)
    shop.installation.replace(category(shop.tenant, market.pans.id, name="Pans", products=1))
    reviews = [
        Review(
            tenant=shop.tenant,
            **AUDIT,
            product=made.id,
            customer=id_of_number(number),
            rating=5,
            author="Ada",
        )
        for number in range(2 * MAX_BATCH_WRITES + 1)
    ]
    shop.installation.write(*reviews)
    shop.change(shop.customer, ADD, productId=id_of(made))
    market.stream.read()
    answer = shop.instance.ask(shop.seller, DELETE, i={"id": id_of(made), "idempotencyKey": "a"})
    assert answer.data["deleteProduct"] == {"deletedId": id_of(made), "userErrors": []}
    assert answer.operations == ["TransactWriteItems"]
    # At once for everybody, before the stream has come by.
    assert shop.instance.ask(shop.customer, PRODUCT, id=id_of(made)).data == {"product": None}
    assert codes(shop.check_out()) == ["GONE"]
    for text in (UPDATE, DELETE):
        fields = {"id": id_of(made)} | ({"title": "x"} if text is UPDATE else {})
        assert shop.instance.ask(shop.seller, text, i=fields).codes == ["NOT_FOUND"]
    again = market.change(DELETE, made, idempotencyKey="a")
    assert again == {"deletedId": id_of(made), "userErrors": []}
    assert market.count(market.pans) == 1
    market.stream.settle_untidily(5)
    left = shop.books().items
    assert not {"Product", "Stock", "Review", "Carry"} & left.keys()
    assert market.count(market.pans) == 0


@pytest.mark.pattern("P5")
def test_a_product_stays_while_pieces_are_reserved(market: Market) -> None:
    shop = market.shop
    made = market.offer(of=market.pans)
    shop.installation.replace(
        category(shop.tenant, market.pans.id, name="Pans", products=1),
        changed(stock(made, 3), available=1, reserved=2),
    )
    market.stream.read()
    assert codes(market.change(DELETE, made)) == []
    market.stream.settle_untidily(6)
    (kept,) = shop.books().stocks
    assert (kept.active, kept.reserved, market.count(market.pans)) == (False, 2, 1)
    assert market.products[0].deleted_at is not None
    # The order is cancelled, or shipped: nothing is reserved any more.
    shop.installation.replace(changed(kept, available=3, reserved=0))
    market.stream.settle_untidily(7)
    assert not {"Product", "Stock"} & shop.books().items.keys()
    assert market.count(market.pans) == 0
