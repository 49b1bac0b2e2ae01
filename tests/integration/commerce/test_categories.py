"""Categories through the real endpoint: reads (K2 to K6), by whom, and what the stream does."""

from typing import Any

import pytest

from tenantql.commerce.category_paths import PAGE
from tenantql.commerce.model import Category, CategoryPath
from tenantql.engine.changes import Record
from tenantql.tenancy.identity import Role
from tests.integration.commerce.categories import (
    CREATE,
    DELETE,
    KITCHEN,
    MOVE,
    PATH,
    RENAME,
    TREE,
    Categories,
)
from tests.integration.commerce.faults import Between
from tests.integration.commerce.shop import Shop, codes
from tests.integration.commerce.stream import Stream
from tests.integration.installation import Installation, id_of, member
from tests.unit.commerce.builders import category, category_tree, id_of_number


@pytest.mark.pattern("K2", "K3", "K5", "K6")
def test_a_read_is_one_call(categories: Categories) -> None:
    shop = categories.shop
    kitchen = categories.ids["Kitchen"]

    def ask(text: str, **variables: Any) -> tuple[Any, list[str], list[str | None]]:
        answer = shop.instance.ask(shop.customer, text, **variables)
        (found,) = answer.data.values()
        indexes = [call.parameters.get("IndexName") for call in answer.calls]
        return found, answer.operations, indexes

    flat = """query($a: String) { categories(first: 3, after: $a) {
      nodes { name parentId } pageInfo { hasNextPage endCursor } } }"""
    found, *calls = ask(flat)
    assert found["nodes"] == [
        {"name": "Kitchen", "parentId": None},
        {"name": "Garden", "parentId": None},
        {"name": "Pans", "parentId": kitchen},
    ]
    assert calls == [["Query"], [None]]
    found, *calls = ask(flat, a=found["pageInfo"]["endCursor"])
    assert [each["name"] for each in found["nodes"]] == ["Knives", "Woks"]
    assert (found["pageInfo"]["hasNextPage"], calls) == (False, [["Query"], [None]])

    under = "query($id: ID) { childCategories(parentId: $id) { nodes { name } } }"
    found, *calls = ask(under)
    assert [each["name"] for each in found["nodes"]] == ["Garden", "Kitchen"], "by name"
    assert calls == [["Query"], ["GSI1"]]
    found, *calls = ask(under, id=kitchen)
    assert [each["name"] for each in found["nodes"]] == ["Knives", "Pans"]
    assert calls == [["Query"], ["GSI1"]]

    found, *calls = ask("query($id: ID!) { category(id: $id) { name productCount } }", id=kitchen)
    assert found == {"name": "Kitchen", "productCount": 0}
    assert calls == [["GetItem"], [None]]

    found, *calls = ask(TREE)
    assert [(each["depth"], each["category"]["name"]) for each in found] == [
        (0, "Garden"),
        *KITCHEN,
    ]
    assert calls == [["Query"], [None]]


@pytest.mark.pattern("K4")
def test_a_path_is_one_call_and_follows_the_tree(shop: Shop) -> None:
    stream = Stream(shop)
    categories = Categories(shop).add("Kitchen", "Garden").add("Pans", under="Kitchen")
    categories.add("Woks", under="Pans")
    early = shop.instance.ask(shop.customer, PATH, id=categories.ids["Woks"])
    names = [step["name"] for step in early.data["categoryPath"]]
    assert names == ["Kitchen", "Pans", "Woks"]
    assert early.operations == ["GetItem", "Query"], "until the stream has come by"
    stream.settle()
    answer = shop.instance.ask(shop.customer, PATH, id=categories.ids["Woks"])
    assert answer.data == early.data
    assert answer.operations == ["GetItem"]

    categories.move("Pans", "Garden")
    categories.change(RENAME, "Garden", name="Outdoors")
    stream.settle_untidily(1)
    assert categories.path("Woks") == ["Outdoors", "Pans", "Woks"]
    assert categories.path("Pans") == ["Outdoors", "Pans"]
    assert categories.path("Kitchen") == ["Kitchen"]
    assert categories.change(DELETE, "Woks")["userErrors"] == []
    assert categories.path("Woks") == ["Outdoors", "Pans", "Woks"], "for a moment more"
    stream.settle_untidily(2)
    assert categories.path("Woks") is None
    assert len(shop.books().items["CategoryPath"]) == 3


@pytest.mark.pattern("K4")
def test_a_path_that_was_worked_out_before_a_change_is_not_written_after_it(shop: Shop) -> None:
    """The change comes, and is followed, between what the consumer reads and what it writes."""
    stream = Stream(shop)
    categories = Categories(shop).add("Pans")
    records = [each for each in stream.read() if _is_category(each)]

    def rename() -> None:
        assert codes(categories.change(RENAME, "Pans", name="Frying pans")) == []
        stream.settle()

    def delete() -> None:
        assert codes(categories.change(DELETE, "Pans")) == []
        stream.settle()

    stream.deliver(records, lambda wire: Between(wire, 3, rename))
    assert categories.path("Pans") == ["Frying pans"]
    stream.deliver(records, lambda wire: Between(wire, 3, delete))
    assert categories.path("Pans") is None
    assert "CategoryPath" not in shop.books().items


@pytest.mark.pattern("K4", "K6")
def test_a_deep_branch_is_carried_page_by_page(shop: Shop, installation: Installation) -> None:
    """A chain deeper than the operation's limit, and longer than two pages of paths."""
    length = 2 * PAGE + 3
    chain: list[Category] = []
    for number in range(length):
        above = {"parent": chain[-1].id} if chain else {}
        chain.append(category(shop.tenant, id_of_number(number), name=f"c{number}", **above))
    installation.write(*chain, category_tree(None, *chain))
    stream = Stream(shop)
    root = {"id": id_of(chain[0]), "name": "top"}
    assert codes(shop.change(shop.staff, RENAME, **root)) == []
    stream.settle_untidily(3)
    paths: dict[str, CategoryPath] = {
        path.category: path for path in shop.books().items["CategoryPath"]
    }
    for number, each in enumerate(chain):
        steps = [step.name for step in paths[each.id].steps]
        assert steps == ["top", *(f"c{below}" for below in range(1, number + 1))]
    assert "Carry" not in shop.books().items
    found = shop.instance.ask(shop.customer, TREE).data["categoryTree"]
    assert [place["depth"] for place in found] == [*range(length)]


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SELLER])
def test_staff_changes_categories_and_everybody_reads_them(
    categories: Categories, role: Role
) -> None:
    shop = categories.shop
    who = member(shop.tenant, role)
    own = {"id": categories.ids["Woks"]}
    for text, fields in (
        (CREATE, {"name": "x"}),
        (RENAME, {**own, "name": "x"}),
        (MOVE, own),
        (DELETE, own),
    ):
        answer = shop.instance.ask(who, text, i=fields)
        assert (answer.codes, answer.operations) == (["FORBIDDEN"], []), text
    assert len(shop.instance.ask(who, TREE).data["categoryTree"]) == 5


def test_another_tenants_categories_are_not_there(
    categories: Categories, installation: Installation
) -> None:
    shop = Shop(installation, categories.shop.instance)
    woks = categories.ids["Woks"]
    reads: list[tuple[str, dict[str, Any]]] = [
        ("query($id: ID!) { category(id: $id) { name } }", {"category": None}),
        (PATH, {"categoryPath": None}),
        (
            "query($id: ID) { childCategories(parentId: $id) { nodes { name } } }",
            {"childCategories": {"nodes": []}},
        ),
    ]
    for text, found in reads:
        assert shop.instance.ask(shop.staff, text, id=woks).data == found
    for text, fields in (
        (CREATE, {"name": "x", "parentId": woks}),
        (RENAME, {"id": woks, "name": "x"}),
        (MOVE, {"id": woks}),
        (DELETE, {"id": woks}),
    ):
        answer = shop.instance.ask(shop.staff, text, i=fields)
        assert (answer.codes, answer.operations) == (["NOT_FOUND"], []), text
    # Nor is one that was never there.
    never = id_of(category(shop.tenant, id_of_number(7)))
    for text, fields in (
        (CREATE, {"name": "x", "parentId": never}),
        (RENAME, {"id": never, "name": "x"}),
        (MOVE, {"id": never}),
        (DELETE, {"id": never}),
    ):
        assert shop.instance.ask(shop.staff, text, i=fields).codes == ["NOT_FOUND"], text
    assert installation.items(shop.tenant) == []


def _is_category(record: Record) -> bool:
    return record.after is not None and record.after["type"] == {"S": "Category"}
