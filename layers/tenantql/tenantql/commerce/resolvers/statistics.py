"""The dashboard of a seller."""

from typing import Any, Final

from tenantql.commerce import statistics
from tenantql.commerce.model import FulfilmentStatus, SellerDay, SellerTotal
from tenantql.commerce.resolvers.money import money
from tenantql.commerce.resolvers.sellers import SELLER
from tenantql.engine.binding import QueryType
from tenantql.engine.context import Info
from tenantql.engine.errors import BadUserInput, Forbidden
from tenantql.engine.nodes import own_key_in
from tenantql.tenancy.identity import Role

MAX_DAYS: Final = 100

NOBODY: Final = "nobody"
"""Stands for a seller of another tenant, who sells nothing here."""

_query = QueryType()


@_query.field("sellerDashboard")
async def _resolve_dashboard(
    _parent: None, info: Info, *, seller_id: str | None = None, days: int
) -> dict[str, Any]:
    context = info.context
    if not 1 <= days <= MAX_DAYS:
        raise BadUserInput(f"a dashboard shows 1 to {MAX_DAYS} days")
    seller = context.identity.subject
    if seller_id is not None:
        key = own_key_in(context, seller_id, SELLER)
        seller = NOBODY if key is None else str(key["seller"])
    if seller != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise Forbidden("this dashboard is another seller's")
    page = await statistics.dashboard(context, seller, days)
    total = next((item for item in page.items if isinstance(item, SellerTotal)), None)
    return {
        **_work(total),
        "products": total.products if total else 0,
        "total": _figures(total),
        "days": [
            {"day": item.date, "figures": _figures(item)}
            for item in page.items
            if isinstance(item, SellerDay)
        ],
    }


def _work(total: SellerTotal | None) -> dict[str, int]:
    """How many fulfilments there are in each status."""
    counts = total.fulfilments if total else {}
    return {status.lower(): counts.get(status, 0) for status in FulfilmentStatus}


def _figures(found: SellerTotal | SellerDay | None) -> dict[str, Any]:
    if found is None:
        return {"orders": 0, "pieces": 0, "sales": []}
    sales = [money(amount, currency) for currency, amount in sorted(found.sales.items()) if amount]
    return {"orders": found.orders, "pieces": found.pieces, "sales": sales}


bindables: Final = [_query]
