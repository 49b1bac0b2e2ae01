"""Invoices as lists."""

from tenantql.commerce.model import Invoice, InvoiceStatus
from tenantql.engine.context import Context
from tenantql.table.entity import entity_of
from tenantql.table.requests import Query


def newest(context: Context) -> list[Query[Invoice]]:
    """All invoices, the newest first (I2): one strongly consistent Query for each shard."""
    pk = entity_of(Invoice).pk
    return [
        Query(
            Invoice,
            pk.format({"tenant": context.tenant, "shard": shard}),
            sk_begins="INVOICE#",
            descending=True,
            consistent=True,
        )
        for shard in context.shards_of("invoices")
    ]


def of_status(context: Context, status: InvoiceStatus) -> list[Query[Invoice]]:
    """The invoices in a status, the newest first (I2): one Query of GSI1 for each shard."""
    pk = entity_of(Invoice).index("GSI1").pk
    return [
        Query(
            Invoice,
            pk.format({"tenant": context.tenant, "status": status, "shard": shard}),
            index="GSI1",
            descending=True,
        )
        for shard in context.shards_of("invoices")
    ]
