"""Search, with the index as the stream keeps it: what is found, by whom, and for how many calls."""

from random import Random
from typing import Any

import msgspec.structs
import pytest

from tenantql.commerce import search
from tenantql.commerce.model import (
    Category,
    FulfilmentStatus,
    Order,
    OrderStatus,
    Product,
    SellerProfile,
)
from tenantql.commerce.model.orders import Line, Progress
from tenantql.engine.rebuilds import Outcome, Watcher
from tenantql.search import TermIndex
from tenantql.search.rebuilding import rebuild
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import Item, entity_of
from tenantql.table.errors import AccessDenied
from tenantql.table.requests import AnyRequest, Get
from tenantql.table.writes import Delete, Put
from tenantql.tenancy.identity import Role
from tenantql.tenancy.policy import Level
from tests.integration.commerce.shop import Shop
from tests.integration.commerce.stream import Stream
from tests.integration.installation import Answer, Installation, Instance, id_of, member
from tests.unit.builders import route, user
from tests.unit.commerce.builders import (
    AUDIT,
    CUSTOMER,
    SELLER,
    id_of_number,
    order,
    product,
    stock,
)

PRODUCTS = """query($words: String!, $first: Int, $after: String, $whole: Boolean! = false) {
  searchProducts(text: $words, first: $first, after: $after, wholeWords: $whole) {
    nodes { productId title } complete pageInfo { hasNextPage endCursor } } }"""
ORDERS = """query($words: String!, $user: ID) { searchOrders(text: $words, userId: $user) {
  nodes { orderId number placedAt } complete } }"""
CATEGORIES = """query($words: String!) { searchCategories(text: $words) {
  nodes { categoryId name } complete } }"""


class Searched(Shop):
    """A shop whose stream the test delivers."""

    def __init__(self, installation: Installation, instance: Instance, shards: int = 1) -> None:
        super().__init__(installation, instance, shards)
        self.stream = Stream(self)

    def offer(self, number: int, title: str, **fields: Any) -> Product:
        """A product with its stock."""
        made = product(self.tenant, id_of_number(number), title=title, **fields)
        self.installation.write(made, stock(made))
        return made

    def category(self, number: int, name: str) -> Category:
        """A category."""
        made = Category(
            tenant=self.tenant, **AUDIT, id=id_of_number(number), name=name, name_key=name
        )
        self.installation.write(made)
        return made

    def seller_named(self, name: str) -> str:
        """The id of a seller of this name."""
        self.installation.write(SellerProfile(tenant=self.tenant, **AUDIT, seller=name, name=name))
        return name

    def replace[T: Item](self, item: T, **changes: Any) -> T:
        """An item with changes, as a newer version of it."""
        after = msgspec.structs.replace(item, version=item.version + 1, **changes)
        self._run(Put(after))
        return after

    def stored[T: Item](self, item: T) -> T:
        """An item as it is now."""
        return self._run(Get(type(item), entity_of(type(item)).key_of(item)))

    def delete(self, item: Item) -> None:
        """Takes an item away."""
        self._run(Delete(type(item), entity_of(type(item)).key_of(item)))

    def titles(self, text: str, **variables: Any) -> list[str]:
        """The titles of the products that a customer finds."""
        answer = self.instance.ask(self.customer, PRODUCTS, words=text, **variables)
        return [node["title"] for node in answer.data["searchProducts"]["nodes"]]

    def rebuilt(
        self, index: TermIndex[Any, Any], level: Level = Level.ADMINISTER, *, mend: bool
    ) -> Outcome:
        """What a rebuild finds, with credentials of this level."""
        work = rebuild(index).run(route(self.tenant, shards=3), Watcher(), mend=mend)
        return drive(work, lambda request: self._run(request, level))

    def _run(self, request: AnyRequest, level: Level = Level.WRITE) -> Any:
        access = self.installation.access(self.tenant, level)
        return calls.run(self.installation.transport, request, access)


@pytest.fixture
def searched(installation: Installation, endpoint: Instance) -> Searched:
    """A shop whose directory has several shards."""
    return Searched(installation, endpoint, shards=3)


def keys_of(answer: Answer) -> list[tuple[str, str]]:
    """The partition key and the beginning of the sort key of each Query."""
    found: list[tuple[str, str]] = []
    for call in answer.calls:
        asked = call.parameters["ExpressionAttributeValues"]
        assert "begins_with" in call.parameters["KeyConditionExpression"]
        assert call.parameters["ConsistentRead"] is False
        assert "IndexName" not in call.parameters
        assert "FilterExpression" not in call.parameters
        found.append((asked[":0"]["S"], asked[":1"]["S"]))
    return found


@pytest.mark.pattern("P2", "S")
def test_products_by_a_word_are_one_query(searched: Searched) -> None:
    for number, title in enumerate(["Copper kettle", "Kettle, red", "KÉTTLE rug", "Kettles"]):
        searched.offer(number, title)
    searched.offer(9, "Rug", description="goes with every kettle")
    pans = searched.category(1, "Kettles & pans")
    searched.offer(10, "Copper pan", category=pans.id, seller=searched.seller_named("Ada's"))
    searched.stream.settle()

    answer = searched.instance.ask(searched.customer, PRODUCTS, words="kettl", first=3)
    found = answer.data["searchProducts"]
    assert [node["title"] for node in found["nodes"]] == [
        "Copper kettle",
        "Kettle, red",
        "KÉTTLE rug",
    ]
    assert found["nodes"][0]["productId"] == id_of(product(searched.tenant, id_of_number(0)))
    assert found["complete"] is True
    assert answer.line["calls"] == 1
    assert keys_of(answer) == [(f"TENANT#{searched.tenant}#SEARCH#PRODUCT#ke", "kettl")]

    after = found["pageInfo"]["endCursor"]
    rest = searched.instance.ask(searched.seller, PRODUCTS, words="Kettl", first=9, after=after)
    assert [node["title"] for node in rest.data["searchProducts"]["nodes"]] == [
        "Rug",
        "Kettles",
        "Copper pan",
    ]
    assert rest.operations == ["Query"]
    assert searched.titles("kettle", whole=True) == [
        *("Copper kettle", "Kettle, red", "KÉTTLE rug", "Rug")
    ]
    assert searched.titles("ada") == ["Copper pan"]
    assert searched.titles("pans") == ["Copper pan"]
    assert searched.titles("toaster") == []


@pytest.mark.pattern("P2", "S")
def test_products_by_several_words_are_a_query_each_at_once(searched: Searched) -> None:
    searched.offer(0, "Red kettle", description="of copper")
    searched.offer(1, "Kettle", description="red copper")
    searched.offer(2, "Copper kettle", seller=searched.seller_named("Redmond"))
    searched.offer(3, "Red pan", description="copper")
    searched.stream.settle()
    answer = searched.instance.ask(searched.customer, PRODUCTS, words="red kettle copper")
    found = answer.data["searchProducts"]
    assert [node["title"] for node in found["nodes"]] == ["Copper kettle", "Red kettle", "Kettle"]
    assert found["complete"] is True
    lead = f"TENANT#{searched.tenant}#SEARCH#PRODUCT#"
    assert sorted(keys_of(answer)) == [
        *((lead + "co", "copper"), (lead + "ke", "kettle"), (lead + "re", "red"))
    ]
    assert (answer.line["calls"], answer.line["rounds"]) == (3, 1)
    for text in ("a b c d e", "--"):
        refused = searched.instance.ask(searched.customer, PRODUCTS, words=text)
        assert (refused.codes, refused.operations) == (["BAD_USER_INPUT"], [])


@pytest.mark.pattern("P2")
def test_what_entries_do_not_hold_is_read_in_one_round_more(searched: Searched) -> None:
    made = [searched.offer(number, f"Kettle {number}", price=100 + number) for number in range(3)]
    searched.stream.settle()
    # Gone, and the stream has not told yet.
    searched.replace(searched.stored(made[2]), deleted_at=made[2].created_at)
    text = """{ searchProducts(text: "kettle") { nodes {
      title price { amount currency } product { title } } } }"""
    answer = searched.instance.ask(searched.customer, text)
    assert answer.data["searchProducts"]["nodes"] == [
        {
            "title": each.title,
            "price": {"amount": each.price, "currency": "EUR"},
            "product": None if each is made[2] else {"title": each.title},
        }
        for each in made
    ]
    assert answer.line["rounds"] == 2
    assert answer.operations == ["Query", "BatchGetItem"]


@pytest.mark.pattern("O7", "S")
def test_orders_are_found_by_their_customer_and_by_staff(searched: Searched) -> None:
    searched.with_people()
    tenant, write = searched.tenant, searched.installation.write
    titles = ["Copper kettle", "Red rug", "Kettle stand"]
    placed: list[Order] = []
    for number, title in enumerate(titles):
        line = Line(product=id_of_number(0), seller=SELLER, title=title, price=5, quantity=1)
        placed.append(order(tenant, number, lines=(line,)))
    write(*placed, order(tenant, 7, customer="somebody else"))
    searched.stream.settle()

    answer = searched.instance.ask(searched.customer, ORDERS, words="kettle")
    assert answer.data["searchOrders"] == {
        "nodes": [
            {"orderId": id_of(each), "number": each.number, "placedAt": each.placed_at}
            for each in (placed[2], placed[0])
        ],
        "complete": True,
    }
    assert answer.line["calls"] == 1
    assert keys_of(answer) == [(f"TENANT#{tenant}#SEARCH#ORDER#{CUSTOMER}", "kettle")]

    of_customer = id_of(user(tenant, id=CUSTOMER))
    number = placed[1].number
    by_number = searched.instance.ask(searched.staff, ORDERS, words=number, user=of_customer)
    assert [node["number"] for node in by_number.data["searchOrders"]["nodes"]] == [number]
    several = searched.instance.ask(searched.customer, ORDERS, words=f"{number} rug")
    assert [node["number"] for node in several.data["searchOrders"]["nodes"]] == [number]
    assert several.operations == ["Query", "Query"]

    tracked = {SELLER: Progress(status=FulfilmentStatus.SHIPPED, tracking="1Z-999-AA1")}
    searched.replace(placed[1], fulfilments=tracked, status=OrderStatus.SHIPPED)
    searched.stream.settle()
    by_tracking = searched.instance.ask(searched.customer, ORDERS, words="1z 999 aa1")
    assert [node["number"] for node in by_tracking.data["searchOrders"]["nodes"]] == [number]

    stranger = member(tenant, Role.CUSTOMER, subject="stranger")
    refused = searched.instance.ask(stranger, ORDERS, words="kettle", user=of_customer)
    assert (refused.codes, refused.operations) == (["FORBIDDEN"], [])
    nothing = searched.instance.ask(stranger, ORDERS, words="kettle")
    assert nothing.data["searchOrders"]["nodes"] == []
    other = id_of(user("acme-eu", id=CUSTOMER))
    nobody = searched.instance.ask(searched.staff, ORDERS, words="kettle", user=other)
    assert nobody.data["searchOrders"]["nodes"] == []


@pytest.mark.pattern("K1", "S")
def test_categories_are_one_query_for_any_number_of_words(searched: Searched) -> None:
    names = ["Garden & Café", "Café gardens", "Chairs for gardens"]
    made = [searched.category(number, name) for number, name in enumerate(names)]
    searched.stream.settle()
    for text, asked, found in (
        ("g", "g", [0, 1, 2]),
        ("CAFE", "cafe", [0, 1]),
        ("caf gard", "gard", [0, 1]),
        ("a b garden", "garden", []),
        ("chair gardens for", "gardens", [2]),
    ):
        answer = searched.instance.ask(searched.customer, CATEGORIES, words=text)
        nodes = [{"categoryId": id_of(made[n]), "name": names[n]} for n in found]
        got = answer.data["searchCategories"]
        assert sorted(got["nodes"], key=str) == sorted(nodes, key=str)
        assert got["complete"] is True
        assert answer.line["calls"] == 1
        assert keys_of(answer) == [(f"TENANT#{searched.tenant}#SEARCH#CATEGORY", asked)]


@pytest.mark.pattern("S")
def test_the_index_follows_its_products(searched: Searched) -> None:
    kitchen = searched.category(1, "Kitchen")
    pan, rug = searched.offer(1, "Steel pan", category=kitchen.id), searched.offer(2, "Wool rug")
    records = searched.stream.settle()
    assert searched.titles("kitchen pan") == ["Steel pan"], "by a name that the stream copied"

    pan = searched.stored(pan)
    kettle = searched.replace(pan, title="Steel kettle")
    records += searched.stream.settle_untidily(1)
    assert (searched.titles("pan"), searched.titles("kitchen steel")) == ([], ["Steel kettle"])

    searched.replace(kettle, deleted_at=kettle.created_at)
    searched.delete(rug)
    records += searched.stream.settle_untidily(2)
    for seed in range(3):
        Random(seed).shuffle(records)
        searched.stream.deliver(records)
    assert searched.titles("st") == searched.titles("wo") == []
    kept = [item["PK"]["S"] for item in searched.installation.items(searched.tenant)]
    assert [key for key in kept if "#SEARCH#PRODUCT#" in key] == []


@pytest.mark.pattern("S")
def test_a_rebuild_makes_the_index_of_the_products(searched: Searched) -> None:
    for number in range(30):
        searched.offer(number, f"Kettle {number}", description="copper " * (number % 3))
    with pytest.raises(AccessDenied):
        searched.rebuilt(search.PRODUCTS, Level.WRITE, mend=False)
    told = searched.rebuilt(search.PRODUCTS, mend=False)
    assert (told.owners, len(told.differences), told.moving) == (30, 30, [])
    assert sum(len(each.wrong) for each in told.differences) == 80
    assert searched.titles("kettle") == []
    assert searched.rebuilt(search.PRODUCTS, mend=True).mended == told.differences
    assert len(searched.titles("kettle", first=100)) == 30
    again = searched.rebuilt(search.PRODUCTS, mend=True)
    assert (again.agrees, again.mended) == (True, [])

    found = searched.titles("copper kettle", first=100)
    searched.stream.settle()
    assert searched.rebuilt(search.PRODUCTS, mend=False).agrees, "the stream makes the same"
    assert searched.titles("copper kettle", first=100) == found

    stray = search.PRODUCTS.entries(product(searched.tenant, id_of_number(99), title="stray"))
    searched.installation.write(*stray)
    assert searched.titles("stray") == ["stray"]
    (deleted,) = searched.rebuilt(search.PRODUCTS, mend=True).mended
    assert [each.expected for each in deleted.wrong.values()] == [None]
    assert searched.titles("stray") == []


def test_what_another_tenant_sells_is_not_found(
    installation: Installation, endpoint: Instance
) -> None:
    one, other = (Searched(installation, endpoint) for _ in range(2))
    one.offer(1, "Kettle")
    for each in (one, other):
        each.stream.settle()
    assert (one.titles("kettle"), other.titles("kettle")) == (["Kettle"], [])


def test_a_search_that_read_too_little_says_so(searched: Searched) -> None:
    words = search.PRODUCTS.entries(product(searched.tenant, id_of_number(1), title="kettle"))
    copies = [
        msgspec.structs.replace(words[0], product=id_of_number(number), rank=1)
        for number in range(1, 302)
    ]
    searched.installation.write(*copies)
    searched.offer(1000, "Kettle of copper")
    searched.stream.settle()
    answer = searched.instance.ask(searched.customer, PRODUCTS, words="kettle copper")
    assert answer.data["searchProducts"]["complete"] is False
    assert answer.operations == ["Query", "Query"]
    answer = searched.instance.ask(searched.customer, PRODUCTS, words="kettle", first=100)
    assert answer.data["searchProducts"]["complete"] is True
