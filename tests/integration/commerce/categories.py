"""A shop's categories by their names, and the operations that change and read them."""

from typing import Any

from tests.integration.commerce.shop import PROBLEMS, Shop

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


class Categories:
    """A shop's categories, by their names."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ids: dict[str, str] = {}

    def add(self, *names: str, under: str | None = None) -> "Categories":
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


KITCHEN = [(0, "Kitchen"), (1, "Knives"), (1, "Pans"), (2, "Woks")]
"""What the fixture makes of the kitchen, as an outline."""
