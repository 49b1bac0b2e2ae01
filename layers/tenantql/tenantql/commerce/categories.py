"""Categories: lists, the whole tree, and the way to one of them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenantql.commerce.model import ROOT, Category, CategoryPath, CategoryTree, Step
from tenantql.table.entity import Key, entity_of
from tenantql.table.requests import Get, Query

MAX_CATEGORIES: Final = 1_000
"""Of a tenant: so all of them are one page of a Query (docs/data-model.md, item sizes)."""


class Place(msgspec.Struct, frozen=True):
    """A category in the outline of the tree; `depth` is 0 for a root."""

    category: Category
    depth: int


def key(tenant: str, id: str) -> Key:
    """The table key of a category."""
    return entity_of(Category).key(tenant=tenant, id=id)


def by_id(tenant: str, id: str) -> Get[Category]:
    """A category (K5): one GetItem."""
    return at(key(tenant, id))


def at(own: Key) -> Get[Category]:
    """The category with this table key: one GetItem."""
    return Get(Category, own)


def all_of_them(tenant: str, *, consistent: bool = False) -> Query[Category]:
    """Every category, in the order of their ids (K2, K6): one Query, in pages or at once."""
    entity = entity_of(Category)
    return Query(
        Category,
        entity.pk.format({"tenant": tenant}),
        sk_begins=entity.sk.prefix({}),
        limit=MAX_CATEGORIES,
        consistent=consistent,
    )


def children(tenant: str, parent: str = ROOT) -> Query[Category]:
    """The categories right under another, or the roots, by name (K3): one Query of GSI1."""
    pk = entity_of(Category).index("GSI1").pk
    return Query(Category, pk.format({"tenant": tenant, "parent": parent}), index="GSI1")


def path_of(tenant: str, category: str) -> Get[CategoryPath]:
    """The way from the root to a category (K4): one GetItem."""
    return Get(CategoryPath, entity_of(CategoryPath).key(tenant=tenant, category=category))


def tree_of(tenant: str) -> Get[CategoryTree]:
    """The shape of the tree: one GetItem. There is none before the first category."""
    return Get(CategoryTree, tree_key(tenant))


def tree_key(tenant: str) -> Key:
    """The table key of the shape of the tree."""
    return entity_of(CategoryTree).key(tenant=tenant)


async def path(tenant: str, category: str) -> tuple[Step, ...] | None:
    """The way from the root to a category, itself included; None if there is no such category.

    One GetItem. For a moment after a category is made its path is not there yet: then all
    categories are read, by one Query more.
    """
    found = await path_of(tenant, category)
    if found is not None:
        return found.steps
    page = await all_of_them(tenant, consistent=True)
    known = {each.id: each for each in page.items}
    if category not in known:
        return None
    ids = lineage({each.id: each.parent for each in page.items}, category)
    return tuple(Step(id=id, name=known[id].name) for id in ids if id in known)


def lineage(parents: dict[str, str], category: str) -> list[str]:
    """The ids from the root to a category, itself included.

    `parents` may be no tree, if changes went on while they were read: no id comes twice.
    """
    found: dict[str, None] = {}
    at = category
    while at != ROOT and at in parents and at not in found:
        found[at] = None
        at = parents[at]
    return [*reversed(found)]


def below(parents: dict[str, str], category: str) -> list[str]:
    """The ids of a category and of everything under it."""
    under: dict[str, list[str]] = {}
    for id, parent in parents.items():
        under.setdefault(parent, []).append(id)
    found = {category: None}
    waiting = [category]
    while waiting:
        fresh = [id for id in under.get(waiting.pop(), ()) if id not in found]
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return [*found]


def outline(categories: Sequence[Category]) -> list[Place]:
    """The tree from top to bottom, each category ahead of those under it, siblings by name (K6).

    A Query is no snapshot: while a branch moves, a part of it can seem to hang nowhere. It is
    shown as a root then; none is left out.
    """
    under: dict[str, list[Category]] = {}
    for each in sorted(categories, key=_by_name, reverse=True):
        under.setdefault(each.parent, []).append(each)
    known = {each.id for each in categories}
    found: dict[str, Place] = {}
    roots = [each for each in categories if each.parent not in known]
    for group in (roots, categories):
        for top in sorted(group, key=_by_name):
            waiting = [Place(top, 0)]
            while waiting:
                place = waiting.pop()
                if place.category.id in found:
                    continue
                found[place.category.id] = place
                deeper = under.get(place.category.id, ())
                waiting += (Place(each, place.depth + 1) for each in deeper)
    return [*found.values()]


def _by_name(category: Category) -> tuple[str, str]:
    return category.name_key, category.id
