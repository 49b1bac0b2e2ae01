"""Categories through the real endpoint: K2 to K7, and what follows in the stream."""

from typing import Any

import pytest

from tenantql.commerce.categories import MAX_CATEGORIES
from tenantql.commerce.category_paths import PAGE
from tenantql.commerce.model import Category, CategoryPath, CategoryTree
from tenantql.engine.changes import Record
from tenantql.tenancy.identity import Role
from tests.integration.commerce.faults import Between, at_once
from tests.integration.commerce.shop import PROBLEMS, Shop, codes
from tests.integration.commerce.stream import Stream
from tests.integration.installation import Installation, Instance, id_of, member
from tests.unit.commerce.builders import category, category_tree, id_of_number

CREATE = f"""mutation($i: CreateCategoryInput!) {{ createCategory(input: $i) {{
  category {{ id name parentId productCount }} {PROBLEMS} }} }}"""
RENAME = f"""mutation($i: RenameCategoryInput!) {{ renameCategory(input: $i) {{
  category {{ name }} {PROBLEMS} }} }}"""
MOVE = f"""mutation($i: MoveCategoryInput!) {{ moveCategory(input: $i) {{
  category {{ name parent {{ name }} }} {PROBLEMS} }} }}"""
DELETE = f"""mutation($i: DeleteCategoryInput!) {{ deleteCategory(input: $i) {{
  deletedId {PROBLEMS} }} }}"""
QUIETLY = "mutation($i: {0}Input!) {{ {1}(input: $i) {{ userErrors {{ code }} }} }}"
TREE = "{ categoryTree { depth category { name } } }"
PATH = "query($id: ID!) { categoryPath(id: $id) { name } }"


class Catalogue:
    """A shop's categories, by their names."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ids: dict[str, str] = {}

    def add(self, *names: str, under: str | None = None) -> "Catalogue":
        for name in names:
            parent = {} if under is None else {"parentId": self.ids[under]}
            made = self.shop.change(self.shop.staff, CREATE, name=name, **parent)
            assert made["userErrors"] == []
            self.ids[name] = made["category"]["id"]
        return self

    def change(self, text: str, which: str, /, **fields: Any) -> dict[str, Any]:
        return self.shop.change(self.shop.staff, text, id=self.ids[which], **fields)

    def move(self, name: str, under: str | None = None, **fields: Any) -> dict[str, Any]:
        return self.change(MOVE, name, parentId=under and self.ids[under], **fields)

    @property
    def outline(self) -> list[tuple[int, str]]:
        found = self.shop.instance.ask(self.shop.customer, TREE).data["categoryTree"]
        return [(place["depth"], place["category"]["name"]) for place in found]

    def path(self, name: str) -> list[str] | None:
        found = self.shop.instance.ask(self.shop.customer, PATH, id=self.ids[name])
        steps = found.data["categoryPath"]
        return None if steps is None else [step["name"] for step in steps]


@pytest.fixture
def catalogue(shop: Shop) -> Catalogue:
    """Kitchen (pans (woks), knives) and garden."""
    made = Catalogue(shop).add("Kitchen", "Garden")
    return made.add("Pans", "Knives", under="Kitchen").add("Woks", under="Pans")


KITCHEN = [(0, "Kitchen"), (1, "Knives"), (1, "Pans"), (2, "Woks")]


@pytest.mark.pattern("K2", "K3", "K5", "K6")
def test_a_read_is_one_call(catalogue: Catalogue) -> None:
    shop = catalogue.shop
    kitchen = catalogue.ids["Kitchen"]

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
    catalogue = Catalogue(shop).add("Kitchen", "Garden").add("Pans", under="Kitchen")
    catalogue.add("Woks", under="Pans")
    early = shop.instance.ask(shop.customer, PATH, id=catalogue.ids["Woks"])
    names = [step["name"] for step in early.data["categoryPath"]]
    assert names == ["Kitchen", "Pans", "Woks"]
    assert early.operations == ["GetItem", "Query"], "until the stream has come by"
    stream.settle()
    answer = shop.instance.ask(shop.customer, PATH, id=catalogue.ids["Woks"])
    assert answer.data == early.data
    assert answer.operations == ["GetItem"]

    catalogue.move("Pans", "Garden")
    catalogue.change(RENAME, "Garden", name="Outdoors")
    stream.settle_untidily(1)
    assert catalogue.path("Woks") == ["Outdoors", "Pans", "Woks"]
    assert catalogue.path("Pans") == ["Outdoors", "Pans"]
    assert catalogue.path("Kitchen") == ["Kitchen"]
    assert catalogue.change(DELETE, "Woks")["userErrors"] == []
    assert catalogue.path("Woks") == ["Outdoors", "Pans", "Woks"], "for a moment more"
    stream.settle_untidily(2)
    assert catalogue.path("Woks") is None
    assert len(shop.books().items["CategoryPath"]) == 3


@pytest.mark.pattern("K4")
def test_a_path_that_was_worked_out_before_a_change_is_not_written_after_it(shop: Shop) -> None:
    """The change comes, and is followed, between what the consumer reads and what it writes."""
    stream = Stream(shop)
    catalogue = Catalogue(shop).add("Pans")
    records = [each for each in stream.read() if _is_category(each)]

    def rename() -> None:
        assert codes(catalogue.change(RENAME, "Pans", name="Frying pans")) == []
        stream.settle()

    def delete() -> None:
        assert codes(catalogue.change(DELETE, "Pans")) == []
        stream.settle()

    stream.deliver(records, lambda wire: Between(wire, 3, rename))
    assert catalogue.path("Pans") == ["Frying pans"]
    stream.deliver(records, lambda wire: Between(wire, 3, delete))
    assert catalogue.path("Pans") is None
    assert "CategoryPath" not in shop.books().items


@pytest.mark.pattern("K7")
def test_a_change_is_one_transaction(catalogue: Catalogue) -> None:
    shop = catalogue.shop

    def cost(mutation: str, kind: str, **fields: Any) -> list[str]:
        answer = shop.instance.ask(shop.staff, QUIETLY.format(kind, mutation), i=fields)
        assert answer.data == {mutation: {"userErrors": []}}
        return answer.operations

    once = {"idempotencyKey": "a"}
    kitchen, woks = catalogue.ids["Kitchen"], catalogue.ids["Woks"]
    for key in ({}, once):
        made = cost("createCategory", "CreateCategory", name="New", parentId=kitchen, **key)
        assert made == ["TransactWriteItems"]
        renamed = cost("renameCategory", "RenameCategory", id=woks, name="Wok", **key)
        assert renamed == ["TransactWriteItems"]
        moved = cost("moveCategory", "MoveCategory", id=woks, parentId=kitchen, **key)
        assert moved == ["GetItem", "TransactWriteItems"], "the shape first"
    deleted = cost("deleteCategory", "DeleteCategory", id=woks, **once)
    assert deleted == ["GetItem", "TransactWriteItems"]
    # What was written is known for the new one, and read for the others if it is asked for.
    answer = shop.instance.ask(shop.staff, CREATE, i={"name": "Newer"})
    assert answer.operations == ["TransactWriteItems"]
    answer = shop.instance.ask(shop.staff, RENAME, i={"id": kitchen, "name": "Cuisine"})
    assert answer.data["renameCategory"]["category"] == {"name": "Cuisine"}
    assert answer.operations == ["TransactWriteItems", "GetItem"]


@pytest.mark.pattern("K7")
def test_the_tree_after_its_changes(catalogue: Catalogue) -> None:
    shop = catalogue.shop
    moved = catalogue.move("Pans", "Garden")
    assert moved["category"] == {"name": "Pans", "parent": {"name": "Garden"}}
    assert catalogue.outline == [
        (0, "Garden"),
        (1, "Pans"),
        (2, "Woks"),
        (0, "Kitchen"),
        (1, "Knives"),
    ]
    assert catalogue.move("Pans")["category"] == {"name": "Pans", "parent": None}
    assert catalogue.change(RENAME, "Pans", name="  A pan ")["category"] == {"name": "A pan"}
    assert catalogue.change(DELETE, "Woks")["deletedId"] == catalogue.ids["Woks"]
    assert catalogue.outline == [(0, "A pan"), (0, "Garden"), (0, "Kitchen"), (1, "Knives")]
    # What the index lists is in its new place, and by its new name.
    text = "{ childCategories { nodes { name children { nodes { name } } } } }"
    found = shop.instance.ask(shop.customer, text).data["childCategories"]["nodes"]
    assert found == [
        {"name": "A pan", "children": {"nodes": []}},
        {"name": "Garden", "children": {"nodes": []}},
        {"name": "Kitchen", "children": {"nodes": [{"name": "Knives"}]}},
    ]
    assert _tree(shop).count == len(_tree(shop).parents) == 4


@pytest.mark.pattern("K7")
@pytest.mark.parametrize("under", ["Kitchen", "Pans", "Woks"])
def test_nothing_comes_to_be_under_itself(catalogue: Catalogue, under: str) -> None:
    refused = catalogue.move("Kitchen", under)
    assert codes(refused) == ["CYCLE"]
    assert refused["category"] is None
    assert refused["userErrors"][0]["field"] == ["parentId"]
    assert catalogue.outline == [(0, "Garden"), *KITCHEN]


@pytest.mark.pattern("K7")
def test_of_two_moves_that_make_a_cycle_one_is_refused(
    catalogue: Catalogue, installation: Installation
) -> None:
    """Each of them alone is fine: kitchen under garden, and garden under kitchen."""
    shop = catalogue.shop
    pairs = [("Kitchen", "Garden"), ("Garden", "Kitchen")]
    with installation.endpoint() as one, installation.endpoint() as other:

        def ask(instance: Instance, number: int) -> list[str]:
            child, parent = (catalogue.ids[name] for name in pairs[number])
            answer = instance.ask(shop.staff, MOVE, i={"id": child, "parentId": parent})
            return codes(answer.data["moveCategory"])

        assert sorted(at_once([one, other], ask)) == [[], ["CYCLE"]]
    deeper = [(depth + 1, name) for depth, name in KITCHEN]
    first, *rest = KITCHEN
    assert catalogue.outline in ([(0, "Garden"), *deeper], [first, (1, "Garden"), *rest])


@pytest.mark.pattern("K7")
def test_a_move_rests_on_the_shape_that_it_read(
    catalogue: Catalogue, installation: Installation
) -> None:
    """The other move comes between the read and the transaction: the second attempt sees it."""
    shop = catalogue.shop
    with installation.endpoint() as other:

        def move() -> None:
            fields = {"id": catalogue.ids["Garden"], "parentId": catalogue.ids["Woks"]}
            moved = other.ask(shop.staff, MOVE, i=fields)
            assert codes(moved.data["moveCategory"]) == []

        with shop.instance_over(lambda wire: Between(wire, 2, move)) as instance:
            fields = {"id": catalogue.ids["Kitchen"], "parentId": catalogue.ids["Garden"]}
            answer = instance.ask(shop.staff, MOVE, i=fields)
    assert codes(answer.data["moveCategory"]) == ["CYCLE"]
    assert answer.operations == ["GetItem", "TransactWriteItems", "GetItem"]
    assert catalogue.outline == [*KITCHEN, (3, "Garden")]


@pytest.mark.pattern("K7")
def test_what_is_in_use_is_not_deleted(catalogue: Catalogue, installation: Installation) -> None:
    shop = catalogue.shop
    assert codes(catalogue.change(DELETE, "Pans")) == ["IN_USE"]
    made = category(shop.tenant, id_of_number(1), products=1)
    installation.write(made)
    tree = _tree(shop)
    catalogue.ids["Full"] = id_of(made)
    assert shop.instance.ask(shop.staff, DELETE, i={"id": id_of(made)}).codes == ["NOT_FOUND"]
    installation.replace(category_tree(tree, made))
    refused = catalogue.change(DELETE, "Full")
    assert codes(refused) == ["IN_USE"]
    assert refused["userErrors"][0]["field"] == ["id"]
    assert _tree(shop).count == 6


@pytest.mark.pattern("K7")
def test_a_parent_that_is_deleted_gets_no_child(
    catalogue: Catalogue, installation: Installation
) -> None:
    shop = catalogue.shop
    garden = {"parentId": catalogue.ids["Garden"]}
    with installation.endpoint() as other:

        def delete() -> None:
            answer = other.ask(shop.staff, DELETE, i={"id": catalogue.ids["Garden"]})
            assert codes(answer.data["deleteCategory"]) == []

        with shop.instance_over(lambda wire: Between(wire, 1, delete)) as instance:
            assert instance.ask(shop.staff, CREATE, i={"name": "x", **garden}).codes == [
                "NOT_FOUND"
            ]
        knives = {"id": catalogue.ids["Knives"], **garden}
        assert other.ask(shop.staff, MOVE, i=knives).codes == ["NOT_FOUND"]
    assert catalogue.outline == KITCHEN


@pytest.mark.pattern("K7")
def test_a_thousand_and_no_more(catalogue: Catalogue, installation: Installation) -> None:
    full = category_tree(_tree(catalogue.shop), count=MAX_CATEGORIES)
    installation.replace(full)
    shop = catalogue.shop
    assert codes(shop.change(shop.staff, CREATE, name="One more")) == ["TOO_MANY"]
    assert catalogue.change(DELETE, "Woks")["userErrors"] == []
    assert codes(shop.change(shop.staff, CREATE, name="One more")) == []
    assert codes(shop.change(shop.staff, CREATE, name="One more")) == ["TOO_MANY"]


NAMES = ["", "  ", "a\nb", "x" * 81, "\N{EURO SIGN}" * 27, "\u200b", "a\u0000"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_a_form(catalogue: Catalogue, name: str) -> None:
    shop = catalogue.shop
    for refused in (
        shop.change(shop.staff, CREATE, name=name),
        catalogue.change(RENAME, "Pans", name=name),
    ):
        assert codes(refused) == ["INVALID"]
        assert refused["userErrors"][0]["field"] == ["name"]
    assert catalogue.outline == [(0, "Garden"), *KITCHEN]


@pytest.mark.pattern("K7")
def test_a_repetition_changes_nothing(catalogue: Catalogue) -> None:
    shop = catalogue.shop

    def twice(text: str, **fields: Any) -> dict[str, Any]:
        first, second = (
            shop.change(shop.staff, text, **fields, idempotencyKey="k") for _ in range(2)
        )
        assert first == second
        assert first["userErrors"] == []
        return first

    before = _tree(shop).version
    made = twice(CREATE, name="Once")
    pans, woks = catalogue.ids["Pans"], catalogue.ids["Woks"]
    twice(RENAME, id=pans, name="Pan")
    twice(MOVE, id=pans)
    twice(DELETE, id=woks)
    assert _tree(shop).version == before + 4
    assert sum(name == "Once" for _, name in catalogue.outline) == 1
    for text, fields in (
        (CREATE, {"name": "Other"}),
        (RENAME, {"id": pans, "name": "Other"}),
        (MOVE, {"id": pans, "parentId": made["category"]["id"]}),
        (DELETE, {"id": pans}),
    ):
        refused = shop.change(shop.staff, text, **fields, idempotencyKey="k")
        assert codes(refused) == ["KEY_REUSED"], text
    assert _tree(shop).version == before + 4
    # A move that would make a cycle now is the first call's result all the same.
    catalogue.ids["Once"] = made["category"]["id"]
    catalogue.move("Once", "Pans", idempotencyKey="m")
    catalogue.move("Once")
    catalogue.move("Pans", "Once")
    assert codes(catalogue.move("Once", "Pans", idempotencyKey="m")) == []


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SELLER])
def test_staff_changes_categories_and_everybody_reads_them(
    catalogue: Catalogue, role: Role
) -> None:
    shop = catalogue.shop
    who = member(shop.tenant, role)
    own = {"id": catalogue.ids["Woks"]}
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
    catalogue: Catalogue, installation: Installation
) -> None:
    shop = Shop(installation, catalogue.shop.instance)
    woks = catalogue.ids["Woks"]
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


def _is_category(record: Record) -> bool:
    return record.after is not None and record.after["type"] == {"S": "Category"}


def _tree(shop: Shop) -> CategoryTree:
    (tree,) = shop.books().items["CategoryTree"]
    return tree
