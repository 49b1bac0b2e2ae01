"""Invoices, payments, revenue, and who spent most."""

import re
from typing import Any, Final

from tenantql.accounts.model import User
from tenantql.commerce import invoices, payments, refunds, revenue, spend, voiding
from tenantql.commerce.model import CustomerSpend, Invoice, InvoiceStatus
from tenantql.commerce.refunds import Repayment
from tenantql.commerce.resolvers.money import money, sums
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.commerce.returns import Goods
from tenantql.engine.binding import EnumType, MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import BadUserInput
from tenantql.engine.nodes import NodeType, by_id, key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import Key, entity_of
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role

MAX_MONTHS: Final = 36


def _may_see(context: Context, invoice: Invoice) -> bool:
    """Staff sees every invoice, a customer their own."""
    return context.has(Role.STAFF, Role.ADMIN) or invoice.customer == context.identity.subject


INVOICE: Final = NodeType(Invoice, _may_see)

_query = QueryType()
_mutation = MutationType()
_invoice = ObjectType("Invoice")
_spend = ObjectType("CustomerSpend")


@_query.field("invoice")
async def _resolve_invoice(_parent: None, info: Info, *, id: str) -> Invoice | None:
    return await by_id(info.context, id, INVOICE)


@_query.field("invoices")
async def _resolve_invoices(
    _parent: None, info: Info, *, status: InvoiceStatus | None = None, **window: Any
) -> Connection[Any]:
    context = info.context
    queries = invoices.newest(context) if status is None else invoices.of_status(context, status)
    return await connection(context, f"invoices:{status}", queries, Window(**window))


@_invoice.field("total")
def _resolve_total(invoice: Invoice, _info: Info) -> dict[str, object]:
    return money(invoice.total, invoice.currency)


@_invoice.field("refunded")
def _resolve_refunded(invoice: Invoice, _info: Info) -> dict[str, object]:
    return money(invoice.refunded, invoice.currency)


@_invoice.field("refunds")
def _resolve_refunds(invoice: Invoice, _info: Info) -> list[dict[str, object]]:
    return [
        {
            "amount": money(refund.amount, invoice.currency),
            "at": refund.at,
            "points": refund.points,
        }
        for refund in invoice.refunds
    ]


@_invoice.field("customer")
async def _resolve_customer(invoice: Invoice, info: Info) -> User | None:
    context = info.context
    return await Get(User, entity_of(User).key(tenant=context.tenant, id=invoice.customer))


@_query.field("revenue")
async def _resolve_revenue(
    _parent: None, info: Info, *, currency: str, **span: str
) -> dict[str, Any]:
    _ensure_currency(currency)
    first, last = span["from"], span["to"]
    if not 0 <= _months(last) - _months(first) < MAX_MONTHS:
        raise BadUserInput(f"to is the month of from or a later one, at most {MAX_MONTHS} in all")
    found = await revenue.of(info.context, currency, first, last)
    return {
        "total": sums(found.total, currency),
        "months": [
            {"month": month, "sums": sums(booked, currency)}
            for month, booked in found.months.items()
        ],
        "days": [
            {"day": day, "sums": sums(booked, currency)} for day, booked in found.days.items()
        ],
    }


@_query.field("topCustomers")
async def _resolve_top(
    _parent: None, info: Info, *, currency: str, **window: Any
) -> Connection[Any]:
    _ensure_currency(currency)
    context = info.context
    return await connection(
        context, f"spend:{currency}", spend.top(context, currency), Window(**window)
    )


@_spend.field("customer")
async def _resolve_spender(entry: CustomerSpend, info: Info) -> User | None:
    context = info.context
    return await Get(User, entity_of(User).key(tenant=context.tenant, id=entry.customer))


@_spend.field("spend")
def _resolve_spend(entry: CustomerSpend, _info: Info) -> dict[str, object]:
    return money(entry.spend, entry.currency)


@_mutation.field("payInvoice")
@payload("invoice")
async def _resolve_pay(_parent: None, info: Info, *, input: dict[str, Any]) -> Invoice:
    key = _key(info.context, input["id"])
    return await payments.pay(info.context, key, input.get("idempotency_key"))


@_mutation.field("voidInvoice")
@payload("invoice")
async def _resolve_void(_parent: None, info: Info, *, input: dict[str, Any]) -> Invoice:
    key = _key(info.context, input["id"])
    return await voiding.void(info.context, key, input.get("idempotency_key"))


@_mutation.field("refundInvoice")
@payload("invoice")
async def _resolve_refund(_parent: None, info: Info, *, input: dict[str, Any]) -> Invoice:
    context = info.context
    goods = tuple(
        Goods(
            product=key_in(context, each["product_id"], PRODUCT)["id"],
            quantity=each["quantity"],
            warehouse=each.get("warehouse"),
        )
        for each in input.get("goods") or ()
    )
    repayment = Repayment(invoice=_key(context, input["id"]), amount=input["amount"], goods=goods)
    return await refunds.refund(context, repayment, input["idempotency_key"])


def _key(context: Context, id: str) -> Key:
    return entity_of(Invoice).key(**key_in(context, id, INVOICE))


def _ensure_currency(currency: str) -> None:
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise BadUserInput("a currency is an ISO 4217 code, such as EUR")


def _months(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:])


bindables: Final = [
    _query,
    _mutation,
    _invoice,
    _spend,
    EnumType("InvoiceStatus", {status.name: status for status in InvoiceStatus}),
]
