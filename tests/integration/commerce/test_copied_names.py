"""Names that products copy (P5): of category and seller, carried by the stream after a rename."""

from typing import Any

import pytest

from tenantql.commerce.copies import PAGE
from tenantql.commerce.model import (
    SellerProfile,
)
from tenantql.table.calls import Transport
from tenantql.table.encoding import Call
from tenantql.tenancy.identity import Role
from tests.integration.commerce.categories import RENAME
from tests.integration.commerce.faults import Ahead, Died, Dying
from tests.integration.commerce.market import (
    CREATE,
    EUR,
    PRODUCT,
    Market,
    changed,
)
from tests.integration.commerce.shop import codes
from tests.integration.installation import id_of
from tests.unit.builders import user
from tests.unit.commerce.builders import (
    AUDIT,
    CUSTOMER,
    SELLER,
)


@pytest.mark.pattern("P5")
def test_a_rename_reaches_every_product_page_by_page(market: Market) -> None:
    shop = market.shop
    count = 2 * PAGE + 3
    made = [market.offer(of=market.pans) for _ in range(count)]
    others = [market.offer(of=market.pots), market.offer()]
    market.stream.read()
    market_pans = {"id": id_of(market.pans)}
    shop.change(shop.staff, RENAME, **market_pans, name="Frying pans")
    records = market.stream.settle_untidily(8)
    names = {each.id: each.category_name for each in market.products}
    assert [names[each.id] for each in made] == ["Frying pans"] * count
    assert [names[each.id] for each in others] == ["Pots", None]
    assert "Carry" not in shop.books().items
    # A rename back; then the first one's records once more, all of them.
    shop.change(shop.staff, RENAME, **market_pans, name="Pans")
    market.stream.settle()
    market.stream.deliver(records)
    market.stream.settle()
    assert {each.category_name for each in market.products} == {"Pans", "Pots", None}
    assert {each.seller_name for each in market.products} == {"Ada Abt"} | {None}


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after it"])
def test_a_carrying_that_dies_goes_on(market: Market, after: bool) -> None:
    """The function ends amid a page, once at each of its calls; the record comes again."""
    shop = market.shop
    made = [market.offer(of=market.pans) for _ in range(PAGE + 1)]
    market.stream.read()
    shop.change(shop.staff, RENAME, id=id_of(market.pans), name="Frying pans")
    deaths = 0
    for at in (1, 5, 9, 14, 30, 55):
        records = market.stream.read()
        wire = _Deaths(at, after)
        try:
            market.stream.deliver(records, wire)
        except Died:
            deaths += 1
            market.stream.deliver(records)
    market.stream.settle()
    assert deaths > 1
    names = {each.id: each.category_name for each in market.products}
    assert {names[each.id] for each in made} == {"Frying pans"}
    assert "Carry" not in shop.books().items


class _Deaths:
    """Wraps a transport in one that dies at a call."""

    def __init__(self, at: int, after: bool) -> None:
        self.at, self.after = at, after

    def __call__(self, wire: Transport) -> Transport:
        return Dying(wire, self.at, self.after)


@pytest.mark.pattern("P5")
def test_a_name_that_changes_while_it_is_copied(market: Market) -> None:
    """The rename comes between the consumer's reads and its transaction."""
    shop = market.shop
    fields = {"title": "Wok", "price": {"amount": 900, **EUR}, "categoryId": id_of(market.pans)}
    shop.change(shop.seller, CREATE, **fields)
    records = market.stream.read()

    def rename() -> None:
        renamed = {"id": id_of(market.pans), "name": "Frying pans"}
        assert codes(shop.change(shop.staff, RENAME, **renamed)) == []

    product_record = [each for each in records if _type_of(each) == "Product"]
    market.stream.deliver(product_record, lambda wire: Ahead(wire, _names_a_product, rename))
    (product,) = market.products
    assert product.category_name == "Frying pans"
    market.stream.settle_untidily(9)
    assert market.products[0].category_name == "Frying pans"


@pytest.mark.pattern("P5")
def test_a_seller_is_called_by_the_profile_or_else_by_the_user(market: Market) -> None:
    shop = market.shop
    made = [market.offer() for _ in range(PAGE + 1)]
    market.stream.read()
    seller = user(shop.tenant, id=SELLER, email="s@example.com", username="sel")
    seller = changed(seller, roles=frozenset({Role.SELLER}), display_name="Ada", version=2)
    shop.installation.replace(seller)
    market.stream.settle_untidily(10)
    assert {each.seller_name for each in market.products} == {"Ada"}
    profile = SellerProfile(tenant=shop.tenant, **AUDIT, seller=SELLER, name="Ada's pans")
    shop.installation.write(profile)
    market.stream.settle_untidily(11)
    assert {each.seller_name for each in market.products} == {"Ada's pans"}
    shop.installation.replace(changed(seller, display_name="Ada Abt", version=3))
    shop.installation.replace(changed(profile, name="Abt's pans", version=2))
    market.stream.settle_untidily(12)
    assert {each.seller_name for each in market.products} == {"Abt's pans"}
    assert len(market.products) == len(made)
    found = shop.instance.ask(shop.customer, PRODUCT, id=id_of(made[0]))
    assert found.data["product"]["sellerName"] == "Abt's pans"
    assert CUSTOMER not in {each.seller for each in market.products}


def _names_a_product(call: Call) -> bool:
    """Whether a call writes a name under the check that it is the source's."""
    return any("ConditionCheck" in action for action in call.parameters.get("TransactItems", ()))


def _type_of(record: Any) -> str:
    return record.after["type"]["S"]
