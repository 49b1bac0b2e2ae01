"""What the shop keeps that follows from something else, and how it is computed anew.

In the order in which they are run: what others are computed from comes first.
"""

from typing import Final

from tenantql.commerce.rebuilds import catalogue, counts, money, orders, search
from tenantql.engine.rebuilds import Rebuild

rebuilds: Final[tuple[Rebuild, ...]] = (
    money.ACCOUNTS,
    money.SPEND,
    money.REVENUE_MONTHS,
    money.REVENUE_TOTALS,
    orders.FULFILMENTS,
    counts.RESERVED,
    counts.SELLER_TOTALS,
    counts.SELLER_DAYS,
    counts.CATEGORIES,
    counts.RATINGS,
    catalogue.TREE,
    catalogue.PATHS,
    catalogue.NAMES,
    catalogue.STOCK,
    catalogue.CARDS,
    *search.INDEXES,
)
