"""Products, their stock, and the cart."""

from typing import Any, Final

from ariadne import MutationType, ObjectType, QueryType

from tenantql.accounts.model import User
from tenantql.accounts.resolvers import USER
from tenantql.commerce import carts, products
from tenantql.commerce.model import Cart, Product, Stock
from tenantql.commerce.products import Adjustment, NewProduct
from tenantql.commerce.resolvers.money import money
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import NotFound
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
_cart = ObjectType("Cart")
_line = ObjectType("CartLine")


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


@_query.field("cart")
async def _resolve_cart(_parent: None, info: Info) -> Cart | None:
    cart = await carts.of(info.context.tenant, info.context.identity.subject)
    return cart if cart is not None and cart.products else None


@_cart.field("lines")
def _resolve_lines(cart: Cart, _info: Info) -> list[dict[str, object]]:
    return [
        {
            "product_id": product,
            "quantity": cart.quantities[product],
            "price": money(cart.prices[product], cart.currency),
        }
        for product in sorted(cart.products)
    ]


@_cart.field("total")
def _resolve_total(cart: Cart, _info: Info) -> dict[str, object]:
    total = sum(cart.quantities[product] * cart.prices[product] for product in cart.products)
    return money(total, cart.currency)


@_line.field("product")
async def _resolve_line_product(line: dict[str, str], info: Info) -> Product | None:
    context = info.context
    key = entity_of(Product).key(tenant=context.tenant, id=line["product_id"])
    product = await Get(Product, key)
    return product if product is not None and PRODUCT.visible(context, product) else None


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


@_mutation.field("addToCart")
@payload("cart")
async def _resolve_add(_parent: None, info: Info, *, input: dict[str, Any]) -> Cart:
    context, id, shown = info.context, input["product_id"], input.get("price")
    if shown is not None:
        price, currency = shown["amount"], shown["currency"]
        product = key_in(context, id, PRODUCT)["id"]
        return await carts.add(context, product, input["quantity"], price, currency)
    found = await by_id(context, id, PRODUCT)
    if found is None:
        raise NotFound("there is no such product")
    return await carts.add(context, found.id, input["quantity"], found.price, found.currency)


bindables: Final = [_query, _mutation, _product, _stock, _cart, _line]
