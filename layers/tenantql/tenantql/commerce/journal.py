"""The journal of a stock: every change of pieces, written by the stream.

Whoever changes a stock sets its `change`, a StockChange of this moment, so that it can tell why.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from tenantql.commerce.model import MovementKind, Stock, StockMovement
from tenantql.commerce.products import stock_of
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.requests import Query
from tenantql.table.writes import Create, Delete

LIFETIME: Final = timedelta(days=400)


def history(stock: Stock) -> Query[StockMovement]:
    """What happened to a product's stock, the latest first: one Query."""
    pk = entity_of(StockMovement).pk.format({"tenant": stock.tenant, "product": stock.product})
    return Query(StockMovement, pk, sk_begins="MOVEMENT#", descending=True)


def movement_of(before: Stock | None, after: Stock) -> StockMovement | None:
    """The entry that a change of a stock makes in the journal; None if no piece moved."""
    old = {} if before is None else before.warehouses
    moved = {
        code: by
        for code in sorted({*old, *after.warehouses})
        if (by := after.warehouses.get(code, 0) - old.get(code, 0))
    }
    available = after.available - (0 if before is None else before.available)
    reserved = after.reserved - (0 if before is None else before.reserved)
    if not (moved or available or reserved):
        return None
    # Whoever changed it last without telling why has left an older change's reason behind.
    told = after.change if after.change and after.change.at == after.updated_at else None
    return StockMovement(
        tenant=after.tenant,
        created_at=after.updated_at,
        created_by=after.updated_by,
        updated_at=after.updated_at,
        updated_by=after.updated_by,
        product=after.product,
        number=after.version,
        kind=told.kind if told else _kind(moved, available),
        available=available,
        reserved=reserved,
        warehouses=moved,
        order=told.order if told else None,
        expires_at=int((datetime.fromisoformat(after.updated_at) + LIFETIME).timestamp()),
    )


async def enter(entry: StockMovement) -> None:
    """Writes an entry once: a Put, and a strongly consistent read of the stock.

    The record may come late, after the product and all that stood beside it is gone: then nothing
    else would ever delete the entry. Looked at afterwards: a product that goes after this look is
    followed by the deletion of its journal, which finds the entry.
    """
    # An entry that is there already is of this same record: it came a second time.
    with suppress(ConditionFailed):
        await Create(entry)
    if await stock_of(entry.tenant, entry.product) is None:
        await Delete(StockMovement, entity_of(StockMovement).key_of(entry))


def _kind(moved: dict[str, int], available: int) -> MovementKind:
    """What a change must have been that does not say so."""
    if not moved:
        return MovementKind.RESERVED if available < 0 else MovementKind.RELEASED
    return MovementKind.ADJUSTED if available else MovementKind.SHIPPED
