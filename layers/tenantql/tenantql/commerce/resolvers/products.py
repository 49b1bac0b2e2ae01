"""Products."""

from typing import Any, Final

from tenantql.accounts.model import User
from tenantql.commerce import categories, copies, product_changes, products
from tenantql.commerce.model import Category, Product
from tenantql.commerce.product_changes import Revision, Withdrawal
from tenantql.commerce.products import NewProduct
from tenantql.commerce.resolvers.categories import CATEGORY
from tenantql.commerce.resolvers.money import money
from tenantql.engine.binding import MutationType, ObjectType, QueryType
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import NodeType, by_id, key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import Key, entity_of
from tenantql.table.requests import Get


def _may_see(_context: Context, product: Product) -> bool:
    """Everybody sees what is offered."""
    return product.deleted_at is None


PRODUCT: Final = NodeType(Product, _may_see)

_query = QueryType()
_mutation = MutationType()
_product = ObjectType("Product")
_updated = ObjectType("UpdateProductPayload")


@_query.field("product")
async def _resolve_product(_parent: None, info: Info, *, id: str) -> Product | None:
    return await by_id(info.context, id, PRODUCT)


@_product.field("price")
def _resolve_price(product: Product, _info: Info) -> dict[str, object]:
    return money(product.price, product.currency)


@_product.field("seller")
async def _resolve_seller(product: Product, _info: Info) -> User | None:
    return await Get(User, entity_of(User).key(tenant=product.tenant, id=product.seller))


@_product.field("category")
async def _resolve_category(product: Product, info: Info) -> Category | None:
    if product.category is None:
        return None
    return await categories.by_id(info.context.tenant, product.category)


@_product.field("categoryName")
async def _resolve_category_name(product: Product, _info: Info) -> str | None:
    # The stream fills in the copies, about a second after the product is there.
    if product.category is None or product.category_name is not None:
        return product.category_name
    return (await copies.category_name(product))[0]


@_product.field("sellerName")
async def _resolve_seller_name(product: Product, _info: Info) -> str | None:
    return product.seller_name or (await copies.seller_name(product))[0]


@_mutation.field("createProduct")
@payload("product")
async def _resolve_create(_parent: None, info: Info, *, input: dict[str, Any]) -> Product:
    new = NewProduct(
        title=input["title"],
        description=input["description"],
        price=input["price"]["amount"],
        currency=input["price"]["currency"],
        category=_category_in(info.context, input),
    )
    return await products.create(info.context, new, input.get("idempotency_key"))


@_mutation.field("updateProduct")
@payload("product")
async def _resolve_update(_parent: None, info: Info, *, input: dict[str, Any]) -> Key:
    context = info.context
    given = {name: value for name, value in input.items() if value is not None}
    changed = {name: given[name] for name in ("title", "description") if name in given}
    if "price" in given:
        changed |= {"price": given["price"]["amount"], "currency": given["price"]["currency"]}
    if "category_id" in input:
        changed["category"] = _category_in(context, input)
    revision = Revision(product=key_in(context, input["id"], PRODUCT)["id"], **changed)
    return await product_changes.update(context, revision, input.get("idempotency_key"))


@_updated.field("product")
async def _resolve_updated(parent: dict[str, Key | None], _info: Info) -> Product | None:
    """The product as it is now: one GetItem, if it is asked for."""
    key = parent["product"]
    return None if key is None else await Get(Product, key)


@_mutation.field("deleteProduct")
@payload("deleted_id")
async def _resolve_delete(_parent: None, info: Info, *, input: dict[str, Any]) -> str:
    withdrawal = Withdrawal(product=key_in(info.context, input["id"], PRODUCT)["id"])
    await product_changes.delete(info.context, withdrawal, input.get("idempotency_key"))
    return input["id"]


def _category_in(context: Context, input: dict[str, Any]) -> str | None:
    category = input.get("category_id")
    return None if category is None else key_in(context, category, CATEGORY)["id"]


bindables: Final = [_query, _mutation, _product, _updated]
