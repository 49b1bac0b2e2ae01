"""Entities of the shop."""

from enum import StrEnum

from tenantql.table.entity import Item, entity


class InvoiceStatus(StrEnum):
    """How far an invoice has come."""

    OPEN = "OPEN"
    PAID = "PAID"
    VOID = "VOID"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"


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

    `total` is in minor units of `currency`. The table keeps all invoices of a tenant in order
    of `issued_at`, spread over shards; `shard` is the one that this was created in.
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
