"""Changes of a product by its seller (P5): what it is, where it stands, and taking it off.

One transaction, without a read: that it is the caller's, and still offered, is its condition. The
stock has copies of what a cart and a checkout look at, so they change with the product.
"""

from typing import Any, Final

import msgspec

from tenantql.commerce import products
from tenantql.commerce.model import Product, Stock
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import (
    Change,
    Condition,
    Remove,
    Set,
    absent,
    all_of,
    differs,
    equals,
    exists,
)
from tenantql.table.writes import Action, Update

PRODUCT: Final = "product"


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What of a product is to change: each field that is set.

    `category` is an id, or None to take it out of its category. `price` and `currency` go together.
    """

    product: str
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    price: int | msgspec.UnsetType = msgspec.UNSET
    currency: str | msgspec.UnsetType = msgspec.UNSET
    category: str | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def fields(self) -> dict[str, Any]:
        """The new values, by field."""
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name != "product"}
        return {name: value for name, value in values.items() if value is not msgspec.UNSET}


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """Which product is taken off."""

    product: str


async def update(context: Context, revision: Revision, idempotency_key: str | None) -> Key:
    """Changes a product of the caller's, and returns its table key.

    One transaction; a second, without the category, if that is the one it is in already. Raises
    UserError for what the caller can put right, NotFound for a product that is not the caller's
    and for a category that is not there.
    """
    problems = _problems(revision.fields)
    if problems := [*problems, *problems_of(idempotency_key)]:
        raise UserError(problems)
    own = _key(context, revision.product)
    once = Once(context, "updateProduct", idempotency_key, revision)
    fields = revision.fields
    while True:
        try:
            return await once.transact(_revised(context, revision.product, fields), own)
        except ConditionFailed as error:
            if not _same_category(context, error, fields):
                raise _refusal(error) from None
            del fields["category"]


async def delete(context: Context, withdrawal: Withdrawal, idempotency_key: str | None) -> Key:
    """Takes a product of the caller's off, and returns its table key: one transaction.

    Nobody sees or buys it any more. The rest of it goes once nothing of it is reserved
    (`commerce.release`). Raises UserError, and NotFound for a product that is not the caller's.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    own = _key(context, withdrawal.product)
    once = Once(context, "deleteProduct", idempotency_key, withdrawal)
    actions = (
        Update(
            Product,
            own,
            (Set("deleted_at", context.timestamp), *context.touch()),
            _is_own(context),
            label=PRODUCT,
        ),
        _stock(context, withdrawal.product, (Set("active", False),)),
    )
    try:
        return await once.transact(actions, own)
    except ConditionFailed as error:
        raise _refusal(error) from None


def _revised(context: Context, product: str, fields: dict[str, Any]) -> tuple[Action, ...]:
    """The product and what hangs on it, with `fields`. The old category is counted down later."""
    changes: list[Change] = [
        Remove(name) if value is None else Set(name, value) for name, value in fields.items()
    ]
    condition = _is_own(context)
    actions: list[Action] = []
    if "category" in fields:
        category: str | None = fields["category"]
        elsewhere = exists("category") if category is None else differs("category", category)
        condition = all_of(condition, elsewhere)
        # The old name is wrong from now on; the stream fills in the new one.
        changes.append(Remove("category_name"))
        if category is not None:
            actions.append(products.counted(context, category))
    copied = tuple(Set(name, fields[name]) for name in _COPIED if name in fields)
    if copied:
        actions.append(_stock(context, product, copied))
    revised = (*changes, *context.touch())
    return (
        Update(Product, _key(context, product), revised, condition, label=PRODUCT),
        *actions,
    )


_COPIED: Final = ("title", "price", "currency")


def _stock(context: Context, product: str, changes: tuple[Change, ...]) -> Action:
    key = products.stock_key(context.tenant, product)
    return Update(Stock, key, (*changes, *context.touch()))


def _key(context: Context, product: str) -> Key:
    return entity_of(Product).key(tenant=context.tenant, id=product)


def _is_own(context: Context) -> Condition:
    """The product is the caller's, and is offered."""
    return all_of(equals("seller", context.identity.subject), absent("deleted_at"))


def _same_category(context: Context, error: ConditionFailed, fields: dict[str, Any]) -> bool:
    """Whether it is the caller's product, and stands in this category already."""
    stored: Product | None = error.stored.get(0)
    if stored is None or "category" not in fields:
        return False
    own = stored.seller == context.identity.subject and stored.deleted_at is None
    return own and stored.category == fields["category"]


def _refusal(error: ConditionFailed) -> NotFound:
    if PRODUCT not in error.labels and products.CATEGORY in error.labels:
        return products.no_such_category()
    return NotFound("there is no such product of yours")


def _problems(fields: dict[str, Any]) -> list[Problem]:
    if not fields:
        return [Problem("INVALID", "There is nothing to change.", ())]
    return products.problems_in(fields)
