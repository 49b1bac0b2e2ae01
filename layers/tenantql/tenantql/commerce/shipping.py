"""Shipping: reserved pieces leave their warehouses."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from tenantql.commerce import products
from tenantql.commerce.model import Line, MovementKind, Order, Stock, StockChange
from tenantql.engine.context import Context
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Increase, Set, all_of, at_least
from tenantql.table.writes import Action, Update

MAX_PLACES: Final = 20
"""Warehouses that one line is taken from; an update expression has at most 4 KB."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a product that are taken from a warehouse."""

    product: str
    warehouse: str
    quantity: int


def taken(
    context: Context,
    order: Order,
    lines: Sequence[Line],
    sources: Sequence[Source],
    warehouse: str | None,
) -> tuple[Action, ...]:
    """Takes the pieces of `lines` out of the stock: an action for each, its label the product.

    What `sources` do not name comes from `warehouse`. Raises UserError unless they name all pieces
    of a product or none.
    """
    named = {line.product: Counter[str]() for line in lines}
    problems: list[Problem] = []
    for number, source in enumerate(sources):
        field = ("sources", str(number))
        if source.product not in named:
            message = "This fulfilment has no such product."
            problems.append(Problem("INVALID", message, (*field, "productId")))
        elif source.quantity < 1 or not source.warehouse:
            problems.append(Problem("INVALID", "Take a piece or more of a warehouse.", field))
        else:
            named[source.product][source.warehouse] += source.quantity
    for line in lines:
        problems += _problems(line, named[line.product], warehouse)
    if problems:
        raise UserError(problems)
    return tuple(
        _taken(context, order, line, named[line.product] or Counter({warehouse or "": line.kept}))
        for line in lines
    )


def _problems(line: Line, named: Counter[str], warehouse: str | None) -> list[Problem]:
    if named and named.total() != line.kept:
        message = f"Of {line.title}, {line.kept} pieces are shipped; name where each is."
        return [Problem("INVALID", message, ("sources",))]
    if len(named) > MAX_PLACES:
        message = f"{line.title} can be taken from {MAX_PLACES} warehouses at a time."
        return [Problem("INVALID", message, ("sources",))]
    if not named and not warehouse:
        return [Problem("INVALID", f"Name the warehouse of {line.title}.", ("warehouse",))]
    return []


def _taken(context: Context, order: Order, line: Line, places: Counter[str]) -> Action:
    change = StockChange(kind=MovementKind.SHIPPED, at=context.timestamp, order=order.id)
    return Update(
        Stock,
        products.stock_key(context.tenant, line.product),
        (
            *(Increase(("warehouses", place), -pieces) for place, pieces in places.items()),
            Increase("reserved", -line.kept),
            Set("change", change),
            *context.touch(),
        ),
        all_of(
            at_least("reserved", line.kept),
            *(at_least(("warehouses", place), pieces) for place, pieces in places.items()),
        ),
        label=line.product,
    )


def problems_of(error: ConditionFailed, actions: Sequence[Action]) -> list[Problem]:
    """What to tell of pieces that were not in their warehouses."""
    problems: list[Problem] = []
    for index in error.failed:
        action, stock = actions[index], error.stored.get(index)
        if not isinstance(action, Update) or action.item is not Stock:
            continue
        if not isinstance(stock, Stock):
            problems.append(Problem("GONE", "A product has no stock any more.", ("warehouse",)))
            continue
        there = ", ".join(f"{pieces} in {at}" for at, pieces in sorted(stock.warehouses.items()))
        message = f"Of {stock.title} there are {there or 'no pieces'}."
        problems.append(Problem("OUT_OF_STOCK", message, ("warehouse",)))
    return problems
