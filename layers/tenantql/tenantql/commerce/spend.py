"""Customers by what they spent: a list that the stream keeps."""

from tenantql.commerce.model import CustomerAccount, CustomerSpend
from tenantql.engine.context import Context
from tenantql.table.entity import entity_of
from tenantql.table.expressions import absent, any_of, below
from tenantql.table.requests import Query
from tenantql.table.shards import shard_of
from tenantql.table.writes import Put


def top(context: Context, currency: str) -> list[Query[CustomerSpend]]:
    """Customers by spend in a currency, the highest first (I5): one Query for each shard."""
    pk = entity_of(CustomerSpend).index("GSI1").pk
    return [
        Query(
            CustomerSpend,
            pk.format({"tenant": context.tenant, "currency": currency, "shard": shard}),
            index="GSI1",
            descending=True,
        )
        for shard in context.shards_of("spend")
    ]


def standings(account: CustomerAccount, shards: int) -> list[Put]:
    """The customer's place in the list of each currency, as of this account.

    Written only over an older state, so that records may come twice, or late.
    """
    return [
        Put(
            CustomerSpend(
                tenant=account.tenant,
                created_at=account.created_at,
                created_by=account.created_by,
                updated_at=account.updated_at,
                updated_by=account.updated_by,
                customer=account.customer,
                currency=currency,
                shard=shard_of(account.customer, shards),
                spend=spend,
                source_version=account.version,
            ),
            any_of(absent("PK"), below("source_version", account.version)),
        )
        for currency, spend in account.spend.items()
    ]
