"""Products as lists, each by a key of its own (P1, P3, P6).

Offered is what `cards` keeps a card for: a category, a seller, both or neither; all products or
those that can be bought; the newest first, or by price with or without a range of one currency.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from tenantql.commerce.cards import PRICE_DIGITS, price_rank
from tenantql.commerce.model import Availability, CategoryTree, ListOrder, ProductCard
from tenantql.commerce.model.lists import ALL
from tenantql.commerce.products import CURRENCY
from tenantql.engine.errors import BadUserInput
from tenantql.table.entity import entity_of
from tenantql.table.requests import Query

MAX_CATEGORIES: Final = 25
"""Of one list: each is a Query."""

MOST: Final = 10**PRICE_DIGITS - 1


class PriceRange(msgspec.Struct, frozen=True):
    """Prices in one currency, in minor units, both ends included."""

    currency: str
    least: int = 0
    most: int = MOST

    def ranks(self) -> tuple[str, str]:
        """The first sort key of the range, and one behind its last. Raises BadUserInput."""
        if not CURRENCY.fullmatch(self.currency):
            raise BadUserInput("a currency is an ISO 4217 code, such as EUR")
        if not 0 <= self.least <= self.most <= MOST:
            raise BadUserInput("a price range goes from its least price to its most, none below 0")
        # What follows the last price is a delimiter, and an id, which is less than "~".
        most = f"{price_rank(self.currency, self.most)}#~"
        return price_rank(self.currency, self.least), most


class ByPrice(msgspec.Struct, frozen=True):
    """The order by price: of each currency by itself, the lowest first or the highest."""

    descending: bool = False
    within: PriceRange | None = None


class Listing(msgspec.Struct, frozen=True):
    """A list of products: what is in it and in which order; by time, the newest first."""

    category: str | None = None
    seller: str | None = None
    in_stock: bool = False
    by_price: ByPrice | None = None

    def query(self, tenant: str) -> Query[ProductCard]:
        """The one Query that reads it, eventually consistent. Raises BadUserInput."""
        order = ListOrder.NEWEST if self.by_price is None else ListOrder.PRICE
        pk = entity_of(ProductCard).pk.format(
            {
                "tenant": tenant,
                "in_category": self.category or ALL,
                "of_seller": self.seller or ALL,
                "availability": Availability.IN_STOCK if self.in_stock else Availability.ANY,
                "order": order,
            }
        )
        if self.by_price is None:
            return Query(ProductCard, pk, descending=True)
        within = self.by_price.within
        return Query(
            ProductCard,
            pk,
            sk_between=None if within is None else within.ranks(),
            descending=self.by_price.descending,
        )

    @property
    def name(self) -> str:
        """What a cursor of it is bound to, besides the direction."""
        return f"products:{self.category}:{self.seller}:{self.in_stock}:{self.by_price}"


def below(tree: CategoryTree | None, roots: Iterable[str]) -> set[str]:
    """Categories with all that are under them, at any depth."""
    parents: Mapping[str, str] = {} if tree is None else tree.parents
    children: dict[str, list[str]] = {}
    for category, parent in parents.items():
        children.setdefault(parent, []).append(category)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        category = waiting.pop()
        if category not in found:
            found.add(category)
            waiting.extend(children.get(category, ()))
    return found


def ensure_few(categories: set[str]) -> None:
    """Raises BadUserInput for none, and for more than a list may have."""
    if not 0 < len(categories) <= MAX_CATEGORIES:
        raise BadUserInput(
            f"a list of several categories has 1 to {MAX_CATEGORIES} of them, subcategories "
            f"included; this one would have {len(categories)}"
        )
