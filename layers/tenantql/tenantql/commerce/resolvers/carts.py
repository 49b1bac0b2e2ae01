"""The cart, and what a checkout would say to it."""

from collections.abc import Mapping
from typing import Any, Final

from tenantql.commerce import cart_check, carts
from tenantql.commerce.cart_check import CheckedLine, Obstacle
from tenantql.commerce.carts import Addition, Shown
from tenantql.commerce.model import Cart, Product
from tenantql.commerce.resolvers.money import money
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.engine.binding import EnumType, MutationType, ObjectType, QueryType
from tenantql.engine.context import Info
from tenantql.engine.errors import NotFound
from tenantql.engine.nodes import by_id, key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get

_query = QueryType()
_mutation = MutationType()
_cart = ObjectType("Cart")
_line = ObjectType("CartLine")
_checked = ObjectType("CheckedCartLine")


@_query.field("cart")
async def _resolve_cart(_parent: None, info: Info) -> Cart | None:
    return _filled(await carts.of(info.context.tenant, info.context.identity.subject))


def _filled(cart: Cart | None) -> Cart | None:
    """A cart that has something in it."""
    return cart if cart is not None and cart.products else None


@_cart.field("lines")
def _resolve_lines(cart: Cart, _info: Info) -> list[CheckedLine]:
    return [cart_check.line(cart, product, None) for product in sorted(cart.products)]


@_cart.field("pieces")
def _resolve_pieces(cart: Cart, _info: Info) -> int:
    return sum(cart.quantities[product] for product in cart.products)


@_cart.field("total")
def _resolve_total(cart: Cart, _info: Info) -> dict[str, object]:
    total = sum(cart.quantities[product] * cart.prices[product] for product in cart.products)
    return money(total, cart.currency)


@_cart.field("check")
async def _resolve_check(cart: Cart, _info: Info) -> dict[str, object]:
    lines = cart_check.checked(cart, await cart_check.stocks_of(cart))
    problems = cart_check.problems_of(lines)
    return {"ready": not problems, "problems": problems, "lines": lines}


@_line.field("price")
@_checked.field("price")
def _resolve_price(line: CheckedLine, _info: Info) -> dict[str, object]:
    return money(line.price, line.currency)


@_line.field("product")
@_checked.field("product")
async def _resolve_product(line: CheckedLine, _info: Info) -> Product | None:
    key = entity_of(Product).key(tenant=line.tenant, id=line.product)
    return await Get(Product, key)


@_checked.field("title")
def _resolve_title(line: CheckedLine, _info: Info) -> str | None:
    return None if line.stock is None else line.stock.title


@_checked.field("livePrice")
def _resolve_live_price(line: CheckedLine, _info: Info) -> dict[str, object] | None:
    if line.stock is None or line.obstacle is Obstacle.GONE:
        return None
    return money(line.stock.price, line.stock.currency)


@_checked.field("left")
def _resolve_left(line: CheckedLine, _info: Info) -> int | None:
    short = line.stock is not None and line.obstacle is Obstacle.OUT_OF_STOCK
    return line.stock.available if short and line.stock is not None else None


@_mutation.field("addToCart")
@payload("cart")
async def _resolve_add(_parent: None, info: Info, *, input: dict[str, Any]) -> Cart:
    context, id, shown = info.context, input["product_id"], _shown(input.get("price"))
    product = key_in(context, id, PRODUCT)["id"]
    looked_up = shown is None
    if shown is None:
        found = await by_id(context, id, PRODUCT)
        if found is None:
            raise NotFound("there is no such product")
        shown = Shown(found.price, found.currency)
    addition = Addition(product, input["quantity"], shown, looked_up)
    return await carts.add(context, addition, input.get("idempotency_key"))


@_mutation.field("changeCartLine")
@payload("cart")
async def _resolve_change(_parent: None, info: Info, *, input: dict[str, Any]) -> Cart:
    product = key_in(info.context, input["product_id"], PRODUCT)["id"]
    shown = _shown(input.get("price"))
    return await carts.change(info.context, product, input["quantity"], shown)


@_mutation.field("removeFromCart")
@payload("cart")
async def _resolve_remove(_parent: None, info: Info, *, input: dict[str, Any]) -> Cart | None:
    product = key_in(info.context, input["product_id"], PRODUCT)["id"]
    return _filled(await carts.remove(info.context, product))


@_mutation.field("clearCart")
@payload("cart")
async def _resolve_clear(_parent: None, info: Info) -> None:
    await carts.clear(info.context)


def _shown(price: Mapping[str, Any] | None) -> Shown | None:
    return None if price is None else Shown(price["amount"], price["currency"])


bindables: Final = [
    _query,
    _mutation,
    _cart,
    _line,
    _checked,
    EnumType("CartObstacle", {obstacle.name: obstacle for obstacle in Obstacle}),
]
