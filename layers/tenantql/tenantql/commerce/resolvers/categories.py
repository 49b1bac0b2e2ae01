"""Categories: lists, the tree, the way to one, and changes of the tree."""

from typing import Any, Final

from tenantql.commerce import categories, category_tree
from tenantql.commerce.categories import Place
from tenantql.commerce.category_tree import Move, NewCategory, Removal, Renaming
from tenantql.commerce.model import ROOT, Category, Step
from tenantql.engine.binding import MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import NodeType, by_id, key_in, own_key_in
from tenantql.engine.user_errors import payload
from tenantql.engine.visibility import everybody
from tenantql.table import global_ids
from tenantql.table.entity import Key, entity_of

CATEGORY: Final = NodeType(Category, everybody)

_query = QueryType()
_mutation = MutationType()
_category = ObjectType("Category")
_renamed = ObjectType("RenameCategoryPayload")
_moved = ObjectType("MoveCategoryPayload")


@_query.field("category")
async def _resolve_category(_parent: None, info: Info, *, id: str) -> Category | None:
    return await by_id(info.context, id, CATEGORY)


@_query.field("categories")
async def _resolve_categories(_parent: None, info: Info, **window: Any) -> Connection[Any]:
    context = info.context
    query = categories.all_of_them(context.tenant)
    return await connection(context, "categories", [query], Window(**window))


@_query.field("childCategories")
async def _resolve_children_of(
    _parent: None, info: Info, *, parent_id: str | None = None, **window: Any
) -> Connection[Any]:
    context = info.context
    if parent_id is None:
        return await _children(context, ROOT, window)
    key = own_key_in(context, parent_id, CATEGORY)
    # Nothing is under a category of another tenant: no id is empty, so no parent is.
    return await _children(context, _NOWHERE if key is None else key["id"], window)


@_query.field("categoryPath")
async def _resolve_path_of(_parent: None, info: Info, *, id: str) -> list[dict[str, str]] | None:
    key = own_key_in(info.context, id, CATEGORY)
    return None if key is None else await _path(info.context, key["id"])


@_query.field("categoryTree")
async def _resolve_tree(_parent: None, info: Info) -> list[Place]:
    page = await categories.all_of_them(info.context.tenant)
    return categories.outline(page.items)


@_category.field("parentId")
def _resolve_parent_id(category: Category, info: Info) -> str | None:
    return None if category.parent == ROOT else _global_id(info.context, category.parent)


@_category.field("parent")
async def _resolve_parent(category: Category, info: Info) -> Category | None:
    if category.parent == ROOT:
        return None
    return await categories.by_id(info.context.tenant, category.parent)


@_category.field("children")
async def _resolve_children(category: Category, info: Info, **window: Any) -> Connection[Any]:
    return await _children(info.context, category.id, window)


@_category.field("path")
async def _resolve_path(category: Category, info: Info) -> list[dict[str, str]]:
    return await _path(info.context, category.id) or []


@_category.field("productCount")
def _resolve_product_count(category: Category, _info: Info) -> int:
    return category.products


@_mutation.field("createCategory")
@payload("category")
async def _resolve_create(_parent: None, info: Info, *, input: dict[str, Any]) -> Category:
    new = NewCategory(name=input["name"], parent=_parent_in(info.context, input))
    return await category_tree.create(info.context, new, input.get("idempotency_key"))


@_mutation.field("renameCategory")
@payload("category")
async def _resolve_rename(_parent: None, info: Info, *, input: dict[str, Any]) -> Key:
    category = key_in(info.context, input["id"], CATEGORY)["id"]
    renaming = Renaming(category=category, name=input["name"])
    return await category_tree.rename(info.context, renaming, input.get("idempotency_key"))


@_mutation.field("moveCategory")
@payload("category")
async def _resolve_move(_parent: None, info: Info, *, input: dict[str, Any]) -> Key:
    category = key_in(info.context, input["id"], CATEGORY)["id"]
    wanted = Move(category=category, parent=_parent_in(info.context, input))
    return await category_tree.move(info.context, wanted, input.get("idempotency_key"))


@_mutation.field("deleteCategory")
@payload("deleted_id")
async def _resolve_delete(_parent: None, info: Info, *, input: dict[str, Any]) -> str:
    removal = Removal(category=key_in(info.context, input["id"], CATEGORY)["id"])
    await category_tree.delete(info.context, removal, input.get("idempotency_key"))
    return input["id"]


@_renamed.field("category")
@_moved.field("category")
async def _resolve_changed(parent: dict[str, Key | None], _info: Info) -> Category | None:
    """The category as it is now, if it is still there: one GetItem, if it is asked for."""
    key = parent["category"]
    return None if key is None else await categories.at(key)


_NOWHERE: Final = "NOWHERE"


async def _children(context: Context, parent: str, window: dict[str, Any]) -> Connection[Any]:
    query = categories.children(context.tenant, parent)
    return await connection(context, f"childCategories {parent}", [query], Window(**window))


async def _path(context: Context, category: str) -> list[dict[str, str]] | None:
    steps = await categories.path(context.tenant, category)
    return None if steps is None else [_step(context, step) for step in steps]


def _step(context: Context, step: Step) -> dict[str, str]:
    return {"id": _global_id(context, step.id), "name": step.name}


def _global_id(context: Context, category: str) -> str:
    return global_ids.naming(entity_of(Category), {"tenant": context.tenant, "id": category})


def _parent_in(context: Context, input: dict[str, Any]) -> str:
    """The parent that an input names; the top if it names none."""
    parent = input.get("parent_id")
    return ROOT if parent is None else key_in(context, parent, CATEGORY)["id"]


bindables: Final = [_query, _mutation, _category, _renamed, _moved]
