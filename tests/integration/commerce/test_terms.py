"""What a customer says to a checkout: points to redeem, and where things go."""

from typing import Any

import pytest

from tenantql.commerce.model import CustomerAccount, Order
from tests.integration.commerce.faults import Between
from tests.integration.commerce.shop import CHECKOUT, PAY, REFUND, Shop, codes, payload
from tests.integration.commerce.test_cancellation import CANCEL
from tests.integration.installation import Answer
from tests.unit.commerce.builders import AUDIT, CUSTOMER

HOME: dict[str, Any] = {
    "name": "Ada Abt",
    "street": "Lindenallee 7",
    "postalCode": "10115",
    "city": "Berlin",
    "region": None,
    "country": "DE",
}
OFFICE = HOME | {"street": "Am Markt 1", "region": "Brandenburg"}
ADDRESS = "{ name street postalCode city region country }"


def _rich(shop: Shop, points: int = 40) -> None:
    """Gives the customer points, by an order of another day."""
    made = shop.stocked(price=points * 100)
    shop.fill((made, 1))
    invoice = shop.invoice_of(shop.check_out("earlier")["order"])
    assert codes(shop.change(shop.staff, PAY, id=invoice, idempotencyKey="earlier")) == []
    assert _account(shop).points == points


def _account(shop: Shop) -> CustomerAccount:
    (account,) = shop.books().accounts
    return account


def _latest(shop: Shop) -> Order:
    return max(shop.books().balance().orders, key=lambda order: order.id)


def _buy(shop: Shop, key: str = "now", **terms: Any) -> Answer:
    return shop.instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": key, **terms})


@pytest.mark.pattern("O1", "U12")
def test_points_are_redeemed_in_the_checkout(shop: Shop) -> None:
    _rich(shop)
    shop.fill((shop.stocked(price=100), 3))
    answer = _buy(shop, redeemPoints=30)
    assert payload(answer)["order"]["total"] == {"amount": 270, "currency": "EUR"}
    assert answer.operations == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert payload(_buy(shop, redeemPoints=30)) == payload(answer)
    assert codes(payload(_buy(shop, redeemPoints=31))) == ["KEY_REUSED"]
    assert _account(shop).points == 10
    order = _latest(shop)
    assert (order.discount, order.points_redeemed) == (30, 30)
    text = "query($id: ID!) { order(id: $id) { discount { amount } pointsRedeemed } }"
    id = payload(answer)["order"]["id"]
    for who in (shop.customer, shop.staff):
        found = shop.instance.ask(who, text, id=id).data["order"]
        assert found == {"discount": {"amount": 30}, "pointsRedeemed": 30}
    hidden = shop.instance.ask(shop.seller, text, id=id).data["order"]
    assert hidden == {"discount": None, "pointsRedeemed": None}
    # What was paid earns points, what was redeemed does not.
    invoice = shop.invoice_of({"id": id})
    shop.change(shop.staff, PAY, id=invoice, idempotencyKey="now")
    assert _account(shop).points == 12
    over = shop.change(shop.staff, REFUND, id=invoice, amount=271, idempotencyKey="a")
    assert codes(over) == ["INVALID"]
    shop.books().balance()


@pytest.mark.pattern("O1", "U12")
def test_more_points_than_there_are_change_nothing(shop: Shop) -> None:
    made = shop.stocked(price=1000)
    shop.fill((made, 1))
    for there in (0, 40):
        if there:
            shop.instance.ask(shop.customer, "mutation { clearCart { cart { pieces } } }")
            _rich(shop)
            shop.fill((made, 1))
        before = shop.books()
        (problem,) = payload(_buy(shop, redeemPoints=there + 1))["userErrors"]
        assert (problem["code"], problem["field"]) == ("NOT_ENOUGH_POINTS", ["redeemPoints"])
        assert f"{there} points" in problem["message"]
        assert shop.books() == before
    assert codes(payload(_buy(shop, redeemPoints=40))) == []
    assert _account(shop).points == 0
    shop.books().balance()


def test_something_is_left_to_pay(shop: Shop) -> None:
    _rich(shop)
    shop.fill((shop.stocked(price=20), 1))
    for points in (-1, 20, 21):
        answer = _buy(shop, redeemPoints=points)
        (problem,) = payload(answer)["userErrors"]
        assert (problem["code"], problem["field"]) == ("INVALID", ["redeemPoints"])
    assert codes(payload(_buy(shop, redeemPoints=19))) == []
    assert _latest(shop).total == 1


@pytest.mark.pattern("O1", "U12")
def test_points_are_redeemed_once(shop: Shop) -> None:
    """Two checkouts at once: the account's condition lets one of them have the points."""
    _rich(shop)
    made = shop.stocked(price=1000)
    shop.fill((made, 1))

    def meanwhile() -> None:
        assert codes(payload(_buy(shop, "first", redeemPoints=40))) == []
        shop.fill((made, 1))

    slow = shop.instance_over(lambda transport: Between(transport, 3, meanwhile))
    fields = {"idempotencyKey": "second", "redeemPoints": 40}
    answer = slow.ask(shop.customer, CHECKOUT, i=fields)
    assert codes(payload(answer)) == ["NOT_ENOUGH_POINTS"]
    assert len(shop.books().orders) == 2
    assert _account(shop).points == 0
    shop.books().balance()


@pytest.mark.pattern("O4", "U12")
@pytest.mark.parametrize("paid", [False, True], ids=["unpaid", "paid"])
def test_a_cancelled_order_gives_its_points_back(shop: Shop, paid: bool) -> None:
    _rich(shop)
    shop.fill((shop.stocked(price=1000), 1))
    order = payload(_buy(shop, redeemPoints=40))["order"]["id"]
    if paid:
        shop.change(shop.staff, PAY, id=shop.invoice_of({"id": order}), idempotencyKey="now")
        assert _account(shop).points == 9
    assert codes(shop.change(shop.customer, CANCEL, id=order)) == []
    assert _account(shop).points == 40
    change = _account(shop).change
    assert change is not None
    assert change.why == "CANCELLED"
    shop.books().balance()


@pytest.mark.pattern("O1")
def test_an_order_goes_where_its_customer_says(shop: Shop) -> None:
    shop.fill((shop.stocked(), 1))
    answer = _buy(shop, address=HOME, billingAddress=OFFICE)
    id = payload(answer)["order"]["id"]
    text = f"""query($id: ID!) {{ order(id: $id) {{ address {ADDRESS}
      fulfilments {{ address {ADDRESS} }} invoice {{ address {ADDRESS} }} }} }}"""
    found = shop.instance.ask(shop.customer, text, id=id).data["order"]
    assert found == {
        "address": HOME,
        "fulfilments": [{"address": HOME}],
        "invoice": {"address": OFFICE},
    }
    listed = shop.instance.ask(
        shop.seller, f"{{ fulfilments {{ nodes {{ address {ADDRESS} }} }} }}"
    )
    assert listed.data["fulfilments"]["nodes"] == [{"address": HOME}]
    assert codes(payload(_buy(shop, address=OFFICE, billingAddress=OFFICE))) == ["KEY_REUSED"]
    shop.fill((shop.stocked(), 1))
    assert codes(payload(_buy(shop, "other", address=HOME))) == []
    bills = {each.address.street for each in shop.books().invoices if each.address is not None}
    assert bills == {HOME["street"], OFFICE["street"]}


def test_an_address_has_a_form(shop: Shop) -> None:
    shop.fill((shop.stocked(), 1))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"street": " "}, "street"),
        ({"city": "x" * 101}, "city"),
        ({"postalCode": "x" * 21}, "postalCode"),
        ({"region": ""}, "region"),
        ({"country": "de"}, "country"),
        ({"country": "DEU"}, "country"),
    ]
    for part, name in wrong:
        for field in ("address", "billingAddress"):
            terms: dict[str, Any] = {field: HOME | part}
            answer = _buy(shop, **terms)
            (problem,) = payload(answer)["userErrors"]
            assert (problem["code"], problem["field"]) == ("INVALID", [field, name])
            assert answer.operations == []
    assert not shop.books().orders


def test_an_account_without_an_order_has_no_points(shop: Shop) -> None:
    """The account is made by the checkout; there are no points on one that is not there."""
    shop.installation.write(CustomerAccount(tenant=shop.tenant, **AUDIT, customer=CUSTOMER))
    shop.fill((shop.stocked(), 1))
    (problem,) = payload(_buy(shop, redeemPoints=1))["userErrors"]
    assert problem["code"] == "NOT_ENOUGH_POINTS"
