"""The way to each category, kept by the stream: a copy of names and parents."""

from contextlib import suppress
from typing import Final

from tenantql.commerce import categories
from tenantql.commerce.model import Category, CategoryPath, Step
from tenantql.engine.carrying import Carry
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import absent, any_of, at_most, exists
from tenantql.table.requests import Position
from tenantql.table.writes import Check, Delete, Put, Transact

PAGE: Final = 25


def concerns(before: Category | None, after: Category | None) -> bool:
    """Whether a change is one of the way to a category, and to those under it."""
    if before is None or after is None:
        return True
    return (before.name, before.parent) != (after.name, after.parent)


def forget(category: Category) -> Delete:
    """Deletes the path of a category that is gone."""
    return Delete(CategoryPath, _key(category.tenant, category.id))


async def page(carry: Carry) -> Position | None:
    """Writes the paths of a category and of what is under it, so many at a time.

    They are computed from the tree as it is now. Its shape is read ahead of the names, so what a
    path shows is never older than the version that it is marked with.
    """
    tree = await categories.tree_of(carry.tenant)
    if tree is None:
        return None
    found = await categories.all_of_them(carry.tenant, consistent=True)
    names = {each.id: each.name for each in found.items}
    left = sorted(id for id in categories.below(tree.parents, carry.id) if (id,) > carry.cursor)
    for id in left[:PAGE]:
        way = categories.lineage(tree.parents, id)
        if names.keys() >= {*way} and way:
            steps = tuple(Step(id=each, name=names[each]) for each in way)
            await _write(carry, id, steps, tree.version)
    return (left[PAGE - 1],) if len(left) > PAGE else None


async def _write(carry: Carry, category: str, steps: tuple[Step, ...], version: int) -> None:
    """Puts a path over an older one, unless its category is gone."""
    path = CategoryPath(
        tenant=carry.tenant,
        created_at=carry.created_at,
        created_by=carry.created_by,
        updated_at=carry.updated_at,
        updated_by=carry.updated_by,
        category=category,
        steps=steps,
        tree_version=version,
    )
    older = any_of(absent("PK"), at_most("tree_version", version))
    there = Check(Category, categories.key(carry.tenant, category), exists("PK"))
    with suppress(ConditionFailed):
        await Transact((Put(path, older), there))


def _key(tenant: str, category: str) -> Key:
    return entity_of(CategoryPath).key(tenant=tenant, category=category)
