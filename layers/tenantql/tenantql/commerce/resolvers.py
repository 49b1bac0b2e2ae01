"""Resolvers of the shop: arguments in, a domain call out."""

from typing import Any, Final

from ariadne import EnumType, ObjectType, QueryType

from tenantql.accounts.model import User
from tenantql.commerce.model import Invoice, InvoiceStatus
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import NodeType, by_id
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role


def _may_see_invoice(context: Context, invoice: Invoice) -> bool:
    """Staff sees every invoice, a customer their own."""
    return context.has(Role.STAFF, Role.ADMIN) or invoice.customer == context.identity.subject


INVOICE: Final = NodeType(Invoice, _may_see_invoice)
nodes: Final[list[NodeType[Any]]] = [INVOICE]

_query = QueryType()
_invoice = ObjectType("Invoice")


@_query.field("invoice")
async def _resolve_invoice(_parent: None, info: Info, *, id: str) -> Invoice | None:
    return await by_id(info.context, id, INVOICE)


@_invoice.field("total")
def _resolve_total(invoice: Invoice, _info: Info) -> dict[str, object]:
    return {"amount": invoice.total, "currency": invoice.currency}


@_invoice.field("customer")
async def _resolve_customer(invoice: Invoice, info: Info) -> User | None:
    context = info.context
    return await Get(User, entity_of(User).key(tenant=context.tenant, id=invoice.customer))


bindables: Final = [
    _query,
    _invoice,
    EnumType("InvoiceStatus", {status.name: status for status in InvoiceStatus}),
]
