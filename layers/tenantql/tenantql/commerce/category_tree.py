"""Changes of the category tree (K7): create, rename, move, delete.

The shape of the tree is one item, and every change writes it. A change that rests on the whole
shape (no cycle, nothing underneath) has the version that it has read as its condition: two moves
that together would make a cycle cannot both rest on the shape before.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from tenantql.accounts.model import orderable
from tenantql.commerce import categories
from tenantql.commerce.categories import MAX_CATEGORIES
from tenantql.commerce.model import ROOT, Category, CategoryTree
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import (
    Change,
    Condition,
    Increase,
    Remove,
    Set,
    absent,
    all_of,
    any_of,
    below,
    equals,
    exists,
)
from tenantql.table.writes import Action, Create, Delete, Update, index_change

NAME_BYTES: Final = 80
ATTEMPTS: Final = 4
"""How often a change is tried on a shape that others change at the same time."""

CATEGORY: Final = "category"
TREE: Final = "tree"


class NewCategory(msgspec.Struct, frozen=True, kw_only=True):
    """What a category is created from; `parent` is an id, or ROOT."""

    name: str
    parent: str = ROOT


class Renaming(msgspec.Struct, frozen=True, kw_only=True):
    """What a category is to be called."""

    category: str
    name: str


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Under which category another is to be: `parent` is an id, or ROOT."""

    category: str
    parent: str


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """Which category is to go."""

    category: str


async def create(context: Context, new: NewCategory, idempotency_key: str | None) -> Category:
    """Creates a category at the top or under another: one transaction.

    Raises UserError for what the caller can put right, NotFound if there is no such parent.
    """
    if problems := [*_name_problems(new.name), *problems_of(idempotency_key)]:
        raise UserError(problems)
    name = new.name.strip()
    category = Category(
        **context.audit(),
        id=context.new_id(context.now),
        name=name,
        name_key=orderable(name),
        parent=new.parent,
    )
    fits: list[Condition] = [any_of(absent("count"), below("count", MAX_CATEGORIES))]
    if new.parent != ROOT:
        fits.append(exists(_place(new.parent)))
    grown = _tree(
        context,
        (Increase("count", 1), Set(_place(category.id), new.parent)),
        all_of(*fits),
        otherwise=CategoryTree(**context.audit()),
    )
    own = categories.key(context.tenant, category.id)
    once = Once(context, "createCategory", idempotency_key, new)
    try:
        found = await once.transact((grown, Create(category)), own)
    except ConditionFailed as error:
        tree: CategoryTree | None = error.stored.get(0)
        if new.parent != ROOT and (tree is None or new.parent not in tree.parents):
            raise NotFound("there is no such parent") from None
        message = f"There are {MAX_CATEGORIES} categories, and no more can be."
        raise UserError([Problem("TOO_MANY", message, ())]) from None
    return category if found == own else await _existing(found)


async def rename(context: Context, renaming: Renaming, idempotency_key: str | None) -> Key:
    """Gives a category another name and returns its table key: one transaction.

    The stream carries the name to paths and products. Raises UserError, NotFound.
    """
    if problems := [*_name_problems(renaming.name), *problems_of(idempotency_key)]:
        raise UserError(problems)
    name = renaming.name.strip()
    own = categories.key(context.tenant, renaming.category)
    named = {"name_key": orderable(name), "id": renaming.category}
    changes = (
        Set("name", name),
        Set("name_key", named["name_key"]),
        *index_change(Category, "GSI1", named, "sk"),
        *context.touch(),
    )
    once = Once(context, "renameCategory", idempotency_key, renaming)
    try:
        return await once.transact(
            (Update(Category, own, changes, label=CATEGORY), _tree(context)), own
        )
    except ConditionFailed:
        raise _no_such_category() from None


async def move(context: Context, wanted: Move, idempotency_key: str | None) -> Key:
    """Puts a category, with all that is under it, elsewhere, and returns its table key.

    One read, of the shape, and one transaction; again if the shape has changed meanwhile. Raises
    UserError if it would come to be under itself, NotFound, Conflict.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    own = categories.key(context.tenant, wanted.category)
    once = Once(context, "moveCategory", idempotency_key, wanted)

    def moved(tree: CategoryTree) -> tuple[Action, ...]:
        if wanted.parent != ROOT and wanted.parent not in tree.parents:
            raise NotFound("there is no such parent")
        if wanted.category in categories.lineage(tree.parents, wanted.parent):
            message = "A category cannot be under itself, nor under what is under it."
            raise UserError([Problem("CYCLE", message, ("parentId",))])
        place = {"tenant": context.tenant, "parent": wanted.parent}
        changes = (
            Set("parent", wanted.parent),
            *index_change(Category, "GSI1", place, "pk"),
            *context.touch(),
        )
        return (
            _tree(context, (Set(_place(wanted.category), wanted.parent),), _unchanged(tree)),
            Update(Category, own, changes, label=CATEGORY),
        )

    return await _first_result(once, _on_the_shape(context, once, own, wanted.category, moved))


async def delete(context: Context, removal: Removal, idempotency_key: str | None) -> Key:
    """Deletes a category with nothing in it and nothing under it, and returns its table key.

    One read, of the shape, and one transaction; again if the shape has changed meanwhile. Raises
    UserError for a category in use, NotFound, Conflict.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    own = categories.key(context.tenant, removal.category)
    once = Once(context, "deleteCategory", idempotency_key, removal)

    def deleted(tree: CategoryTree) -> tuple[Action, ...]:
        if removal.category in tree.parents.values():
            raise _in_use("There are categories under this one.")
        changes = (Increase("count", -1), Remove(_place(removal.category)))
        return (
            _tree(context, changes, _unchanged(tree)),
            Delete(Category, own, equals("products", 0), label=CATEGORY),
        )

    return await _first_result(once, _on_the_shape(context, once, own, removal.category, deleted))


async def _on_the_shape(
    context: Context,
    once: Once,
    own: Key,
    category: str,
    change: Callable[[CategoryTree], tuple[Action, ...]],
) -> Key:
    """Runs the actions that follow from the shape of the tree, while it is that shape."""
    for _ in range(ATTEMPTS):
        tree = await categories.tree_of(context.tenant)
        if tree is None or category not in tree.parents:
            raise _no_such_category()
        try:
            return await once.transact(change(tree), own)
        except ConditionFailed as error:
            if TREE in error.labels:
                continue
            if not error.stored:
                raise _no_such_category() from None
            raise _in_use("There are products in this category.") from None
    raise Conflict("the categories are being changed by others; try again")


async def _first_result(once: Once, write: Coroutine[Any, Any, Key]) -> Key:
    """What `write` gives; for a repetition, what the first call gave.

    What is in the way of a repetition may be its own first call, so only a refusal asks for it.
    """
    try:
        return await write
    except (UserError, NotFound, Conflict):
        earlier = await once.earlier()
        if earlier is None:
            raise
        return earlier


async def _existing(key: Key) -> Category:
    found = await categories.at(key)
    if found is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return found


def _tree(
    context: Context,
    changes: tuple[Change, ...] = (),
    condition: Condition | None = None,
    otherwise: CategoryTree | None = None,
) -> Action:
    """The part of a change that is the tree's: its version counts every change."""
    return Update(
        CategoryTree,
        categories.tree_key(context.tenant),
        (*changes, *context.touch()),
        condition,
        otherwise=otherwise,
        label=TREE,
    )


def _unchanged(tree: CategoryTree) -> Condition:
    return equals("version", tree.version)


def _place(category: str) -> str:
    """The attribute of the tree's item that holds the parent of a category."""
    return f"in_{category}"


def _no_such_category() -> NotFound:
    return NotFound("there is no such category")


def _in_use(message: str) -> UserError:
    return UserError([Problem("IN_USE", message, ("id",))])


def _name_problems(name: str) -> list[Problem]:
    """A name has something to order it by, and a size that a thousand of them fit one page."""
    # What is not printable may not be UTF-8 either: half of a surrogate pair.
    if name.isprintable() and len(name.strip().encode()) <= NAME_BYTES and orderable(name):
        return []
    message = f"A name has 1 to {NAME_BYTES} bytes in UTF-8, none of them of a control character."
    return [Problem("INVALID", message, ("name",))]
