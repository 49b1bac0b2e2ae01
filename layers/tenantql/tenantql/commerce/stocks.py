"""Pieces in the warehouses, adjusted or counted by hand (P7)."""

import re
from typing import Final

import msgspec

from tenantql.commerce.model import MovementKind, Stock, StockChange
from tenantql.commerce.products import stock_key
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import (
    Condition,
    Increase,
    Set,
    absent,
    all_of,
    any_of,
    at_least,
    at_most,
    equals,
    exists,
    smaller_than,
)
from tenantql.table.requests import Get
from tenantql.table.writes import Update
from tenantql.tenancy.identity import Role

MAX_WAREHOUSES: Final = 100
MAX_PIECES: Final = 10**9
"""In a warehouse, and that can be bought; GraphQL's Int ends at 2^31 - 1."""

WAREHOUSE: Final = re.compile(r"[a-z0-9-]{1,32}")


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """By how many pieces the stock in a warehouse changes."""

    warehouse: str
    by: int


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces there are in a warehouse, and how many there were thought to be."""

    warehouse: str
    pieces: int
    expected: int


class _Move(msgspec.Struct, frozen=True, kw_only=True):
    """A change by hand; `field` of the input is what is wrong if the pieces do not fit."""

    product: str
    kind: MovementKind
    warehouse: str
    by: int
    field: str
    expected: int | None = None

    @property
    def path(self) -> tuple[str, str]:
        """Where its pieces are in the stock."""
        return "warehouses", self.warehouse

    @property
    def fits(self) -> Condition:
        """That there are enough pieces, and not too many, and as many as expected."""
        if self.by < 0:
            room = all_of(at_least(self.path, -self.by), at_least("available", -self.by))
        else:
            known = all_of(exists(self.path), at_most(self.path, MAX_PIECES - self.by))
            new = all_of(absent(self.path), smaller_than("warehouses", MAX_WAREHOUSES))
            room = all_of(any_of(known, new), at_most("available", MAX_PIECES - self.by))
        if self.expected is None:
            return room
        seen = equals(self.path, self.expected)
        return all_of(room, seen if self.expected else any_of(absent(self.path), seen))

    def problem(self, stock: Stock) -> Problem:
        """What was in the way."""
        there = stock.warehouses.get(self.warehouse, 0)
        if self.expected is not None and there != self.expected:
            message = f"There are {there} pieces in this warehouse now; count them again."
            return Problem("CHANGED", message, ("expected",))
        if self.by < 0:
            message = "There are not that many pieces to take away."
            return Problem("OUT_OF_STOCK", message, (self.field,))
        if self.warehouse not in stock.warehouses and len(stock.warehouses) >= MAX_WAREHOUSES:
            message = f"A product is in at most {MAX_WAREHOUSES} warehouses."
            return Problem("INVALID", message, ("warehouse",))
        message = f"There are at most {MAX_PIECES} pieces of a product."
        return Problem("INVALID", message, (self.field,))


async def adjust(
    context: Context, product: str, adjustment: Adjustment, idempotency_key: str | None
) -> Stock | None:
    """Adds pieces to a warehouse, or takes them away, and returns the stock (P7).

    One UpdateItem; with a key one transaction, and a read of what came of it: None for a product
    that is gone by then. Sellers change the stock of their own products, staff any. Raises
    UserError if there are not that many pieces, or too many of them or of warehouses, NotFound for
    a product that is not the caller's.
    """
    _ensure_form(_adjustment_problems(adjustment), adjustment.warehouse, idempotency_key)
    move = _Move(
        product=product,
        kind=MovementKind.ADJUSTED,
        warehouse=adjustment.warehouse,
        by=adjustment.by,
        field="by",
    )
    return await _done(context, move, Once(context, "adjustStock", idempotency_key, move))


async def count(
    context: Context, product: str, count: Count, idempotency_key: str | None
) -> Stock | None:
    """Sets the pieces in a warehouse to what was counted, and returns the stock (P7): as `adjust`.

    Raises UserError as well if there are not as many as `expected` any more: then what was counted
    is of before a change, and nothing has happened.
    """
    _ensure_form(_count_problems(count), count.warehouse, idempotency_key)
    move = _Move(
        product=product,
        kind=MovementKind.COUNTED,
        warehouse=count.warehouse,
        by=count.pieces - count.expected,
        field="quantity",
        expected=count.expected,
    )
    return await _done(context, move, Once(context, "setStock", idempotency_key, move))


async def _done(context: Context, move: _Move, once: Once) -> Stock | None:
    whose = equals("seller", context.identity.subject)
    change = Update(
        Stock,
        stock_key(context.tenant, move.product),
        (
            Increase(move.path, move.by),
            Increase("available", move.by),
            Set("change", StockChange(kind=move.kind, at=context.timestamp)),
            *context.touch(),
        ),
        move.fits if context.has(Role.STAFF, Role.ADMIN) else all_of(move.fits, whose),
    )
    try:
        if not once.has_key:
            return await change
        return await Get(Stock, await once.transact((change,), change.key))
    except ConditionFailed as error:
        found: Stock | None = error.stored.get(0)
        if found is None or not is_own(context, found):
            raise NotFound("there is no such product of yours") from None
        raise UserError([move.problem(found)]) from None


def is_own(context: Context, stock: Stock) -> bool:
    """Sellers have to do with the stock of their own products, staff with any."""
    return context.has(Role.STAFF, Role.ADMIN) or stock.seller == context.identity.subject


def _ensure_form(problems: list[Problem], warehouse: str, idempotency_key: str | None) -> None:
    if not WAREHOUSE.fullmatch(warehouse):
        message = "A warehouse's code has 1 to 32 small letters, digits and hyphens."
        problems = [Problem("INVALID", message, ("warehouse",)), *problems]
    if problems := [*problems, *problems_of(idempotency_key)]:
        raise UserError(problems)


def _adjustment_problems(adjustment: Adjustment) -> list[Problem]:
    if 0 < abs(adjustment.by) <= MAX_PIECES:
        return []
    message = f"An adjustment is by 1 to {MAX_PIECES} pieces, up or down."
    return [Problem("INVALID", message, ("by",))]


def _count_problems(count: Count) -> list[Problem]:
    message = f"A warehouse has 0 to {MAX_PIECES} pieces."
    amounts = {"quantity": count.pieces, "expected": count.expected}
    return [
        Problem("INVALID", message, (field,))
        for field, pieces in amounts.items()
        if not 0 <= pieces <= MAX_PIECES
    ]
