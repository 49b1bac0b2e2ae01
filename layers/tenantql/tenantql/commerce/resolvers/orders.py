"""Orders, checkout, and the lists of orders."""

from collections.abc import Mapping
from typing import Any, Final

from tenantql.accounts.model import User
from tenantql.accounts.resolvers import USER
from tenantql.commerce import cancellation, checkout, fulfilments, loyalty, orders
from tenantql.commerce.checkout import Terms
from tenantql.commerce.model import (
    Address,
    CustomerAccount,
    Fulfilment,
    Invoice,
    Line,
    Order,
    OrderStatus,
)
from tenantql.commerce.resolvers.money import money
from tenantql.engine.binding import EnumType, MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import Forbidden
from tenantql.engine.nodes import NodeType, by_id, key_in, own_key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role


def _may_see(context: Context, order: Order) -> bool:
    """Staff sees every order, a customer their own, a seller those with a line of theirs."""
    subject = context.identity.subject
    return (
        context.has(Role.STAFF, Role.ADMIN) or order.customer == subject or subject in order.sellers
    )


def _sees_all_of(context: Context, order: Order) -> bool:
    """Whether more than one's own lines are shown."""
    return context.has(Role.STAFF, Role.ADMIN) or order.customer == context.identity.subject


ORDER: Final = NodeType(Order, _may_see)

NOBODY: Final = "nobody"
"""Stands for a user of another tenant, who has no orders here."""

_query = QueryType()
_mutation = MutationType()
_order = ObjectType("Order")
_line = ObjectType("OrderLine")
_user = ObjectType("User")
_summary = ObjectType("OrderSummary")


@_query.field("order")
async def _resolve_order(_parent: None, info: Info, *, id: str) -> Order | None:
    return await by_id(info.context, id, ORDER)


@_query.field("ordersByStatus")
async def _resolve_by_status(
    _parent: None,
    info: Info,
    *,
    status: OrderStatus,
    since: str | None = None,
    until: str | None = None,
    **window: Any,
) -> Connection[Any]:
    context = info.context
    queries = orders.of_status(context, status, since, until)
    name = f"orders:{status}:{since}:{until}"
    return await connection(context, name, queries, Window(**window))


@_query.field("recentOrders")
async def _resolve_recent(_parent: None, info: Info, **window: Any) -> Connection[Any]:
    context = info.context
    return await connection(context, "orders:recent", orders.recent(context), Window(**window))


@_user.field("orders")
async def _resolve_orders_of(
    user: User,
    info: Info,
    *,
    since: str | None = None,
    until: str | None = None,
    **window: Any,
) -> Connection[Any]:
    return await _orders_of(info.context, user.id, since, until, Window(**window))


@_query.field("orders")
async def _resolve_orders(
    _parent: None,
    info: Info,
    *,
    user_id: str | None = None,
    since: str | None = None,
    until: str | None = None,
    **window: Any,
) -> Connection[Any]:
    context = info.context
    customer = customer_in(context, user_id)
    return await _orders_of(context, customer, since, until, Window(**window))


def customer_in(context: Context, user_id: str | None) -> str:
    """Whose orders are asked for: the caller's, if no global id of a user says another's.

    Raises Forbidden for those of another customer, unless the caller is of the staff.
    """
    if user_id is None:
        return context.identity.subject
    key = own_key_in(context, user_id, USER)
    customer = NOBODY if key is None else str(key["id"])
    _ensure_own(context, customer)
    return customer


def _ensure_own(context: Context, customer: str) -> None:
    if customer != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise Forbidden("these orders are another customer's")


async def _orders_of(
    context: Context, customer: str, since: str | None, until: str | None, window: Window
) -> Connection[Any]:
    _ensure_own(context, customer)
    queries = orders.of_customer(context, customer, since, until)
    name = orders.list_of_customer(customer, since, until)
    return await connection(context, name, queries, window)


@_query.field("orderSummary")
async def _resolve_summary(
    _parent: None, info: Info, *, user_id: str | None = None
) -> CustomerAccount:
    context = info.context
    customer = customer_in(context, user_id)
    account = await loyalty.account_of(context.tenant, customer)
    return account or CustomerAccount(**context.audit(), customer=customer)


@_summary.field("count")
def _resolve_count(account: CustomerAccount, _info: Info) -> int:
    return sum(account.orders.values())


@_summary.field("byStatus")
def _resolve_counts(account: CustomerAccount, _info: Info) -> list[dict[str, object]]:
    return [
        {"status": status, "count": account.orders[status]}
        for status in OrderStatus
        if account.orders.get(status)
    ]


@_summary.field("spend")
def _resolve_spend(account: CustomerAccount, _info: Info) -> list[dict[str, object]]:
    return [money(amount, currency) for currency, amount in sorted(account.spend.items())]


@_order.field("lines")
def _resolve_lines(order: Order, info: Info) -> list[dict[str, object]]:
    mine = info.context.identity.subject
    shown = [
        line for line in order.lines if _sees_all_of(info.context, order) or line.seller == mine
    ]
    return [shown_line(line, order.currency) for line in shown]


@_order.field("fulfilments")
def _resolve_fulfilments(order: Order, info: Info) -> list[Fulfilment]:
    mine = info.context.identity.subject
    sellers = order.sellers if _sees_all_of(info.context, order) else order.sellers & {mine}
    return [fulfilments.part_of(order, seller) for seller in sorted(sellers)]


def shown_line(line: Line, currency: str) -> dict[str, object]:
    """A line as the schema's `OrderLine`."""
    return {
        "title": line.title,
        "quantity": line.quantity,
        "price": money(line.price, currency),
        "total": money(line.total, currency),
        "returned": line.returned,
    }


@_order.field("total")
def _resolve_total(order: Order, info: Info) -> dict[str, object]:
    mine = info.context.identity.subject
    own = sum(line.total for line in order.lines if line.seller == mine)
    total = order.total if _sees_all_of(info.context, order) else own
    return money(total, order.currency)


@_order.field("discount")
def _resolve_discount(order: Order, info: Info) -> dict[str, object] | None:
    return money(order.discount, order.currency) if _sees_all_of(info.context, order) else None


@_order.field("pointsRedeemed")
def _resolve_points(order: Order, info: Info) -> int | None:
    return order.points_redeemed if _sees_all_of(info.context, order) else None


@_order.field("customer")
async def _resolve_customer(order: Order, info: Info) -> User | None:
    if not _sees_all_of(info.context, order):
        return None
    return await Get(User, entity_of(User).key(tenant=order.tenant, id=order.customer))


@_order.field("invoice")
async def _resolve_invoice(order: Order, info: Info) -> Invoice | None:
    if not _sees_all_of(info.context, order):
        return None
    key = entity_of(Invoice).key(
        tenant=order.tenant, shard=order.invoice_shard, issued_at=order.placed_at, id=order.id
    )
    return await Get(Invoice, key)


@_mutation.field("checkout")
@payload("order")
async def _resolve_checkout(_parent: None, info: Info, *, input: dict[str, Any]) -> Order:
    terms = Terms(
        points=input["redeem_points"],
        address=_address(input.get("address")),
        billing_address=_address(input.get("billing_address")),
    )
    return await checkout.check_out(info.context, input["idempotency_key"], terms)


def _address(given: Mapping[str, Any] | None) -> Address | None:
    return None if given is None else Address(**given)


@_mutation.field("cancelOrder")
@payload("order")
async def _resolve_cancel(_parent: None, info: Info, *, input: dict[str, Any]) -> Order:
    key = entity_of(Order).key(**key_in(info.context, input["id"], ORDER))
    return await cancellation.cancel(info.context, key, input.get("idempotency_key"))


bindables: Final = [
    _query,
    _mutation,
    _order,
    _user,
    _summary,
    EnumType("OrderStatus", {status.name: status for status in OrderStatus}),
]
