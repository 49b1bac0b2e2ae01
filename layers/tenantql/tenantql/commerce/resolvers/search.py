"""Searches for products, orders and categories."""

from typing import Any, Final

from tenantql.commerce import products
from tenantql.commerce.model import Category, Order, Product
from tenantql.commerce.model.terms import CategoryTerm, OrderTerm, ProductTerm
from tenantql.commerce.resolvers.money import money
from tenantql.commerce.resolvers.orders import customer_in
from tenantql.commerce.search import (
    CATEGORIES,
    ORDERS,
    PRODUCTS,
    category_key,
    order_key,
    product_key,
)
from tenantql.engine.binding import ObjectType, QueryType
from tenantql.engine.connections import Window
from tenantql.engine.context import Info
from tenantql.search import Hits, find
from tenantql.table.entity import entity_of
from tenantql.table.global_ids import naming
from tenantql.table.requests import Get

_query = QueryType()
_product_hit = ObjectType("ProductHit")
_order_hit = ObjectType("OrderHit")
_category_hit = ObjectType("CategoryHit")


@_query.field("searchProducts")
async def _resolve_products(
    _parent: None, info: Info, *, text: str, whole_words: bool, **window: Any
) -> Hits[Any]:
    return await find(info.context, PRODUCTS, text, Window(**window), whole_words=whole_words)


@_query.field("searchOrders")
async def _resolve_orders(
    _parent: None,
    info: Info,
    *,
    text: str,
    whole_words: bool,
    user_id: str | None = None,
    **window: Any,
) -> Hits[Any]:
    context = info.context
    customer = customer_in(context, user_id)
    found = Window(**window)
    return await find(context, ORDERS, text, found, whole_words=whole_words, customer=customer)


@_query.field("searchCategories")
async def _resolve_categories(
    _parent: None, info: Info, *, text: str, whole_words: bool, **window: Any
) -> Hits[Any]:
    return await find(info.context, CATEGORIES, text, Window(**window), whole_words=whole_words)


@_product_hit.field("productId")
def _resolve_product_id(hit: ProductTerm, _info: Info) -> str:
    return naming(entity_of(Product), {"tenant": hit.tenant, "id": hit.product})


@_product_hit.field("price")
async def _resolve_price(hit: ProductTerm, info: Info) -> dict[str, object] | None:
    # Stock is what a product can be sold from: smaller than the product, and read for carts too.
    stock = await products.stock_of(info.context.tenant, hit.product)
    return None if stock is None else money(stock.price, stock.currency)


@_product_hit.field("product")
async def _resolve_product(hit: ProductTerm, _info: Info) -> Product | None:
    return await Get(Product, product_key(hit))


@_order_hit.field("orderId")
def _resolve_order_id(hit: OrderTerm, _info: Info) -> str:
    names = ("tenant", "customer", "placed_at")
    values = {name: getattr(hit, name) for name in names}
    return naming(entity_of(Order), values | {"id": hit.order})


@_order_hit.field("order")
async def _resolve_order(hit: OrderTerm, _info: Info) -> Order | None:
    return await Get(Order, order_key(hit))


@_category_hit.field("categoryId")
def _resolve_category_id(hit: CategoryTerm, _info: Info) -> str:
    return naming(entity_of(Category), {"tenant": hit.tenant, "id": hit.category})


@_category_hit.field("category")
async def _resolve_category(hit: CategoryTerm, _info: Info) -> Category | None:
    return await Get(Category, category_key(hit))


bindables: Final = [_query, _product_hit, _order_hit, _category_hit]
