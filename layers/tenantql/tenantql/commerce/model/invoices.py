"""Invoices: what a customer is asked to pay, and what was paid and given back."""

from enum import StrEnum

import msgspec

from tenantql.commerce.model.orders import Address
from tenantql.table.entity import Item, entity


class InvoiceStatus(StrEnum):
    """How far an invoice has come."""

    OPEN = "OPEN"
    PAID = "PAID"
    VOID = "VOID"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back, in minor units of the invoice's currency, and the points that went."""

    amount: int
    at: str
    by: str
    points: int = 0


@entity(
    name="Invoice",
    pk="TENANT#{tenant}#INVOICES#{shard}",
    sk="INVOICE#{issued_at}#{id}",
    indexes={
        "GSI1": ("TENANT#{tenant}#INVOICES#STATUS#{status}#{shard}", "{issued_at}#{id}"),
    },
)
class Invoice(Item, frozen=True, kw_only=True):
    """What a customer is asked to pay.

    `total` and `refunded` are in minor units of `currency`. The table keeps all invoices of a
    tenant in order of `issued_at`, spread over shards; `shard` is the one that this was created
    in. An invoice of an order has its id, and `placed_at` is `issued_at`. Once paid,
    `booked_day` is the day of the payment in the tenant's time zone: a refund counts there too.
    """

    id: str
    shard: str
    number: str
    status: InvoiceStatus
    customer: str
    total: int
    currency: str
    issued_at: str
    due_at: str
    order_shard: str | None = None
    paid_at: str | None = None
    booked_day: str | None = None
    refunded: int = 0
    refunds: tuple[Refund, ...] = ()
    address: Address | None = None
