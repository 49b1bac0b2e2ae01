"""Favourites: products that a customer likes to find again."""

from contextlib import suppress
from copy import replace

from tenantql.commerce.model import Favourite
from tenantql.engine.context import Context
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.requests import Query
from tenantql.table.writes import MAX_BATCH_WRITES, BatchWrite, Create, Delete


async def add(context: Context, product: str) -> None:
    """Makes a product a favourite of the caller's (U11): one PutItem. Once more is a success."""
    made = Favourite(**context.audit(), customer=context.identity.subject, product=product)
    with suppress(ConditionFailed):
        await Create(made)


async def remove(context: Context, product: str) -> None:
    """Makes a product no favourite of the caller's (U11): one DeleteItem, if it is one or not."""
    entity, customer = entity_of(Favourite), context.identity.subject
    await Delete(Favourite, entity.key(tenant=context.tenant, customer=customer, product=product))


async def remove_all(tenant: str, customer: str) -> None:
    """Removes what a customer who is gone had chosen."""
    entity = entity_of(Favourite)
    (query,) = of_customer(tenant, customer)
    while True:
        page = await replace(query, limit=MAX_BATCH_WRITES)
        if page.items:
            deletes = (Delete(Favourite, entity.key_of(item)) for item in page.items)
            await BatchWrite(tuple(deletes))
        if not page.more:
            return


def of_customer(tenant: str, customer: str) -> list[Query[Favourite]]:
    """A customer's favourites, by product (U11): one Query of the table, strongly consistent."""
    entity = entity_of(Favourite)
    return [
        Query(
            Favourite,
            entity.pk.format({"tenant": tenant, "customer": customer}),
            sk_begins=entity.sk.prefix({}),
            consistent=True,
        )
    ]
