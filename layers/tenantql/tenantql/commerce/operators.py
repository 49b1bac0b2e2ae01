"""The shop as the platform sees it: that orders are open, and nothing of their contents."""

from typing import Any, Final

from tenantql.commerce import orders
from tenantql.commerce.model import OrderStatus
from tenantql.engine.binding import EnumType, QueryType
from tenantql.engine.context import Info
from tenantql.engine.errors import BadUserInput

MAX_ORDERS: Final = 100

_query = QueryType()


@_query.field("openOrders")
def _resolve_open_orders(
    _parent: None,
    info: Info,
    *,
    table: str,
    status: OrderStatus,
    first: int,
    after: str | None = None,
) -> Any:
    if not 0 < first <= MAX_ORDERS:
        raise BadUserInput(f"a list gives 1 to {MAX_ORDERS} items at a time")
    return info.context.at(table, orders.open_of_table(status, first, after))


bindables: Final = [
    _query,
    EnumType("OpenOrderStatus", {status.name: status for status in OrderStatus if status.is_open}),
]
