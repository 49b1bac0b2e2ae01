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
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import (
    Condition,
    Increase,
    absent,
    all_of,
    any_of,
    at_least,
    at_most,
    equals,
    exists,
    smaller_than,
)
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Create, Update
from tenantql.tenancy.identity import Role

CATEGORY: Final = "category"
MAX_WAREHOUSES: Final = 100
TITLE_LENGTH: Final = 200
DESCRIPTION_LENGTH: Final = 2_000
MAX_PRICE: Final = 10**12
MAX_PIECES: Final = 10**9
"""In a warehouse, and that can be bought; GraphQL's Int ends at 2^31 - 1."""

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_WAREHOUSE: Final = re.compile(r"[a-z0-9-]{1,32}")


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """What a product is created from; `price` in minor units of `currency`, `category` an id."""

    title: str
    description: str
    price: int
    currency: str
    category: str | None = None


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """By how many pieces the stock in a warehouse changes."""

    warehouse: str
    by: int


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


async def adjust(context: Context, product: str, adjustment: Adjustment) -> Stock:
    """Adds pieces to a warehouse, or takes them away, and returns the stock (P7): one UpdateItem.

    Sellers change the stock of their own products, staff any. Raises UserError if there are not
    that many pieces, or too many of them or of warehouses, NotFound for a product that is not the
    caller's.
    """
    if problems := _adjustment_problems(adjustment):
        raise UserError(problems)
    in_warehouse, by = ("warehouses", adjustment.warehouse), adjustment.by
    fits: Condition
    if by > 0:
        known = all_of(exists(in_warehouse), at_most(in_warehouse, MAX_PIECES - by))
        new = all_of(absent(in_warehouse), smaller_than("warehouses", MAX_WAREHOUSES))
        fits = all_of(any_of(known, new), at_most("available", MAX_PIECES - by))
    else:
        fits = all_of(at_least(in_warehouse, -by), at_least("available", -by))
    whose = equals("seller", context.identity.subject)
    condition = fits if context.has(Role.STAFF, Role.ADMIN) else all_of(whose, fits)
    changes = (Increase(in_warehouse, by), Increase("available", by), *context.touch())
    try:
        return await Update(Stock, stock_key(context.tenant, product), changes, condition)
    except ConditionFailed as error:
        stock: Stock | None = error.stored.get(0)
        if stock is None or not _may_adjust(context, stock):
            raise NotFound("there is no such product of yours") from None
        raise UserError([_too_much(stock, adjustment)]) from None


def _may_adjust(context: Context, stock: Stock) -> bool:
    return context.has(Role.STAFF, Role.ADMIN) or stock.seller == context.identity.subject


def _too_much(stock: Stock, adjustment: Adjustment) -> Problem:
    if adjustment.by > 0:
        known = adjustment.warehouse in stock.warehouses
        if not known and len(stock.warehouses) >= MAX_WAREHOUSES:
            message = f"A product is in at most {MAX_WAREHOUSES} warehouses."
            return Problem("INVALID", message, ("warehouse",))
        message = f"There are at most {MAX_PIECES} pieces of a product."
        return Problem("INVALID", message, ("by",))
    return Problem("OUT_OF_STOCK", "There are not that many pieces to take away.", ("by",))


def problems_in(fields: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with those of a product's `fields` that are there."""
    problems: list[Problem] = []
    if "title" in fields and not 0 < len(fields["title"].strip()) <= TITLE_LENGTH:
        message = f"A title has 1 to {TITLE_LENGTH} characters."
        problems.append(Problem("INVALID", message, ("title",)))
    if "description" in fields and len(fields["description"]) > DESCRIPTION_LENGTH:
        message = f"A description has at most {DESCRIPTION_LENGTH} characters."
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
    if not _CURRENCY.fullmatch(currency):
        message = "A currency is an ISO 4217 code, such as EUR."
        problems.append(Problem("INVALID", message, ("price", "currency")))
    return problems


def _adjustment_problems(adjustment: Adjustment) -> list[Problem]:
    problems: list[Problem] = []
    if not _WAREHOUSE.fullmatch(adjustment.warehouse):
        message = "A warehouse's code has 1 to 32 small letters, digits and hyphens."
        problems.append(Problem("INVALID", message, ("warehouse",)))
    if not 0 < abs(adjustment.by) <= MAX_PIECES:
        message = f"An adjustment is by 1 to {MAX_PIECES} pieces, up or down."
        problems.append(Problem("INVALID", message, ("by",)))
    return problems
