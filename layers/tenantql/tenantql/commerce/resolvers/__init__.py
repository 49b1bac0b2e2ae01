"""Resolvers of the shop: arguments in, a domain call out."""

from typing import Any, Final

from tenantql.commerce.resolvers import (
    carts,
    categories,
    customers,
    fulfilments,
    images,
    invoices,
    lists,
    orders,
    products,
    reviews,
    search,
    sellers,
    statistics,
    stock,
)
from tenantql.engine.binding import Bindable
from tenantql.engine.nodes import NodeType

nodes: Final[list[NodeType[Any]]] = [
    categories.CATEGORY,
    products.PRODUCT,
    reviews.REVIEW,
    orders.ORDER,
    fulfilments.FULFILMENT,
    invoices.INVOICE,
    sellers.SELLER,
]
bindables: Final[list[Bindable]] = [
    *categories.bindables,
    *products.bindables,
    *carts.bindables,
    *lists.bindables,
    *images.bindables,
    *stock.bindables,
    *reviews.bindables,
    *orders.bindables,
    *fulfilments.bindables,
    *invoices.bindables,
    *search.bindables,
    *customers.bindables,
    *sellers.bindables,
    *statistics.bindables,
]
