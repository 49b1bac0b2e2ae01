"""Goods that go back with a refund: pieces of an order's lines, into the stock again.

Pieces that have not left the warehouse were reserved there, and can be bought again at once. Those
that were shipped come back into a warehouse. A seller's part of which nothing is left to ship is
cancelled, and the order's status follows.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import msgspec.structs

from tenantql.commerce import fulfilments, products
from tenantql.commerce.model import (
    Fulfilment,
    FulfilmentStatus,
    MovementKind,
    Order,
    Stock,
    StockChange,
    status_following,
)
from tenantql.commerce.stocks import MAX_PIECES, MAX_WAREHOUSES, WAREHOUSE
from tenantql.engine.context import Context
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.expressions import (
    Change,
    Condition,
    Increase,
    Set,
    all_of,
    any_of,
    at_least,
    at_most,
    equals,
    exists,
    smaller_than,
)
from tenantql.table.writes import Action, Update

IN_THE_WAREHOUSE: Final = frozenset({FulfilmentStatus.PENDING, FulfilmentStatus.PACKED})


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a product that go back; into a `warehouse`, if they had been shipped."""

    product: str
    quantity: int
    warehouse: str | None = None


def ensure_returnable(order: Order, goods: Sequence[Goods]) -> None:
    """Raises UserError, with all that is wrong, for goods that the order does not have."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, each in enumerate(goods):
        problems += _problems(order, each, ("goods", str(number)), again=each.product in seen)
        seen.add(each.product)
    if problems:
        raise UserError(problems)


def _problems(order: Order, each: Goods, field: tuple[str, ...], *, again: bool) -> list[Problem]:
    line = next((line for line in order.lines if line.product == each.product), None)
    if line is None or again:
        message = "Name each product of the order once." if again else "The order has none of this."
        return [Problem("INVALID", message, (*field, "productId"))]
    problems: list[Problem] = []
    if not 0 < each.quantity <= line.kept:
        message = f"Of {line.title}, 1 to {line.kept} pieces can go back."
        problems.append(Problem("INVALID", message, (*field, "quantity")))
    shipped = order.fulfilments[line.seller].status not in IN_THE_WAREHOUSE
    if not shipped and each.warehouse is not None:
        message = "These pieces were not shipped; they are in their warehouse, so name none."
        problems.append(Problem("INVALID", message, (*field, "warehouse")))
    if shipped and not WAREHOUSE.fullmatch(each.warehouse or ""):
        message = "Name the warehouse: 1 to 32 small letters, digits and hyphens."
        problems.append(Problem("INVALID", message, (*field, "warehouse")))
    return problems


def without(context: Context, order: Order, goods: Sequence[Goods]) -> Order:
    """The order without these goods: its lines, the parts of which nothing is left, its status."""
    back = {each.product: each.quantity for each in goods}
    lines = tuple(
        msgspec.structs.replace(line, returned=line.returned + back.get(line.product, 0))
        for line in order.lines
    )
    left = {line.seller for line in lines if line.kept}
    parts = {
        seller: msgspec.structs.replace(progress, status=FulfilmentStatus.CANCELLED)
        if seller not in left and progress.status in IN_THE_WAREHOUSE
        else progress
        for seller, progress in order.fulfilments.items()
    }
    status = status_following(progress.status for progress in parts.values())
    return context.revised(order, lines=lines, fulfilments=parts, status=status)


def moves(
    context: Context, before: Order, after: Order, goods: Sequence[Goods], gone: frozenset[str]
) -> tuple[Action, ...]:
    """The fulfilments that change, and the stock: an action for each of the goods.

    Its label is the product. `gone` are products that have no stock any more.
    """
    seller_of = {line.product: line.seller for line in before.lines}
    sellers = sorted({seller_of[each.product] for each in goods})
    return (
        *(_fulfilment(context, before, after, seller) for seller in sellers),
        *(
            _stock(context, before, each, before.fulfilments[seller_of[each.product]].status)
            for each in goods
            if each.product not in gone
        ),
    )


def _fulfilment(context: Context, before: Order, after: Order, seller: str) -> Action:
    changes = (
        Set("lines", tuple(line for line in after.lines if line.seller == seller)),
        Set("status", after.fulfilments[seller].status),
        *fulfilments.copies(after, before.version + 1),
        *context.touch(),
    )
    unchanged = equals("status", before.fulfilments[seller].status)
    key = fulfilments.key_of(before, seller)
    return Update(Fulfilment, key, changes, unchanged, label="fulfilment")


def _stock(context: Context, order: Order, each: Goods, status: FulfilmentStatus) -> Action:
    where: Change
    fits: Condition
    if status in IN_THE_WAREHOUSE:
        kind, where = MovementKind.RELEASED, Increase("reserved", -each.quantity)
        fits = at_least("reserved", each.quantity)
    else:
        path = ("warehouses", each.warehouse or "")
        kind, where = MovementKind.RETURNED, Increase(path, each.quantity)
        room = any_of(exists(path), smaller_than("warehouses", MAX_WAREHOUSES))
        fits = all_of(room, at_most("available", MAX_PIECES - each.quantity))
    changes = (
        where,
        Increase("available", each.quantity),
        Set("change", StockChange(kind=kind, at=context.timestamp, order=order.id)),
        *context.touch(),
    )
    key = products.stock_key(context.tenant, each.product)
    return Update(Stock, key, changes, fits, label=each.product)


def no_room(goods: Sequence[Goods], product: str) -> UserError:
    """That a product cannot be put where it was meant to go."""
    number = next(number for number, each in enumerate(goods) if each.product == product)
    message = f"A product is in at most {MAX_WAREHOUSES} warehouses; name one of them."
    return UserError([Problem("INVALID", message, ("goods", str(number), "warehouse"))])
