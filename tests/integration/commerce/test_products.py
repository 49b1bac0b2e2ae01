"""The life of a product (P5): offered, changed, moved, taken off, and what the stream does then."""

from typing import Any

import msgspec
import pytest

from tenantql.commerce.copies import PAGE
from tenantql.commerce.model import (
    Availability,
    Category,
    ListOrder,
    Product,
    ProductCard,
    Review,
    SellerProfile,
)
from tenantql.commerce.model.lists import ALL
from tenantql.table.calls import Transport
from tenantql.table.encoding import Call
from tenantql.table.writes import MAX_BATCH_WRITES
from tenantql.tenancy.identity import Role
from tests.integration.commerce.faults import Ahead, Died, Dying
from tests.integration.commerce.shop import ADD, PROBLEMS, Shop, codes
from tests.integration.commerce.stream import Stream
from tests.integration.commerce.test_categories import RENAME
from tests.integration.installation import Installation, id_of, member
from tests.unit.builders import user
from tests.unit.commerce.builders import (
    AUDIT,
    CUSTOMER,
    SELLER,
    category,
    category_tree,
    id_of_number,
    stock,
)

CREATE = f"""mutation($i: CreateProductInput!) {{ createProduct(input: $i) {{
  product {{ id category {{ name }} categoryName sellerName }} {PROBLEMS} }} }}"""
UPDATE = f"""mutation($i: UpdateProductInput!) {{ updateProduct(input: $i) {{
  product {{ title description price {{ amount }} categoryName }} {PROBLEMS} }} }}"""
DELETE = f"""mutation($i: DeleteProductInput!) {{ deleteProduct(input: $i) {{
  deletedId {PROBLEMS} }} }}"""
QUIETLY = """mutation($i: UpdateProductInput!) { updateProduct(input: $i) {
  userErrors { code } } }"""
PRODUCT = "query($id: ID!) { product(id: $id) { title categoryName sellerName } }"
EUR = {"currency": "EUR"}


class Market:
    """A shop with two categories, pans and pots, and the stream of what happens in it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.pans, self.pots = (
            category(shop.tenant, id_of_number(900 + number), name=name)
            for number, name in enumerate(("Pans", "Pots"))
        )
        shop.installation.write(self.pans, self.pots, category_tree(None, self.pans, self.pots))
        self.stream = Stream(shop)

    def offer(self, of: Category | None = None, **changed: Any) -> Product:
        """A product that stands in a category, with its stock and where lists have it."""
        own: dict[str, Any] = {} if of is None else {"category": of.id, "category_name": of.name}
        made = self.shop.stocked(**own, **changed)
        self.shop.installation.write(*(card(made, *scope) for scope in _scopes(made)))
        return made

    def change(self, text: str, product: Product, **fields: Any) -> dict[str, Any]:
        return self.shop.change(self.shop.seller, text, id=id_of(product), **fields)

    def count(self, of: Category) -> int:
        found: list[Category] = self.shop.books().items["Category"]
        return next(each.products for each in found if each.id == of.id)

    @property
    def products(self) -> list[Product]:
        return self.shop.books().items.get("Product", [])


def _scopes(product: Product) -> list[tuple[str, str]]:
    return [(product.category or ALL, ALL), (ALL, product.seller)]


def card(product: Product, in_category: str, of_seller: str) -> ProductCard:
    """What a list of any stock, the newest first, shows of a product."""
    return ProductCard(
        tenant=product.tenant,
        **AUDIT,
        in_category=in_category,
        of_seller=of_seller,
        availability=Availability.ANY,
        order=ListOrder.NEWEST,
        rank=product.created_at,
        product=product.id,
        seller=product.seller,
        title=product.title,
        price=product.price,
        currency=product.currency,
        in_stock=True,
    )


@pytest.fixture
def market(shop: Shop) -> Market:
    return Market(shop.with_people())


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
    ({"title": "x" * 201}, ["title"]),
    ({"description": "x" * 2001}, ["description"]),
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
        _changed(stock(made, 3), available=1, reserved=2),
    )
    market.stream.read()
    assert codes(market.change(DELETE, made)) == []
    market.stream.settle_untidily(6)
    (kept,) = shop.books().stocks
    assert (kept.active, kept.reserved, market.count(market.pans)) == (False, 2, 1)
    assert market.products[0].deleted_at is not None
    # The order is cancelled, or shipped: nothing is reserved any more.
    shop.installation.replace(_changed(kept, available=3, reserved=0))
    market.stream.settle_untidily(7)
    assert not {"Product", "Stock"} & shop.books().items.keys()
    assert market.count(market.pans) == 0


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
    seller = _changed(seller, roles=frozenset({Role.SELLER}), display_name="Ada", version=2)
    shop.installation.replace(seller)
    market.stream.settle_untidily(10)
    assert {each.seller_name for each in market.products} == {"Ada"}
    profile = SellerProfile(tenant=shop.tenant, **AUDIT, seller=SELLER, name="Ada's pans")
    shop.installation.write(profile)
    market.stream.settle_untidily(11)
    assert {each.seller_name for each in market.products} == {"Ada's pans"}
    shop.installation.replace(_changed(seller, display_name="Ada Abt", version=3))
    shop.installation.replace(_changed(profile, name="Abt's pans", version=2))
    market.stream.settle_untidily(12)
    assert {each.seller_name for each in market.products} == {"Abt's pans"}
    assert len(market.products) == len(made)
    found = shop.instance.ask(shop.customer, PRODUCT, id=id_of(made[0]))
    assert found.data["product"]["sellerName"] == "Abt's pans"
    assert CUSTOMER not in {each.seller for each in market.products}


def _changed[T: msgspec.Struct](item: T, **changed: Any) -> T:
    return msgspec.structs.replace(item, **changed)


def _names_a_product(call: Call) -> bool:
    """Whether a call writes a name under the check that it is the source's."""
    return any("ConditionCheck" in action for action in call.parameters.get("TransactItems", ()))


def _type_of(record: Any) -> str:
    return record.after["type"]["S"]
