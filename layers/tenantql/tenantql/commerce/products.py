"""Products and their stock."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import structs

from tenantql.commerce import categories
from tenantql.commerce.model import Category, Product, Stock
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError, fits
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import (
    Increase,
)
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Create, Update

CATEGORY: Final = "category"
TITLE_BYTES: Final = 200
DESCRIPTION_BYTES: Final = 6_000
"""In UTF-8, as items and what is copied into them are limited: docs/data-model.md, item sizes."""

MAX_PRICE: Final = 10**12
CURRENCY: Final = re.compile(r"[A-Z]{3}")


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """What a product is created from; `price` in minor units of `currency`, `category` an id."""

    title: str
    description: str
    price: int
    currency: str
    category: str | None = None


def stock_of(tenant: str, product: str) -> Get[Stock]:
    """A product's stock in every warehouse (P8): one GetItem."""
    return Get(Stock, stock_key(tenant, product))


def stock_key(tenant: str, product: str) -> Key:
    """The table key of a product's stock."""
    return entity_of(Stock).key(tenant=tenant, product=product)


async def create(context: Context, new: NewProduct, idempotency_key: str | None) -> Product:
    """Creates a product of the caller, with an empty stock, in one transaction (P5).

    Raises UserError for what the caller can put right, NotFound for a category that is not there,
    and then nothing has been written.
    """
    if problems := [*problems_in(structs.asdict(new)), *problems_of(idempotency_key)]:
        raise UserError(problems)
    seller, id = context.identity.subject, context.new_id(context.now)
    product = Product(
        **context.audit(),
        id=id,
        seller=seller,
        title=new.title,
        description=new.description,
        price=new.price,
        currency=new.currency,
        category=new.category,
    )
    stock = Stock(
        **context.audit(),
        product=id,
        seller=seller,
        title=new.title,
        price=new.price,
        currency=new.currency,
    )
    own = entity_of(Product).key_of(product)
    once = Once(context, "createProduct", idempotency_key, new)
    actions: tuple[Action, ...] = (Create(product), Create(stock))
    if new.category is not None:
        actions = (*actions, counted(context, new.category))
    try:
        key = await once.transact(actions, own)
    except ConditionFailed as error:
        if CATEGORY not in error.labels:
            raise
        raise no_such_category() from None
    found = product if key == own else await Get(Product, key)
    if found is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return found


def counted(context: Context, category: str) -> Action:
    """Counts a product into a category, which has to be there: see `Category`."""
    return Update(
        Category,
        categories.key(context.tenant, category),
        (Increase("products", 1),),
        label=CATEGORY,
    )


def no_such_category() -> NotFound:
    """What is told of a category that is not there."""
    return NotFound("there is no such category")


def problems_in(fields: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with those of a product's `fields` that are there."""
    problems: list[Problem] = []
    if "title" in fields and not (fields["title"].strip() and fits(fields["title"], TITLE_BYTES)):
        message = f"A title has 1 to {TITLE_BYTES} bytes in UTF-8."
        problems.append(Problem("INVALID", message, ("title",)))
    if "description" in fields and not fits(fields["description"], DESCRIPTION_BYTES):
        message = f"A description has at most {DESCRIPTION_BYTES} bytes in UTF-8."
        problems.append(Problem("INVALID", message, ("description",)))
    if "price" in fields:
        problems += price_problems(fields["price"], fields["currency"])
    return problems


def price_problems(price: int, currency: str) -> list[Problem]:
    """What is wrong with the price of a piece, in minor units of `currency`."""
    problems: list[Problem] = []
    if not 0 < price <= MAX_PRICE:
        message = "A price is more than nothing, and at most 10^12 minor units."
        problems.append(Problem("INVALID", message, ("price", "amount")))
    if not CURRENCY.fullmatch(currency):
        message = "A currency is an ISO 4217 code, such as EUR."
        problems.append(Problem("INVALID", message, ("price", "currency")))
    return problems
