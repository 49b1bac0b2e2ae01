"""What is left of a product that was moved or taken off: counted out of its category, then gone.

A category counts a product before it is there and until after it has gone. A product that was
taken off stays while pieces of it are reserved, for an order that is cancelled gives them back.
"""

from contextlib import suppress

from tenantql.commerce import categories
from tenantql.commerce.model import CardSet, Category, Product, Stock
from tenantql.engine.carrying import Carry
from tenantql.engine.changes import Change
from tenantql.engine.markers import count_once
from tenantql.table.entity import Item, declared, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Increase, absent, any_of, equals, exists
from tenantql.table.requests import Get, Page, Position, Query
from tenantql.table.writes import MAX_BATCH_WRITES, Action, BatchWrite, Delete, Transact, Update


async def moved(change: Change[Product]) -> None:
    """Counts a product out of the category that it was in, once."""
    before, after = change.before, change.after
    left = None if before is None else before.category
    if after is None or left is None or left == after.category:
        return
    # A category that is gone has nothing to count.
    with suppress(ConditionFailed):
        await count_once("release", [change], lambda _: (_uncount(after.tenant, left),))


async def remove(tenant: str, product: str) -> None:
    """Deletes a product that was taken off, and its stock, if nothing of it is reserved.

    The transaction that deletes it counts it out of its category, so that happens once. While
    pieces are reserved nothing happens: the stock's next change leads here again.
    """
    key = entity_of(Product).key(tenant=tenant, id=product)
    found = await Get(Product, key)
    if found is None or found.deleted_at is None:
        return
    free = any_of(absent("PK"), equals("reserved", 0))
    actions: list[Action] = [
        Delete(Product, key, exists("deleted_at")),
        Delete(Stock, entity_of(Stock).key(tenant=tenant, product=product), free),
    ]
    if found.category is not None:
        actions.append(_uncount(tenant, found.category))
    with suppress(ConditionFailed):
        await Transact(tuple(actions))


async def purge(carry: Carry) -> Position | None:
    """Deletes a page of what stands beside a product that is gone: reviews, movements of stock."""
    if await Get(Product, entity_of(Product).key(tenant=carry.tenant, id=carry.id)) is not None:
        # It was restored meanwhile.
        return None
    pk = entity_of(Stock).pk.format({"tenant": carry.tenant, "product": carry.id})
    page: Page[Item] = await Query(
        _collection(), pk, limit=MAX_BATCH_WRITES, after=carry.cursor or None, consistent=True
    )
    # The set of cards leads to the cards, and goes with the last of them.
    gone = [
        Delete(type(each), entity_of(type(each)).key_of(each))
        for each in page.items
        if not isinstance(each, CardSet)
    ]
    if gone:
        await BatchWrite(tuple(gone))
    return page.resume


def _uncount(tenant: str, category: str) -> Action:
    return Update(Category, categories.key(tenant, category), (Increase("products", -1),))


def _collection() -> tuple[type[Item], ...]:
    """Every type of item in the item collection of a product."""
    keys = {entity_of(Product).pk.text, entity_of(Stock).pk.text}
    return tuple(each.item for each in declared().values() if each.pk.text in keys)
