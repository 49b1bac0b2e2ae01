"""The cart: what each change makes of it, what it refuses, and what it tells before a checkout."""

from typing import Any

import pytest
from msgspec.structs import replace

from tenantql.commerce.additions import REMEMBERED
from tenantql.commerce.carts import MAX_LINE, MAX_QUANTITY
from tenantql.commerce.model import Cart
from tenantql.commerce.products import MAX_PRICE
from tenantql.tenancy.identity import Role
from tests.integration.commerce.shop import ADD, ADJUST, PROBLEMS, Shop, codes, payload
from tests.integration.installation import Answer, id_of, member
from tests.unit.commerce.builders import cart, id_of_number, product, stock

CONTENT = "cart { pieces total { amount currency } lines { quantity price { amount } } }"
CHANGE = f"""mutation($i: ChangeCartLineInput!) {{ changeCartLine(input: $i) {{
  {CONTENT} {PROBLEMS} }} }}"""
REMOVE = f"""mutation($i: RemoveFromCartInput!) {{ removeFromCart(input: $i) {{
  {CONTENT} {PROBLEMS} }} }}"""
CLEAR = f"mutation {{ clearCart {{ {CONTENT} {PROBLEMS} }} }}"
CHECK = """{ cart { check { ready problems { code field }
  lines { title quantity price { amount } livePrice { amount currency } obstacle left } } } }"""
EUR = {"currency": "EUR"}
PAST = 1_000_000_000


def _stored(shop: Shop) -> Cart | None:
    found = shop.books().carts
    return found[0] if found else None


@pytest.mark.pattern("C1", "C4")
def test_a_cart_and_its_sums_are_one_item(shop: Shop) -> None:
    pan, pot = shop.stocked(price=300), shop.stocked(price=50)
    shop.fill((pan, 2), (pot, 3))
    answer = shop.instance.ask(shop.customer, "{ cart { pieces total { amount currency } } }")
    assert answer.data["cart"] == {"pieces": 5, "total": {"amount": 750, **EUR}}
    assert answer.operations == ["GetItem"]
    answer = shop.instance.ask(shop.customer, f"{{ {CONTENT} }}")
    lines = answer.data["cart"]["lines"]
    assert lines == [
        {"quantity": 2, "price": {"amount": 300}},
        {"quantity": 3, "price": {"amount": 50}},
    ]
    assert answer.operations == ["GetItem"]
    assert answer.calls[0].parameters["ConsistentRead"] is True


@pytest.mark.pattern("C1", "C5")
def test_a_cart_with_live_prices_is_one_batch_more(shop: Shop) -> None:
    fine, dear, scarce = shop.stocked(), shop.stocked(price=1200), shop.stocked(1)
    hidden, gone = shop.stocked(), product(shop.tenant, id_of_number(50))
    everything = (fine, dear, scarce, hidden, gone)
    shop.installation.write(cart(shop.tenant, {each.id: 2 for each in everything}))
    _hide(shop, hidden.id)
    answer = shop.instance.ask(shop.customer, CHECK)
    assert answer.operations == ["GetItem", "BatchGetItem"]
    (asked,) = answer.calls[1].parameters["RequestItems"].values()
    assert (len(asked["Keys"]), asked["ConsistentRead"]) == (5, True)
    found = answer.data["cart"]["check"]
    assert found["ready"] is False
    seen = {"quantity": 2, "price": {"amount": 1000}}
    live = {"amount": 1000, **EUR}
    fair = {"title": fine.title, **seen, "livePrice": live, "obstacle": None, "left": None}
    assert found["lines"] == [
        fair,
        fair
        | {"title": dear.title, "livePrice": {"amount": 1200, **EUR}, "obstacle": "PRICE_CHANGED"},
        fair | {"title": scarce.title, "obstacle": "OUT_OF_STOCK", "left": 1},
        fair | {"title": hidden.title, "livePrice": None, "obstacle": "GONE"},
        fair | {"title": None, "livePrice": None, "obstacle": "GONE"},
    ]
    problems = [
        {"code": code, "field": ["cart", id_of(each)]}
        for code, each in (
            ("PRICE_CHANGED", dear),
            ("OUT_OF_STOCK", scarce),
            ("GONE", hidden),
            ("GONE", gone),
        )
    ]
    assert found["problems"] == problems
    # And a checkout says the same.
    refused = shop.check_out()["userErrors"]
    assert [{"code": each["code"], "field": each["field"]} for each in refused] == problems


def _hide(shop: Shop, product: str) -> None:
    """Takes a product out of the offers, past the mutations."""
    root: Any = shop.installation.cloud.client("dynamodb")
    root.update_item(
        TableName=shop.installation.stack.data_table,
        Key={"PK": {"S": f"TENANT#{shop.tenant}#PRODUCT#{product}"}, "SK": {"S": "STOCK"}},
        UpdateExpression="SET active = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}},
    )


@pytest.mark.pattern("C5")
def test_a_cart_that_can_be_bought_is_ready(shop: Shop) -> None:
    shop.fill((shop.stocked(2), 2))
    assert shop.instance.ask(shop.customer, CHECK).data["cart"]["check"]["ready"] is True
    assert codes(shop.check_out()) == []
    assert shop.instance.ask(shop.customer, CHECK).data == {"cart": None}


@pytest.mark.pattern("C5")
def test_a_cart_too_large_for_an_order_is_told_with_both_numbers(shop: Shop) -> None:
    made = [
        product(shop.tenant, id_of_number(number), seller=f"seller-{number}")
        for number in range(48)
    ]
    shop.installation.write(*made, *map(stock, made))
    shop.fill(*((each, 1) for each in made))
    text = "{ cart { check { problems { code message field } } } }"
    (problem,) = shop.instance.ask(shop.customer, text).data["cart"]["check"]["problems"]
    assert (problem["code"], problem["field"]) == ("CART_TOO_LARGE", [])
    assert "48 products of 48 sellers" in problem["message"]
    assert "94" in problem["message"]


@pytest.mark.pattern("C2")
def test_a_quantity_is_changed_in_one_call(shop: Shop) -> None:
    made = shop.stocked()
    shop.fill((made, 9))
    answer = shop.instance.ask(shop.customer, CHANGE, i={"productId": id_of(made), "quantity": 2})
    assert payload(answer)["cart"] == {
        "pieces": 2,
        "total": {"amount": 2000, **EUR},
        "lines": [{"quantity": 2, "price": {"amount": 1000}}],
    }
    assert answer.operations == ["UpdateItem"]
    # The same again is the same.
    again = shop.change(shop.customer, CHANGE, productId=id_of(made), quantity=2)
    assert again == payload(answer)
    stored = _stored(shop)
    assert stored is not None
    assert (stored.quantities, stored.products) == ({made.id: 2}, {made.id})


@pytest.mark.pattern("C2")
def test_a_price_that_was_seen_meanwhile_is_taken(shop: Shop) -> None:
    made = shop.stocked(price=1200)
    shop.installation.write(cart(shop.tenant, {made.id: 2}))
    assert codes(shop.check_out()) == ["PRICE_CHANGED"]
    fields: dict[str, Any] = {"productId": id_of(made), "quantity": 2}
    dollars = {"amount": 1200, "currency": "USD"}
    (problem,) = shop.change(shop.customer, CHANGE, **fields, price=dollars)["userErrors"]
    assert (problem["code"], problem["field"]) == ("OTHER_CURRENCY", ["price", "currency"])
    assert codes(shop.change(shop.customer, CHANGE, **fields, price=dollars | EUR)) == []
    assert shop.check_out()["order"]["total"] == {"amount": 2400, **EUR}


def test_what_is_not_in_the_cart_is_not_changed(shop: Shop) -> None:
    made, other = shop.stocked(), shop.stocked()
    fields: dict[str, Any] = {"productId": id_of(other), "quantity": 1}
    price = {"amount": 1, **EUR}
    for filled in (False, True):
        if filled:
            shop.fill((made, 1))
        before = _stored(shop)
        for more in ({}, {"price": price}):
            (problem,) = shop.change(shop.customer, CHANGE, **fields, **more)["userErrors"]
            assert (problem["code"], problem["field"]) == ("NOT_IN_CART", ["productId"])
        assert _stored(shop) == before


def test_a_changed_quantity_has_bounds(shop: Shop) -> None:
    made = shop.stocked(price=MAX_PRICE)
    shop.fill((made, 1))
    most = MAX_LINE // MAX_PRICE
    fields: dict[str, Any] = {"productId": id_of(made)}
    price = {"amount": MAX_PRICE, **EUR}
    for quantity, more in (
        (0, {}),
        (-1, {}),
        (MAX_QUANTITY + 1, {}),
        (most + 1, {}),
        (most + 1, {"price": price}),
        (1, {"price": price | {"amount": 0}}),
    ):
        refused = shop.change(shop.customer, CHANGE, **fields, quantity=quantity, **more)
        assert codes(refused) == ["INVALID"], (quantity, more)
    assert codes(shop.change(shop.customer, CHANGE, **fields, quantity=most)) == []
    # A lower price lets more in, if it is told.
    cheap = {"price": price | {"amount": 1}}
    changed = shop.change(shop.customer, CHANGE, **fields, quantity=MAX_QUANTITY, **cheap)
    assert changed["cart"]["total"]["amount"] == MAX_QUANTITY


@pytest.mark.pattern("C3")
def test_a_product_is_taken_out_in_one_call(shop: Shop) -> None:
    pan, pot = shop.stocked(price=300), shop.stocked(price=50)
    shop.fill((pan, 2), (pot, 3))
    answer = shop.instance.ask(shop.customer, REMOVE, i={"productId": id_of(pan)})
    left = {
        "pieces": 3,
        "total": {"amount": 150, **EUR},
        "lines": [{"quantity": 3, "price": {"amount": 50}}],
    }
    assert payload(answer)["cart"] == left
    assert answer.operations == ["UpdateItem"]
    # Who takes out what is out already is content.
    assert shop.change(shop.customer, REMOVE, productId=id_of(pan))["cart"] == left
    emptied = shop.change(shop.customer, REMOVE, productId=id_of(pot))
    assert emptied == {"cart": None, "userErrors": []}
    assert shop.instance.ask(shop.customer, "{ cart { pieces } }").data == {"cart": None}
    assert codes(shop.check_out()) == ["CART_EMPTY"]
    # An empty cart has no currency of its own.
    dollars = {"price": {"amount": 7, "currency": "USD"}}
    added = shop.change(shop.customer, ADD, productId=id_of(pan), **dollars)["cart"]
    assert added["total"] == {"amount": 7, "currency": "USD"}


@pytest.mark.pattern("C3")
def test_a_cart_is_cleared_in_one_call(shop: Shop) -> None:
    for filled in (True, False):
        if filled:
            shop.fill((shop.stocked(), 2))
        answer = shop.instance.ask(shop.customer, CLEAR)
        assert payload(answer) == {"cart": None, "userErrors": []}
        assert answer.operations == ["DeleteItem"]
        assert _stored(shop) is None


def test_nothing_is_taken_out_of_no_cart(shop: Shop) -> None:
    made = shop.stocked()
    fields: dict[str, Any] = {"productId": id_of(made)}
    assert shop.change(shop.customer, REMOVE, **fields) == {"cart": None, "userErrors": []}
    shop.installation.write(cart(shop.tenant, {made.id: 1}, expires_at=PAST))
    assert shop.change(shop.customer, REMOVE, **fields) == {"cart": None, "userErrors": []}
    assert codes(shop.change(shop.customer, CHANGE, **fields, quantity=2)) == ["NOT_IN_CART"]


def _add(shop: Shop, key: str | None = "a", **fields: Any) -> Answer:
    price = {"price": {"amount": 1000, **EUR}}
    return shop.instance.ask(shop.customer, ADD, i=price | fields | {"idempotencyKey": key})


@pytest.mark.pattern("C2")
def test_adding_is_repeated_with_its_key(shop: Shop) -> None:
    made, other = shop.stocked(), shop.stocked()
    fields: dict[str, Any] = {"productId": id_of(made), "quantity": 2}
    answers = [_add(shop, **fields) for _ in range(3)]
    assert [each.operations for each in answers] == [["UpdateItem"]] * 3
    assert payload(answers[0]) == payload(answers[2])
    assert payload(answers[0])["cart"]["lines"] == [{"quantity": 2}]
    before = _stored(shop)
    others: list[dict[str, Any]] = [
        {"quantity": 3},
        {"productId": id_of(other)},
        {"price": {"amount": 1001, **EUR}},
        {"price": {"amount": 1000, "currency": "USD"}},
    ]
    for changed in others:
        (problem,) = payload(_add(shop, **fields | changed))["userErrors"]
        assert (problem["code"], problem["field"]) == ("KEY_REUSED", ["idempotencyKey"])
    assert _stored(shop) == before
    for key in ("b", None):
        _add(shop, key, **fields)
    # What is done without a key does not make forget the last one.
    shop.change(shop.customer, CHANGE, productId=id_of(made), quantity=9)
    assert payload(_add(shop, "b", **fields))["cart"]["lines"] == [{"quantity": 9}]


@pytest.mark.pattern("C2")
def test_the_last_additions_are_known_whatever_came_between(shop: Shop) -> None:
    """An answer was lost, others were given: the repetition adds nothing."""
    fields: dict[str, Any] = {"productId": id_of(shop.stocked())}
    keys = [f"{number:0255}" for number in range(REMEMBERED)]
    for key in keys:
        _add(shop, key, **fields)
    before = _stored(shop)
    for key in keys:
        again = _add(shop, key, **fields)
        assert (again.operations, codes(payload(again))) == (["UpdateItem"], [])
        assert codes(payload(_add(shop, key, **fields, quantity=2))) == ["KEY_REUSED"]
    assert _stored(shop) == before
    _add(shop, "one more", **fields)
    (line,) = payload(_add(shop, keys[0], **fields))["cart"]["lines"]
    assert line == {"quantity": REMEMBERED + 2}, "the first is forgotten"


@pytest.mark.pattern("C2")
def test_an_addition_without_a_price_is_the_same_at_another_price(shop: Shop) -> None:
    made = shop.stocked(price=300)
    fields: dict[str, Any] = {"productId": id_of(made), "price": None}
    first = payload(_add(shop, **fields))
    shop.installation.replace(replace(made, price=400))
    assert payload(_add(shop, **fields)) == first
    other = payload(_add(shop, "b", **fields))["cart"]
    assert other["lines"] == [{"quantity": 2}]


def test_a_repeated_addition_is_known_in_a_cart_that_takes_no_more(shop: Shop) -> None:
    made = shop.stocked()
    fields: dict[str, Any] = {"productId": id_of(made), "quantity": MAX_QUANTITY}
    assert payload(_add(shop, **fields)) == payload(_add(shop, **fields))
    assert codes(payload(_add(shop, "b", **fields))) == ["INVALID"]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_the_key_of_an_addition_has_a_form(shop: Shop, key: str) -> None:
    answer = _add(shop, key, productId=id_of(shop.stocked()))
    (problem,) = payload(answer)["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", ["idempotencyKey"])
    assert answer.operations == []


def test_an_expired_cart_forgets_its_key(shop: Shop) -> None:
    made = shop.stocked()
    fields: dict[str, Any] = {"productId": id_of(made), "quantity": 2}
    _add(shop, **fields)
    stored = _stored(shop)
    assert stored is not None
    shop.instance.ask(shop.customer, CLEAR)
    shop.installation.write(replace(stored, expires_at=PAST))
    answer = _add(shop, **fields)
    assert answer.operations == ["UpdateItem", "PutItem"]
    assert payload(answer)["cart"]["lines"] == [{"quantity": 2}]
    assert payload(_add(shop, **fields))["cart"]["lines"] == [{"quantity": 2}]


def test_ids_that_are_not_ones_own_change_no_cart(shop: Shop) -> None:
    elsewhere = Shop(shop.installation, shop.instance)
    there = id_of(elsewhere.stocked())
    for text, fields in (
        (ADD, {}),
        (CHANGE, {"quantity": 1}),
        (REMOVE, {}),
    ):
        answer = shop.instance.ask(shop.customer, text, i=fields | {"productId": there})
        assert (answer.codes, answer.operations) == (["NOT_FOUND"], [])
        answer = shop.instance.ask(shop.customer, text, i=fields | {"productId": "x"})
        assert (answer.codes, answer.operations) == (["BAD_USER_INPUT"], [])


@pytest.mark.parametrize("role", [Role.SELLER, Role.STAFF, Role.ADMIN])
def test_carts_are_for_customers(shop: Shop, role: Role) -> None:
    who = member(shop.tenant, role)
    for text in (
        'mutation { changeCartLine(input: {productId: "x", quantity: 1}) { cart { pieces } } }',
        'mutation { removeFromCart(input: {productId: "x"}) { cart { pieces } } }',
        "mutation { clearCart { cart { pieces } } }",
    ):
        answer = shop.instance.ask(who, text)
        assert (answer.codes, answer.operations) == (["FORBIDDEN"], [])


def test_a_seller_does_not_reach_into_a_checked_cart(shop: Shop) -> None:
    """Between the check and the checkout the stock can change; the checkout looks again."""
    made = shop.stocked(2)
    shop.fill((made, 2))
    assert shop.instance.ask(shop.customer, CHECK).data["cart"]["check"]["ready"] is True
    shop.change(shop.seller, ADJUST, productId=id_of(made), warehouse="berlin", by=-1)
    assert codes(shop.check_out()) == ["OUT_OF_STOCK"]
