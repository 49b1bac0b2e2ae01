"""Products and their stock."""

from typing import Any, Final

from ariadne import MutationType, ObjectType, QueryType

from tenantql.accounts.model import User
from tenantql.accounts.resolvers import USER
from tenantql.commerce import products
from tenantql.commerce.model import Product, Stock
from tenantql.commerce.products import Adjustment, NewProduct
from tenantql.commerce.resolvers.money import money
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import NodeType, by_id, key_in, own_key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get


def _may_see(_context: Context, product: Product) -> bool:
    """Everybody sees what is offered."""
    return product.deleted_at is None


PRODUCT: Final = NodeType(Product, _may_see)

_query = QueryType()
_mutation = MutationType()
_product = ObjectType("Product")
_stock = ObjectType("Stock")


@_query.field("product")
async def _resolve_product(_parent: None, info: Info, *, id: str) -> Product | None:
    return await by_id(info.context, id, PRODUCT)


@_product.field("price")
def _resolve_price(product: Product, _info: Info) -> dict[str, object]:
    return money(product.price, product.currency)


@_product.field("seller")
async def _resolve_seller(product: Product, info: Info) -> User | None:
    context = info.context
    user = await Get(User, entity_of(User).key(tenant=context.tenant, id=product.seller))
    # A user has an address and roles, which are not for everybody who looks at a product.
    return user if user is not None and USER.visible(context, user) else None


@_product.field("stock")
async def _resolve_stock(product: Product, info: Info) -> Stock | None:
    return await products.stock_of(info.context.tenant, product.id)


@_query.field("stock")
async def _resolve_stock_of(_parent: None, info: Info, *, product_id: str) -> Stock | None:
    context = info.context
    key = own_key_in(context, product_id, PRODUCT)
    return None if key is None else await products.stock_of(context.tenant, key["id"])


@_stock.field("warehouses")
def _resolve_warehouses(stock: Stock, _info: Info) -> list[dict[str, object]]:
    return [
        {"warehouse": code, "quantity": quantity}
        for code, quantity in sorted(stock.warehouses.items())
    ]


@_mutation.field("createProduct")
@payload("product")
async def _resolve_create(_parent: None, info: Info, *, input: dict[str, Any]) -> Product:
    new = NewProduct(
        title=input["title"],
        description=input["description"],
        price=input["price"]["amount"],
        currency=input["price"]["currency"],
    )
    return await products.create(info.context, new, input.get("idempotency_key"))


@_mutation.field("adjustStock")
@payload("stock")
async def _resolve_adjust(_parent: None, info: Info, *, input: dict[str, Any]) -> Stock:
    adjustment = Adjustment(warehouse=input["warehouse"], by=input["by"])
    product = key_in(info.context, input["product_id"], PRODUCT)
    return await products.adjust(info.context, product["id"], adjustment)


bindables: Final = [_query, _mutation, _product, _stock]
