"""A cart beside the stock of its products: what they cost now, and what a checkout would refuse."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from tenantql.commerce import products
from tenantql.commerce.model import Cart, Product, Stock
from tenantql.engine.user_errors import Problem
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.table.requests import BatchGet

MAX_LINES_AND_SELLERS: Final = 94
"""docs/data-model.md, transactions: what can be bought can be cancelled, in 100 actions."""


class Obstacle(StrEnum):
    """Why a product of a cart cannot be bought as it stands there."""

    GONE = "GONE"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PRICE_CHANGED = "PRICE_CHANGED"


class CheckedLine(msgspec.Struct, frozen=True):
    """A product of a cart, and its stock as it is; None if there is none.

    `price` is in minor units of `currency`, as the customer saw it.
    """

    tenant: str
    product: str
    quantity: int
    price: int
    currency: str
    stock: Stock | None

    @property
    def obstacle(self) -> Obstacle | None:
        """What is in the way of buying it, if anything is."""
        stock = self.stock
        if stock is None or not stock.active:
            return Obstacle.GONE
        if stock.available < self.quantity:
            return Obstacle.OUT_OF_STOCK
        if (stock.price, stock.currency) != (self.price, self.currency):
            return Obstacle.PRICE_CHANGED
        return None


def stocks_of(cart: Cart) -> BatchGet[Stock]:
    """The stock of each product of a cart that has some (C5): one BatchGetItem."""
    keys = (products.stock_key(cart.tenant, product) for product in sorted(cart.products))
    return BatchGet(Stock, tuple(keys))


def checked(cart: Cart, stocks: Sequence[Stock | None]) -> list[CheckedLine]:
    """The lines of a cart beside what `stocks_of` it gave."""
    return [
        line(cart, product, stock)
        for product, stock in zip(sorted(cart.products), stocks, strict=True)
    ]


def line(cart: Cart, product: str, stock: Stock | None) -> CheckedLine:
    """A product of a cart beside its stock."""
    return CheckedLine(
        cart.tenant,
        product,
        cart.quantities[product],
        cart.prices[product],
        cart.currency,
        stock,
    )


def problems_of(lines: Sequence[CheckedLine]) -> list[Problem]:
    """Everything for which a checkout refuses a cart of these lines."""
    found = [problem_of(each, each.obstacle) for each in lines if each.obstacle is not None]
    sellers = {each.stock.seller for each in lines if each.stock is not None}
    if len(lines) + len(sellers) > MAX_LINES_AND_SELLERS:
        message = (
            f"{len(lines)} products of {len(sellers)} sellers are too many for one order: products "
            f"and sellers together may be {MAX_LINES_AND_SELLERS}."
        )
        found.append(Problem("CART_TOO_LARGE", message, ()))
    return found


def problem_of(line: CheckedLine, obstacle: Obstacle) -> Problem:
    """What to tell of an obstacle; its path ends with the product's global id."""
    stock = line.stock
    title = "A product" if stock is None else stock.title
    match obstacle:
        case Obstacle.GONE:
            message = f"{title} is not offered any more; take it out of the cart."
        case Obstacle.OUT_OF_STOCK:
            left = 0 if stock is None else stock.available
            message = f"There are {left} pieces of {title} left."
        case Obstacle.PRICE_CHANGED:
            now = "" if stock is None else f" to {stock.price} {stock.currency} (minor units)"
            message = f"The price of {title} has changed{now}; change it in the cart."
    key = {"tenant": line.tenant, "id": line.product}
    return Problem(obstacle, message, ("cart", global_ids.naming(entity_of(Product), key)))
