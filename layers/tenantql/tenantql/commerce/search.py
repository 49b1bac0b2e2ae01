"""What products, orders and categories are found by (P2, O7, K1).

The words of a product weigh by where they are: see `_product_terms`. An order's do not: the newest
comes first. docs/search.md has the limits.
"""

from typing import Final

from tenantql.commerce.model import Category, Order, Product
from tenantql.commerce.model.terms import (
    BEST,
    HEAD,
    CategoryTerm,
    OrderTerm,
    ProductTerm,
    inverted,
)
from tenantql.search import TermIndex, audit_of, weigh
from tenantql.table.entity import Key, entity_of

MAX_PRODUCT_TERMS: Final = 64
MAX_ORDER_TERMS: Final = 128


def _product_terms(product: Product) -> list[ProductTerm]:
    if product.deleted_at is not None:
        return []
    texts = (
        (product.title, 3),
        (product.category_name, 2),
        (product.seller_name, 2),
        (product.description, 1),
    )
    return [
        ProductTerm(
            **audit_of(product),
            head=word.term[:HEAD],
            term=word.term,
            rank=BEST - word.score,
            product=product.id,
            shared=word.shared,
            title=product.title,
        )
        for word in weigh(texts, MAX_PRODUCT_TERMS)
    ]


def _order_terms(order: Order) -> list[OrderTerm]:
    tracking = sorted(part.tracking for part in order.fulfilments.values() if part.tracking)
    texts = (order.number, *tracking, *(line.title for line in order.lines))
    return [
        OrderTerm(
            **audit_of(order),
            customer=order.customer,
            term=word.term,
            inverted_time=inverted(order.placed_at),
            order=order.id,
            shared=word.shared,
            number=order.number,
        )
        for word in weigh(((text, 0) for text in texts), MAX_ORDER_TERMS)
    ]


def _category_terms(category: Category) -> list[CategoryTerm]:
    return [
        CategoryTerm(
            **audit_of(category),
            term=word.term,
            category=category.id,
            shared=word.shared,
            name=category.name,
        )
        for word in weigh([(category.name, 0)], MAX_PRODUCT_TERMS)
    ]


def product_key(term: ProductTerm) -> Key:
    """The table key of a product that was found."""
    return entity_of(Product).key(tenant=term.tenant, id=term.product)


def order_key(term: OrderTerm) -> Key:
    """The table key of an order that was found."""
    return entity_of(Order).key(
        tenant=term.tenant, customer=term.customer, placed_at=term.placed_at, id=term.order
    )


def category_key(term: CategoryTerm) -> Key:
    """The table key of a category that was found."""
    return entity_of(Category).key(tenant=term.tenant, id=term.category)


PRODUCTS: Final = TermIndex(
    "products", Product, ProductTerm, _product_terms, product_key, head=HEAD
)
ORDERS: Final = TermIndex("orders", Order, OrderTerm, _order_terms, order_key)
CATEGORIES: Final = TermIndex(
    "categories", Category, CategoryTerm, _category_terms, category_key, text=lambda term: term.name
)
