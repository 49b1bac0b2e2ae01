"""The parts of orders: what fulfilments repeat of their order."""

from collections.abc import Mapping
from datetime import datetime
from itertools import batched
from typing import Final

import msgspec.structs

from tenantql.commerce import fulfilments, revenue
from tenantql.commerce.model import Fulfilment, Order
from tenantql.engine.rebuilds import Copies, Wanted, as_read
from tenantql.table.entity import Key, entity_of
from tenantql.table.requests import MAX_GETS, BatchGet
from tenantql.tenancy.routing import RoutingRecord


async def _want(route: RoutingRecord, orders: Mapping[Key, Order | None]) -> dict[Key, Wanted]:
    parts = {key: _parts(route, order) for key, order in orders.items()}
    there = await _there([part for own in parts.values() for part in own])
    return {
        key: Wanted(
            {part: _as_it_is(made, there.get(part)) for part, made in parts[key].items()},
            (as_read(Order, key, order),),
        )
        for key, order in orders.items()
    }


def _parts(route: RoutingRecord, order: Order | None) -> dict[Key, Fulfilment]:
    """An order's parts, as if they were made now."""
    if order is None:
        return {}
    day = revenue.day_of(datetime.fromisoformat(order.placed_at), route.time_zone)
    made = (fulfilments.part_of(order, seller) for seller in order.sellers)
    return {
        entity_of(Fulfilment).key_of(part): msgspec.structs.replace(part, placed_day=day)
        for part in made
    }


async def _there(keys: list[Key]) -> dict[Key, Fulfilment]:
    found: dict[Key, Fulfilment] = {}
    for page in batched(keys, MAX_GETS, strict=False):
        items = await BatchGet(Fulfilment, page)
        found |= {key: item for key, item in zip(page, items, strict=True) if item is not None}
    return found


def _as_it_is(made: Fulfilment, there: Fulfilment | None) -> Fulfilment:
    """With what no order tells: the day in the time zone of then."""
    if there is None:
        return made
    return msgspec.structs.replace(made, version=there.version, placed_day=there.placed_day)


def _order_of(part: Fulfilment) -> Key:
    return entity_of(Order).key(
        tenant=part.tenant, customer=part.customer, placed_at=part.placed_at, id=part.order
    )


FULFILMENTS: Final = Copies(
    "fulfilments",
    "what fulfilments repeat of their orders",
    Order,
    _want,
    (Fulfilment,),
    {Fulfilment: _order_of},
    parts=frozenset({Fulfilment}),
    # Of the order's changes, only those that are copied write it.
    unsaid=frozenset({"order_version"}),
)
