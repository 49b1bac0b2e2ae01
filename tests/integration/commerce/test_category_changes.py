"""Changes of the tree of categories (K7): one transaction each, no cycle, and no race lost."""

from typing import Any

import pytest

from tenantql.commerce.categories import MAX_CATEGORIES
from tenantql.commerce.model import CategoryTree
from tests.integration.commerce.categories import (
    CREATE,
    DELETE,
    KITCHEN,
    MOVE,
    QUIETLY,
    RENAME,
    Categories,
)
from tests.integration.commerce.faults import Between, at_once
from tests.integration.commerce.shop import Shop, codes
from tests.integration.installation import Installation, Instance, id_of
from tests.unit.commerce.builders import category, category_tree, id_of_number


@pytest.mark.pattern("K7")
def test_a_change_is_one_transaction(categories: Categories) -> None:
    shop = categories.shop

    def cost(mutation: str, kind: str, **fields: Any) -> list[str]:
        answer = shop.instance.ask(shop.staff, QUIETLY.format(kind, mutation), i=fields)
        assert answer.data == {mutation: {"userErrors": []}}
        return answer.operations

    once = {"idempotencyKey": "a"}
    kitchen, woks = categories.ids["Kitchen"], categories.ids["Woks"]
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
def test_the_tree_after_its_changes(categories: Categories) -> None:
    shop = categories.shop
    moved = categories.move("Pans", "Garden")
    assert moved["category"] == {"name": "Pans", "parent": {"name": "Garden"}}
    assert categories.outline == [
        (0, "Garden"),
        (1, "Pans"),
        (2, "Woks"),
        (0, "Kitchen"),
        (1, "Knives"),
    ]
    assert categories.move("Pans")["category"] == {"name": "Pans", "parent": None}
    assert categories.change(RENAME, "Pans", name="  A pan ")["category"] == {"name": "A pan"}
    assert categories.change(DELETE, "Woks")["deletedId"] == categories.ids["Woks"]
    assert categories.outline == [(0, "A pan"), (0, "Garden"), (0, "Kitchen"), (1, "Knives")]
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
def test_nothing_comes_to_be_under_itself(categories: Categories, under: str) -> None:
    refused = categories.move("Kitchen", under)
    assert codes(refused) == ["CYCLE"]
    assert refused["category"] is None
    assert refused["userErrors"][0]["field"] == ["parentId"]
    assert categories.outline == [(0, "Garden"), *KITCHEN]


@pytest.mark.pattern("K7")
def test_of_two_moves_that_make_a_cycle_one_is_refused(
    categories: Categories, installation: Installation
) -> None:
    """Each of them alone is fine: kitchen under garden, and garden under kitchen."""
    shop = categories.shop
    pairs = [("Kitchen", "Garden"), ("Garden", "Kitchen")]
    one = installation.endpoint()
    other = installation.endpoint()

    def ask(instance: Instance, number: int) -> list[str]:
        child, parent = (categories.ids[name] for name in pairs[number])
        answer = instance.ask(shop.staff, MOVE, i={"id": child, "parentId": parent})
        return codes(answer.data["moveCategory"])

    assert sorted(at_once([one, other], ask)) == [[], ["CYCLE"]]
    deeper = [(depth + 1, name) for depth, name in KITCHEN]
    first, *rest = KITCHEN
    assert categories.outline in ([(0, "Garden"), *deeper], [first, (1, "Garden"), *rest])


@pytest.mark.pattern("K7")
def test_a_move_rests_on_the_shape_that_it_read(
    categories: Categories, installation: Installation
) -> None:
    """The other move comes between the read and the transaction: the second attempt sees it."""
    shop = categories.shop
    other = installation.endpoint()

    def move() -> None:
        fields = {"id": categories.ids["Garden"], "parentId": categories.ids["Woks"]}
        moved = other.ask(shop.staff, MOVE, i=fields)
        assert codes(moved.data["moveCategory"]) == []

    instance = shop.instance_over(lambda wire: Between(wire, 2, move))
    fields = {"id": categories.ids["Kitchen"], "parentId": categories.ids["Garden"]}
    answer = instance.ask(shop.staff, MOVE, i=fields)
    assert codes(answer.data["moveCategory"]) == ["CYCLE"]
    assert answer.operations == ["GetItem", "TransactWriteItems", "GetItem"]
    assert categories.outline == [*KITCHEN, (3, "Garden")]


@pytest.mark.pattern("K7")
def test_what_is_in_use_is_not_deleted(categories: Categories, installation: Installation) -> None:
    shop = categories.shop
    assert codes(categories.change(DELETE, "Pans")) == ["IN_USE"]
    made = category(shop.tenant, id_of_number(1), products=1)
    installation.write(made)
    tree = _tree(shop)
    categories.ids["Full"] = id_of(made)
    assert shop.instance.ask(shop.staff, DELETE, i={"id": id_of(made)}).codes == ["NOT_FOUND"]
    installation.replace(category_tree(tree, made))
    refused = categories.change(DELETE, "Full")
    assert codes(refused) == ["IN_USE"]
    assert refused["userErrors"][0]["field"] == ["id"]
    assert _tree(shop).count == 6


@pytest.mark.pattern("K7")
def test_a_parent_that_is_deleted_gets_no_child(
    categories: Categories, installation: Installation
) -> None:
    shop = categories.shop
    garden = {"parentId": categories.ids["Garden"]}
    other = installation.endpoint()

    def delete() -> None:
        answer = other.ask(shop.staff, DELETE, i={"id": categories.ids["Garden"]})
        assert codes(answer.data["deleteCategory"]) == []

    instance = shop.instance_over(lambda wire: Between(wire, 1, delete))
    assert instance.ask(shop.staff, CREATE, i={"name": "x", **garden}).codes == ["NOT_FOUND"]
    knives = {"id": categories.ids["Knives"], **garden}
    assert other.ask(shop.staff, MOVE, i=knives).codes == ["NOT_FOUND"]
    assert categories.outline == KITCHEN


@pytest.mark.pattern("K7")
def test_a_thousand_and_no_more(categories: Categories, installation: Installation) -> None:
    full = category_tree(_tree(categories.shop), count=MAX_CATEGORIES)
    installation.replace(full)
    shop = categories.shop
    assert codes(shop.change(shop.staff, CREATE, name="One more")) == ["TOO_MANY"]
    assert categories.change(DELETE, "Woks")["userErrors"] == []
    assert codes(shop.change(shop.staff, CREATE, name="One more")) == []
    assert codes(shop.change(shop.staff, CREATE, name="One more")) == ["TOO_MANY"]


NAMES = ["", "  ", "a\nb", "x" * 81, "\N{EURO SIGN}" * 27, "\u200b", "a\u0000"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_a_form(categories: Categories, name: str) -> None:
    shop = categories.shop
    for refused in (
        shop.change(shop.staff, CREATE, name=name),
        categories.change(RENAME, "Pans", name=name),
    ):
        assert codes(refused) == ["INVALID"]
        assert refused["userErrors"][0]["field"] == ["name"]
    assert categories.outline == [(0, "Garden"), *KITCHEN]


@pytest.mark.pattern("K7")
def test_a_repetition_changes_nothing(categories: Categories) -> None:
    shop = categories.shop

    def twice(text: str, **fields: Any) -> dict[str, Any]:
        first, second = (
            shop.change(shop.staff, text, **fields, idempotencyKey="k") for _ in range(2)
        )
        assert first == second
        assert first["userErrors"] == []
        return first

    before = _tree(shop).version
    made = twice(CREATE, name="Once")
    pans, woks = categories.ids["Pans"], categories.ids["Woks"]
    twice(RENAME, id=pans, name="Pan")
    twice(MOVE, id=pans)
    twice(DELETE, id=woks)
    assert _tree(shop).version == before + 4
    assert sum(name == "Once" for _, name in categories.outline) == 1
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
    categories.ids["Once"] = made["category"]["id"]
    categories.move("Once", "Pans", idempotencyKey="m")
    categories.move("Once")
    categories.move("Pans", "Once")
    assert codes(categories.move("Once", "Pans", idempotencyKey="m")) == []


def _tree(shop: Shop) -> CategoryTree:
    (tree,) = shop.books().items["CategoryTree"]
    return tree
