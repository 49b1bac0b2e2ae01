"""Categories: a tree of any depth, in one item collection of the tenant."""

from typing import Final

import msgspec

from tenantql.table.entity import Item, entity

ROOT: Final = "ROOT"
"""The parent of a category that has none. No id is like it: those have 26 characters."""


@entity(
    name="Category",
    pk="TENANT#{tenant}#CATEGORIES",
    sk="CATEGORY#{id}",
    indexes={"GSI1": ("TENANT#{tenant}#CHILDREN#{parent}", "{name_key}#{id}")},
)
class Category(Item, frozen=True, kw_only=True):
    """A place in the tree. `parent` is an id or ROOT, `name_key` the name as it is ordered.

    `products` counts the products in it. Each is counted before it is there and until after it
    has gone: so a category in use never looks unused.
    """

    id: str
    name: str
    name_key: str
    parent: str = ROOT
    products: int = 0


@entity(
    name="CategoryTree",
    pk="TENANT#{tenant}#CATEGORIES",
    sk="TREE",
    spread={"parents": "in_"},
)
class CategoryTree(Item, frozen=True, kw_only=True):
    """The shape of the whole tree: the parent of each category, by its id, and how many there are.

    One item, so that what is said of the whole tree (no cycle, no child, not too many) is a
    condition on one version, and no two changes of the tree can both rest on an old shape.
    """

    parents: dict[str, str] = {}
    count: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A category on the way from the root."""

    id: str
    name: str


@entity(name="CategoryPath", pk="TENANT#{tenant}#CATEGORY#{category}", sk="PATH")
class CategoryPath(Item, frozen=True, kw_only=True):
    """The way from the root to a category, itself included: a copy that the stream keeps.

    `tree_version` is that of the tree which it was made of.
    """

    category: str
    steps: tuple[Step, ...]
    tree_version: int
