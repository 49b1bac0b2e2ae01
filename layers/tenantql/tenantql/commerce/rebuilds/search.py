"""The search indexes: the words of products, orders and categories."""

from typing import Final

from tenantql.commerce import search
from tenantql.search.rebuilding import rebuild

INDEXES: Final = tuple(
    rebuild(index) for index in (search.PRODUCTS, search.ORDERS, search.CATEGORIES)
)
