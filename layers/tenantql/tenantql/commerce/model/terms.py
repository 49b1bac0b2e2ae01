"""Terms: the words that products, orders and categories are found by."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tenantql.search import Entry
from tenantql.table.entity import entity, timestamp

HEAD: Final = 2
"""Characters of a product's word in the partition key: the words of a tenant are spread by them."""

BEST: Final = 999
"""The score of rank 0: what describes a product better has a lower rank."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = 10**13 - 1
_MILLISECOND: Final = timedelta(milliseconds=1)


@entity(
    name="ProductTerm",
    pk="TENANT#{tenant}#SEARCH#PRODUCT#{head}",
    sk="{term}#{rank:3}#{product}",
)
class ProductTerm(Entry, frozen=True, kw_only=True):
    """A word of a product; the best of a word come first."""

    head: str
    rank: int
    product: str
    title: str

    @property
    def score(self) -> int:
        """How well the word describes the product: see `tenantql.commerce.search`."""
        return BEST - self.rank


@entity(
    name="OrderTerm",
    pk="TENANT#{tenant}#SEARCH#ORDER#{customer}",
    sk="{term}#{inverted_time:13}#{order}",
)
class OrderTerm(Entry, frozen=True, kw_only=True):
    """A word of a customer's order; the newest orders of a word come first: see `inverted`."""

    customer: str
    inverted_time: int
    order: str
    number: str

    @property
    def placed_at(self) -> str:
        """When the order was placed."""
        return timestamp(_EPOCH + (_LAST - self.inverted_time) * _MILLISECOND)


def inverted(time: str) -> int:
    """An item's time as a number of 13 digits, the later the lower: milliseconds before 2286."""
    return _LAST - (datetime.fromisoformat(time) - _EPOCH) // _MILLISECOND


@entity(name="CategoryTerm", pk="TENANT#{tenant}#SEARCH#CATEGORY", sk="{term}#{category}")
class CategoryTerm(Entry, frozen=True, kw_only=True):
    """A word of a category's name."""

    category: str
    name: str
