"""Lists of products: of all, a category or a seller; in stock; by time or price."""

from typing import Any, Final

from tenantql.commerce import product_lists
from tenantql.commerce.model import Category, CategoryTree, Product, ProductCard, SellerProfile
from tenantql.commerce.product_lists import ByPrice, Listing, PriceRange
from tenantql.commerce.resolvers.categories import CATEGORY
from tenantql.commerce.resolvers.images import image
from tenantql.commerce.resolvers.money import money
from tenantql.commerce.resolvers.sellers import SELLER
from tenantql.engine.binding import ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import NodeType, own_key_in
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get

NOBODY: Final = "nobody"
"""Stands for a category or a seller of another tenant, of which there are no products here."""

_query = QueryType()
_card = ObjectType("ProductCard")


@_query.field("products")
async def _resolve_products(
    _parent: None,
    info: Info,
    *,
    filter: dict[str, Any] | None = None,
    by_price: dict[str, Any] | None = None,
    **window: Any,
) -> Connection[Any]:
    context, asked = info.context, filter or {}
    listing = Listing(
        category=_named(context, asked.get("category_id"), CATEGORY, "id"),
        seller=_named(context, asked.get("seller_id"), SELLER, "seller"),
        in_stock=asked.get("in_stock", False),
        by_price=_by_price(by_price),
    )
    queries = [listing.query(context.tenant)]
    return await connection(context, listing.name, queries, Window(**window))


@_query.field("productsOfCategories")
async def _resolve_products_of_categories(
    _parent: None,
    info: Info,
    *,
    category_ids: list[str],
    with_subcategories: bool,
    in_stock: bool,
    by_price: dict[str, Any] | None = None,
    **window: Any,
) -> Connection[Any]:
    context, price = info.context, _by_price(by_price)
    named = {str(_named(context, id, CATEGORY, "id")) for id in category_ids}
    product_lists.ensure_few(named)
    found = named
    if with_subcategories:
        key = entity_of(CategoryTree).key(tenant=context.tenant)
        # The largest item of a shop, read often; the lists are eventually consistent as well.
        tree = await Get(CategoryTree, key, consistent=False)
        found = product_lists.below(tree, named)
        product_lists.ensure_few(found)
    queries = [
        Listing(category=category, in_stock=in_stock, by_price=price).query(context.tenant)
        for category in sorted(found)
    ]
    # Of what was asked for, not of what there is below: that may grow from page to page.
    name = f"products of categories:{sorted(named)}:{with_subcategories}:{in_stock}:{price}"
    return await connection(context, name, queries, Window(**window))


def _named(context: Context, id: str | None, node: NodeType[Any], field: str) -> str | None:
    if id is None:
        return None
    key = own_key_in(context, id, node)
    return NOBODY if key is None else str(key[field])


def _by_price(asked: dict[str, Any] | None) -> ByPrice | None:
    if asked is None:
        return None
    descending, within = asked["direction"] == "DESCENDING", asked.get("range")
    if within is None:
        return ByPrice(descending)
    # An end that is null is an end that is not given.
    ends = {name: within[name] for name in ("least", "most") if within.get(name) is not None}
    return ByPrice(descending, PriceRange(within["currency"], **ends))


@_card.field("productId")
def _resolve_product_id(card: ProductCard, _info: Info) -> str:
    return global_ids.naming(entity_of(Product), {"tenant": card.tenant, "id": card.product})


@_card.field("sellerId")
def _resolve_seller_id(card: ProductCard, _info: Info) -> str:
    return global_ids.naming(
        entity_of(SellerProfile), {"tenant": card.tenant, "seller": card.seller}
    )


@_card.field("categoryId")
def _resolve_category_id(card: ProductCard, _info: Info) -> str | None:
    if card.category is None:
        return None
    return global_ids.naming(entity_of(Category), {"tenant": card.tenant, "id": card.category})


@_card.field("product")
async def _resolve_product(card: ProductCard, _info: Info) -> Product | None:
    return await Get(Product, entity_of(Product).key(tenant=card.tenant, id=card.product))


@_card.field("price")
def _resolve_price(card: ProductCard, _info: Info) -> dict[str, object]:
    return money(card.price, card.currency)


@_card.field("image")
def _resolve_image(card: ProductCard, info: Info) -> dict[str, object] | None:
    return None if card.image is None else image(info.context, card.image)


@_card.field("rating")
def _resolve_rating(card: ProductCard, _info: Info) -> float | None:
    return None if card.rating is None else card.rating / 10


bindables: Final = [_query, _card]
