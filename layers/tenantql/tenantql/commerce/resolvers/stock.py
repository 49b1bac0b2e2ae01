"""The stock of a product: what there is, what changes it by hand, and what happened to it."""

from typing import Any, Final

from tenantql.commerce import journal, products, stocks
from tenantql.commerce.checkout import NUMBER_LENGTH
from tenantql.commerce.model import MovementKind, Product, Stock, StockMovement
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.commerce.stocks import Adjustment, Count
from tenantql.engine.binding import EnumType, MutationType, ObjectRule, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Info
from tenantql.engine.nodes import key_in, own_key_in
from tenantql.engine.user_errors import payload

_query = QueryType()
_mutation = MutationType()
_product = ObjectType("Product")
_stock = ObjectType("Stock")
_movement = ObjectType("StockMovement")


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
    return _by_warehouse(stock.warehouses)


@_stock.field("movements")
async def _resolve_movements(of: Stock, info: Info, **window: Any) -> Connection[Any]:
    context = info.context
    name = f"stock movements of:{of.product}"
    return await connection(context, name, [journal.history(of)], Window(**window))


@_movement.field("warehouses")
def _resolve_moved(movement: StockMovement, _info: Info) -> list[dict[str, object]]:
    return _by_warehouse(movement.warehouses)


@_movement.field("orderNumber")
def _resolve_order(movement: StockMovement, _info: Info) -> str | None:
    return movement.order and movement.order[-NUMBER_LENGTH:]


def _by_warehouse(pieces: dict[str, int]) -> list[dict[str, object]]:
    return [{"warehouse": code, "quantity": quantity} for code, quantity in sorted(pieces.items())]


@_mutation.field("adjustStock")
@payload("stock")
async def _resolve_adjust(_parent: None, info: Info, *, input: dict[str, Any]) -> Stock | None:
    adjustment = Adjustment(warehouse=input["warehouse"], by=input["by"])
    product = key_in(info.context, input["product_id"], PRODUCT)["id"]
    return await stocks.adjust(info.context, product, adjustment, input.get("idempotency_key"))


@_mutation.field("setStock")
@payload("stock")
async def _resolve_set(_parent: None, info: Info, *, input: dict[str, Any]) -> Stock | None:
    counted = Count(
        warehouse=input["warehouse"], pieces=input["quantity"], expected=input["expected"]
    )
    product = key_in(info.context, input["product_id"], PRODUCT)["id"]
    return await stocks.count(info.context, product, counted, input.get("idempotency_key"))


bindables: Final = [
    _query,
    _mutation,
    _product,
    _stock,
    _movement,
    ObjectRule("Stock", stocks.is_own),
    EnumType("StockMovementKind", MovementKind),
]
