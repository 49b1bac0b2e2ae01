"""Lists of products: a card for each list that a product is in, kept by the stream."""

from enum import StrEnum
from typing import Final

from tenantql.table.entity import Item, entity

ALL: Final = "ALL"
"""Stands for the category or the seller of a list that is not narrowed by it."""


class Availability(StrEnum):
    """Which products a list has: any, or those that can be bought now."""

    ANY = "ANY"
    IN_STOCK = "IN"


class ListOrder(StrEnum):
    """By what a list is ordered: the time of creation, or currency and price."""

    NEWEST = "NEWEST"
    PRICE = "PRICE"


@entity(
    name="ProductCard",
    pk="TENANT#{tenant}#LIST#{in_category}#{of_seller}#{availability}#{order}",
    sk="{rank}#{product}",
)
class ProductCard(Item, frozen=True, kw_only=True):
    """A product as one of the lists shows it: a copy for each list that it is in.

    `in_category`, `of_seller`, `availability` and `order` name the list, `rank` the place in it.
    `rating` is the average in tenths of a star, so 45 is 4.5; None without reviews.
    """

    in_category: str
    of_seller: str
    availability: Availability
    order: ListOrder
    rank: str
    product: str
    seller: str
    title: str
    price: int
    currency: str
    in_stock: bool
    image: str | None = None
    rating: int | None = None
    category: str | None = None
    category_name: str | None = None
    seller_name: str | None = None


@entity(name="CardSet", pk="TENANT#{tenant}#PRODUCT#{product}", sk="CARDS")
class CardSet(Item, frozen=True, kw_only=True):
    """Which cards a product has: sort keys by partition key, and a digest of what they show.

    Its version is the condition of each change, so the cards of a product change one after another.
    """

    product: str
    cards: dict[str, str] = {}
    digest: str = ""
