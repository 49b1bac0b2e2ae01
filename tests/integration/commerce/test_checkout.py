"""Checkout: what it makes, what it refuses, and the largest cart."""

from typing import Any

import pytest
from msgspec.structs import replace

from tenantql.commerce.carts import MAX_LINE, MAX_PRODUCTS, MAX_QUANTITY
from tenantql.commerce.model import Product
from tenantql.commerce.products import MAX_PRICE
from tenantql.commerce.stocks import MAX_PIECES
from tenantql.tenancy.identity import Role
from tests.integration.commerce.shop import ADD, ADJUST, CHECKOUT, PRODUCT, Shop, codes, payload
from tests.integration.installation import id_of, member
from tests.unit.builders import user
from tests.unit.commerce.builders import CUSTOMER, cart, id_of_number, product, stock

PAST = 1_000_000_000


def test_an_order_has_the_parts_of_its_sellers(shop: Shop) -> None:
    a, b, c = (
        shop.stocked(price=price, seller=who) for price, who in ((5, "a"), (7, "b"), (9, "a"))
    )
    shop.fill((a, 2), (b, 1), (c, 3))
    made = shop.check_out()["order"]
    assert made["total"] == {"amount": 44, "currency": "EUR"}
    books = shop.books().balance()
    (order,), (invoice,) = books.orders, books.invoices
    assert (order.sellers, order.id, invoice.order_shard) == ({"a", "b"}, invoice.id, order.shard)
    assert {part.seller: part.subtotal for part in books.items.get("Fulfilment", [])} == {
        "a": 37,
        "b": 7,
    }
    assert {stock.product: (stock.available, stock.reserved) for stock in books.stocks} == {
        a.id: (8, 2),
        b.id: (9, 1),
        c.id: (7, 3),
    }
    assert books.accounts[0].orders == {"PLACED": 1}
    assert not books.carts


def test_what_cannot_be_bought_is_told_all_at_once(shop: Shop) -> None:
    dear, scarce, fine = shop.stocked(price=100), shop.stocked(1), shop.stocked()
    gone, foreign = product(shop.tenant, id_of_number(50)), shop.stocked(currency="USD")
    quantities = {each.id: 2 for each in (dear, scarce, fine, gone, foreign)}
    prices = {each.id: each.price for each in (dear, scarce, fine, gone, foreign)}
    shop.installation.write(cart(shop.tenant, quantities, prices=prices | {dear.id: 99}))
    before = shop.books()
    refused = shop.check_out()
    assert refused["order"] is None
    assert {(error["code"], *error["field"]) for error in refused["userErrors"]} == {
        ("PRICE_CHANGED", "cart", id_of(dear)),
        ("OUT_OF_STOCK", "cart", id_of(scarce)),
        ("GONE", "cart", id_of(gone)),
        ("PRICE_CHANGED", "cart", id_of(foreign)),
    }
    assert shop.books() == before
    before.balance()


def test_a_price_that_changes_after_the_cart_is_not_charged(shop: Shop) -> None:
    made = shop.stocked()
    shop.change(shop.customer, ADD, productId=id_of(made), price={"amount": 1, "currency": "EUR"})
    assert codes(shop.check_out()) == ["PRICE_CHANGED"]
    # Adding it at the price of now puts it right.
    shop.change(shop.customer, ADD, productId=id_of(made))
    assert shop.check_out()["order"]["total"] == {"amount": 2000, "currency": "EUR"}
    shop.books().balance()


def test_what_is_not_offered_any_more_is_not_sold(shop: Shop) -> None:
    made = product(shop.tenant, id_of_number(1))
    shop.installation.write(made, replace(stock(made), active=False))
    shop.fill((made, 1))
    (problem,) = shop.check_out()["userErrors"]
    assert (problem["code"], problem["field"]) == ("GONE", ["cart", id_of(made)])


def test_an_empty_cart_and_an_expired_one_are_not_checked_out(shop: Shop) -> None:
    assert codes(shop.check_out()) == ["CART_EMPTY"]
    made = shop.stocked()
    shop.installation.write(cart(shop.tenant, {made.id: 1}, expires_at=PAST))
    assert codes(shop.check_out()) == ["CART_EMPTY"]
    assert shop.instance.ask(shop.customer, "{ cart { total { amount } } }").data["cart"] is None
    assert not shop.books().balance().orders


def test_an_expired_cart_gives_way_to_a_new_one(shop: Shop) -> None:
    old, new = shop.stocked(price=5), shop.stocked(price=7, currency="USD")
    shop.installation.write(cart(shop.tenant, {old.id: 9}, expires_at=PAST, version=8))
    price = {"amount": 7, "currency": "USD"}
    fields = {"productId": id_of(new), "quantity": 2, "price": price}
    answer = shop.instance.ask(shop.customer, ADD, i=fields)
    assert answer.operations == ["UpdateItem", "PutItem"]
    assert payload(answer)["cart"] == {
        "total": {"amount": 14, "currency": "USD"},
        "lines": [{"quantity": 2}],
    }
    (stored,) = shop.books().carts
    assert stored.products == {new.id}
    assert stored.version == 1
    assert stored.expires_at is not None
    assert stored.expires_at > PAST


def test_a_cart_has_one_currency(shop: Shop) -> None:
    euros, dollars = shop.stocked(), shop.stocked(currency="USD")
    shop.change(shop.customer, ADD, productId=id_of(euros))
    (problem,) = shop.change(shop.customer, ADD, productId=id_of(dollars))["userErrors"]
    assert (problem["code"], problem["field"]) == ("OTHER_CURRENCY", ["productId"])
    assert shop.check_out()["order"]["total"]["currency"] == "EUR"
    shop.change(shop.customer, ADD, productId=id_of(dollars))
    assert shop.check_out("next")["order"]["total"]["currency"] == "USD"
    assert shop.books().balance().accounts[0].orders == {"PLACED": 2}


@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1])
def test_a_quantity_has_bounds(shop: Shop, quantity: int) -> None:
    made = id_of(shop.stocked())
    (problem,) = shop.change(shop.customer, ADD, productId=made, quantity=quantity)["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", ["quantity"])
    assert not shop.books().carts


def test_adding_again_adds_up_to_the_bound(shop: Shop) -> None:
    made = id_of(shop.stocked(MAX_QUANTITY))
    half = MAX_QUANTITY // 2
    for _ in range(2):
        assert codes(shop.change(shop.customer, ADD, productId=made, quantity=half)) == []
    (problem,) = shop.change(shop.customer, ADD, productId=made)["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", ["quantity"])
    assert shop.check_out()["order"]["lines"][0]["quantity"] == MAX_QUANTITY
    assert shop.books().balance().stocks[0].available == 0


def test_amounts_stay_readable(shop: Shop) -> None:
    """The total of any cart is an integer that JSON clients read exactly."""
    made = shop.stocked(MAX_QUANTITY, price=MAX_PRICE)
    most = MAX_LINE // MAX_PRICE
    assert most < MAX_QUANTITY
    fields: dict[str, Any] = {"productId": id_of(made)}
    assert codes(shop.change(shop.customer, ADD, **fields, quantity=most + 1)) == ["INVALID"]
    assert codes(shop.change(shop.customer, ADD, **fields, quantity=most)) == []
    assert codes(shop.change(shop.customer, ADD, **fields)) == ["INVALID"]
    order = shop.check_out()["order"]
    assert order["total"]["amount"] == most * MAX_PRICE <= 2**53 - 1
    assert MAX_LINE * MAX_PRODUCTS <= 2**53 - 1


def test_a_seller_of_nothing_is_no_product(shop: Shop) -> None:
    made: dict[str, Any] = {"title": "Pan", "price": {"amount": 1, "currency": "EUR"}}
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"title": " "}, ["title"]),
        ({"title": "\N{GRINNING FACE}" * 51}, ["title"]),
        ({"description": "\N{GRINNING FACE}" * 1501}, ["description"]),
        ({"price": {"amount": 0, "currency": "EUR"}}, ["price", "amount"]),
        ({"price": {"amount": -1, "currency": "EUR"}}, ["price", "amount"]),
        ({"price": {"amount": MAX_PRICE + 1, "currency": "EUR"}}, ["price", "amount"]),
        *(
            ({"price": {"amount": 1, "currency": code}}, ["price", "currency"])
            for code in ("", "eur", "EURO", "E#R", "\N{CYRILLIC CAPITAL LETTER IE}UR")
        ),
    ]
    for fields, path in wrong:
        answer = shop.instance.ask(shop.seller, PRODUCT, i=made | fields)
        (problem,) = payload(answer)["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", path)
        assert answer.operations == []
    price = {"amount": 1, "currency": "e"}
    id = id_of(product(shop.tenant, id_of_number(1)))
    (problem,) = shop.change(shop.customer, ADD, productId=id, price=price)["userErrors"]
    assert problem["field"] == ["price", "currency"]
    assert shop.installation.items(shop.tenant) == []


def test_a_stock_has_bounds(shop: Shop) -> None:
    made = id_of(shop.stocked(5))

    def adjust(by: int, warehouse: str = "berlin") -> tuple[list[str], list[str] | None]:
        found = shop.change(shop.seller, ADJUST, productId=made, warehouse=warehouse, by=by)
        errors = found["userErrors"]
        return codes(found), errors[0]["field"] if errors else None

    for code in ("", "Berlin", "a b", "a" * 33, "a#b", "\N{LATIN SMALL LETTER E WITH ACUTE}"):
        assert adjust(1, code) == (["INVALID"], ["warehouse"])
    for by in (0, MAX_PIECES + 1, -MAX_PIECES - 1, MAX_PIECES, MAX_PIECES - 4):
        assert adjust(by) == (["INVALID"], ["by"])
    assert adjust(-6) == (["OUT_OF_STOCK"], ["by"])
    assert adjust(-1, "paris") == (["OUT_OF_STOCK"], ["by"])
    assert adjust(MAX_PIECES - 4, "paris") == (["INVALID"], ["by"]), "of all warehouses"
    assert adjust(MAX_PIECES - 5, "paris") == ([], None)
    assert adjust(-5) == ([], None)
    shop.books().balance()


def test_reserved_pieces_are_not_taken_out_of_a_warehouse(shop: Shop) -> None:
    made = shop.stocked(5)
    shop.fill((made, 4))
    shop.check_out()
    fields = {"productId": id_of(made), "warehouse": "berlin", "by": -2}
    assert codes(shop.change(shop.seller, ADJUST, **fields)) == ["OUT_OF_STOCK"]
    assert codes(shop.change(shop.seller, ADJUST, **fields | {"by": -1})) == []
    assert shop.books().balance().stocks[0].available == 0


def test_a_product_is_in_a_hundred_warehouses_at_most(shop: Shop) -> None:
    made = product(shop.tenant, id_of_number(1))
    warehouses = {f"w{number}": 1 for number in range(100)}
    shop.installation.write(made, replace(stock(made), warehouses=warehouses, available=100))
    fields = {"productId": id_of(made), "by": 1}
    (problem,) = shop.change(shop.seller, ADJUST, **fields, warehouse="new")["userErrors"]
    assert (problem["code"], problem["field"]) == ("INVALID", ["warehouse"])
    assert codes(shop.change(shop.seller, ADJUST, **fields, warehouse="w99")) == []
    shop.books().balance()


def _products(shop: Shop, count: int, sellers: int) -> list[Product]:
    """Products that sellers have in turn, with stock."""
    made = [
        product(shop.tenant, id_of_number(number), seller=f"seller-{number % sellers}")
        for number in range(count)
    ]
    shop.installation.write(*made, *map(stock, made))
    return made


def _placed(shop: Shop, key: str = "large") -> int:
    """The number of actions of the checkout's transaction, which went well."""
    answer = shop.instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": key})
    assert payload(answer)["userErrors"] == []
    assert answer.operations == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    return len(answer.calls[-1].parameters["TransactItems"])


def test_the_largest_cart_of_one_seller(shop: Shop) -> None:
    made = _products(shop, MAX_PRODUCTS + 1, 1)
    shop.fill(*((each, 1) for each in made[:MAX_PRODUCTS]))
    fields = {"productId": id_of(made[-1])}
    (problem,) = shop.change(shop.customer, ADD, **fields)["userErrors"]
    assert (problem["code"], problem["field"]) == ("CART_FULL", ["productId"])
    # More of what is in it is no further product.
    assert codes(shop.change(shop.customer, ADD, productId=id_of(made[0]))) == []
    assert MAX_PRODUCTS == 93
    assert _placed(shop) == 99
    (order,) = shop.books().balance().orders
    assert len(order.lines) == 93
    assert order.total == 94_000


def test_the_largest_cart_of_many_sellers(shop: Shop) -> None:
    made = _products(shop, 48, 48)
    # One line more of a known seller, and one of a seller more, are both too many.
    extra = product(shop.tenant, id_of_number(60), seller="seller-0")
    shop.installation.write(extra, stock(extra))
    customers = [id_of_number(number) for number in (70, 71)]
    for customer, more in zip(customers, (extra, made[47]), strict=True):
        shop.fill(*((each, 1) for each in (*made[:47], more)), customer=customer)
        who = member(shop.tenant, Role.CUSTOMER, subject=customer)
        (problem,) = shop.check_out(who=who)["userErrors"]
        assert problem["code"] == "CART_TOO_LARGE"
        sellers = 47 if more is extra else 48
        assert f"48 products of {sellers} sellers" in problem["message"]
    shop.fill(*((each, 1) for each in made[:47]))
    assert _placed(shop) == 99
    (order,) = shop.books().balance().orders
    assert len(order.sellers) == 47


def test_a_customers_orders_are_found_in_every_list(shop: Shop) -> None:
    shop.installation.write(user(shop.tenant, id=CUSTOMER))
    made = shop.stocked()
    ids = list[str]()
    for key in "ab":
        shop.fill((made, 1))
        ids.append(shop.check_out(key)["order"]["id"])
    of_user = f"""{{ user(id: "{id_of(user(shop.tenant, id=CUSTOMER))}") {{
      orders {{ nodes {{ id }} }} }} }}"""
    found = shop.instance.ask(shop.customer, of_user).data["user"]["orders"]["nodes"]
    assert [each["id"] for each in found] == ids[::-1]
    by_status = "{ ordersByStatus(status: PLACED) { nodes { id } } }"
    found = shop.instance.ask(shop.staff, by_status).data["ordersByStatus"]["nodes"]
    assert [each["id"] for each in found] == ids
    open_ones = "{ invoices(status: OPEN) { nodes { customer { username } } } }"
    found = shop.instance.ask(shop.staff, open_ones).data["invoices"]["nodes"]
    assert found == [{"customer": {"username": "Ada"}}] * 2
