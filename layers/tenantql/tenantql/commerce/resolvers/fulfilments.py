"""Fulfilments: what sellers pack and ship."""

from typing import Any, Final

from tenantql.commerce import fulfilments
from tenantql.commerce.fulfilments import Step
from tenantql.commerce.model import Fulfilment, FulfilmentStatus, Order
from tenantql.commerce.resolvers.money import money
from tenantql.commerce.resolvers.orders import NOBODY, shown_line
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.commerce.resolvers.sellers import SELLER
from tenantql.commerce.shipping import Source
from tenantql.engine.binding import EnumType, MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import Forbidden
from tenantql.engine.nodes import NodeType, key_in, own_key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role


def _may_see(context: Context, part: Fulfilment) -> bool:
    """Staff sees every fulfilment, a seller and a customer their own."""
    return context.has(Role.STAFF, Role.ADMIN) or context.identity.subject in {
        part.seller,
        part.customer,
    }


FULFILMENT: Final = NodeType(Fulfilment, _may_see)

_query = QueryType()
_mutation = MutationType()
_fulfilment = ObjectType("Fulfilment")


@_query.field("fulfilments")
async def _resolve_fulfilments(
    _parent: None, info: Info, *, seller_id: str | None = None, **window: Any
) -> Connection[Any]:
    context = info.context
    seller = _seller_in(context, seller_id)
    queries = fulfilments.of_seller(context, seller)
    return await connection(context, f"fulfilments:{seller}", queries, Window(**window))


def _seller_in(context: Context, profile_id: str | None) -> str:
    """Whose fulfilments are asked for: the caller's, if no id of a profile says another's."""
    if profile_id is None:
        return context.identity.subject
    key = own_key_in(context, profile_id, SELLER)
    seller = NOBODY if key is None else str(key["seller"])
    if seller != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise Forbidden("these fulfilments are another seller's")
    return seller


@_fulfilment.field("lines")
def _resolve_lines(part: Fulfilment, _info: Info) -> list[dict[str, object]]:
    return [shown_line(line, part.currency) for line in part.lines]


@_fulfilment.field("subtotal")
def _resolve_subtotal(part: Fulfilment, _info: Info) -> dict[str, object]:
    return money(part.subtotal, part.currency)


@_fulfilment.field("order")
async def _resolve_order(part: Fulfilment, _info: Info) -> Order | None:
    key = entity_of(Order).key(
        tenant=part.tenant, customer=part.customer, placed_at=part.placed_at, id=part.order
    )
    return await Get(Order, key)


@_mutation.field("advanceFulfilment")
@payload("fulfilment")
async def _resolve_advance(_parent: None, info: Info, *, input: dict[str, Any]) -> Fulfilment:
    context = info.context
    step = Step(
        fulfilment=entity_of(Fulfilment).key(**key_in(context, input["id"], FULFILMENT)),
        status=input["status"],
        tracking=input.get("tracking"),
        warehouse=input.get("warehouse"),
        sources=tuple(
            Source(
                product=key_in(context, source["product_id"], PRODUCT)["id"],
                warehouse=source["warehouse"],
                quantity=source["quantity"],
            )
            for source in input.get("sources") or ()
        ),
    )
    return await fulfilments.advance(context, step, input.get("idempotency_key"))


bindables: Final = [
    _query,
    _mutation,
    _fulfilment,
    EnumType("FulfilmentStatus", {status.name: status for status in FulfilmentStatus}),
]
