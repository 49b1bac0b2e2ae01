"""A search service behind the interface of `tenantql.search`: the shop does not notice."""

from collections import defaultdict
from typing import Any

import pytest

from tenantql.commerce.resolvers import search as resolvers
from tenantql.commerce.search import PRODUCTS
from tenantql.engine.changes import Change
from tenantql.engine.connections import Window, sealer, start_of
from tenantql.engine.context import Context
from tenantql.search import Entry, Hits, TermIndex
from tenantql.search.words import words_of
from tenantql.table.collections import Slice
from tenantql.table.cursors import Scope
from tenantql.table.driving import drive
from tenantql.table.entity import Item, entity_of
from tenantql.table.requests import AnyRequest, Position
from tests.integration.commerce.shop import Shop
from tests.unit.builders import route
from tests.unit.commerce.builders import id_of_number, product

FOUND = """query($words: String!, $first: Int, $after: String) {
  searchProducts(text: $words, first: $first, after: $after) {
    nodes { title product { title } } complete pageInfo { hasNextPage endCursor } } }"""


class Service:
    """Everything that is to be found, in this process's memory: a thing's entries by its key."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], dict[Position, list[Any]]] = defaultdict(dict)

    async def keep[S: Item, E: Entry](self, index: TermIndex[S, E], change: Change[S]) -> None:
        """Takes a change in, as `tenantql.search.keep` does."""
        image = change.after or change.before
        assert image is not None
        entries = [] if change.after is None else list(index.entries(change.after))
        key = entity_of(index.source).key_of(image)
        self.things[index.name, image.tenant][key.pk, key.sk] = entries

    async def find[E: Entry](
        self,
        context: Context,
        index: TermIndex[Any, E],
        text: str,
        window: Window,
        *,
        whole_words: bool = False,
        **_within: str,
    ) -> Hits[E]:
        """A page of what is found, as `tenantql.search.find` gives it."""
        del whole_words
        scope = Scope(context.tenant, f"service {index.name} {text}", "", descending=False)
        start, size = start_of(context, scope, window), window.size
        found = [
            (key, entries[0])
            for key, entries in sorted(self.things[index.name, context.tenant].items())
            if entries and {*words_of(text)} <= {entry.term for entry in entries}
            if start is None or key > start
        ]
        page = Slice(
            tuple(entry for _, entry in found[:size]),
            tuple(position for position, _ in found[:size]),
            has_next=len(found) > size,
            has_previous=start is not None,
        )
        return Hits(page, sealer(context, scope))


def no_request(request: AnyRequest) -> Any:
    """A service is told of a change without a call of the table."""
    raise AssertionError(request)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(resolvers, "find", made.find)
    return made


def test_resolvers_answer_with_what_a_service_finds(shop: Shop, service: Service) -> None:
    titles = ("Tea kettle", "Tea pot", "Copper kettle")
    goods = [product(shop.tenant, id_of_number(n), title=title) for n, title in enumerate(titles)]
    shop.installation.write(*goods)
    for each in goods:
        drive(service.keep(PRODUCTS, Change(None, each, route(shop.tenant))), no_request)
    answer = shop.instance.ask(shop.customer, FOUND, words="Kettle", first=1)
    page = answer.data["searchProducts"]
    assert [node["product"]["title"] for node in page["nodes"]] == ["Tea kettle"]
    assert answer.operations == ["GetItem"], "the product alone: no index of the table is asked"
    more = {"first": 1, "after": page["pageInfo"]["endCursor"]}
    rest = shop.instance.ask(shop.customer, FOUND, words="Kettle", **more).data["searchProducts"]
    assert [node["title"] for node in rest["nodes"]] == ["Copper kettle"]
    assert (rest["complete"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    drive(service.keep(PRODUCTS, Change(goods[0], None, route(shop.tenant))), no_request)
    left = shop.instance.ask(shop.customer, FOUND, words="kettle").data["searchProducts"]
    assert [node["title"] for node in left["nodes"]] == ["Copper kettle"]
