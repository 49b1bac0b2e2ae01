"""What the demonstration data consists of, worked out from a seed before anything is written."""

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from local.demo.categories import PlannedCategory, categories_of
from local.demo.people import PeopleSource, Person, leaver_of
from local.demo.reviews import PlannedReview, reviews_of
from local.demo.shop import PlannedCart, PlannedOrder, PlannedProduct, ShopSource
from local.demo.today import TODAY

FOUNDED: Final = TODAY - timedelta(days=400)
PLATFORM_OPERATOR: Final = "operator@tenantql.example"

SHARDS: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "basic": {},
        "advanced": {"revenue": 2, "directory": 2},
        "premium": {"orders": 2, "invoices": 2, "revenue": 4, "directory": 4},
        "enterprise": {
            "users": 2,
            "orders": 4,
            "invoices": 4,
            "revenue": 4,
            "spend": 2,
            "directory": 8,
        },
    }
)
"""How many shards a list has by tier, if more than one: docs/data-model.md, shards."""

KINDS: Final = ("users", "orders", "invoices", "revenue", "spend", "directory")


class Size(StrEnum):
    """How much data each tenant gets."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


FACTORS: Final[Mapping[Size, int]] = MappingProxyType(
    {Size.SMALL: 1, Size.MEDIUM: 5, Size.LARGE: 40}
)


@dataclass(frozen=True)
class Amount:
    """How much a tenant owns when its size is small."""

    people: int
    products: int
    orders: int


@dataclass(frozen=True)
class PlannedTenant:
    """A tenant with everything that it owns.

    Of the people after the first four, who have a role each, one in `seller_every` sells. People,
    categories, products and orders refer to each other by position; nothing refers to `leavers`.
    """

    id: str
    name: str
    tier: str
    currency: str
    time_zone: str
    warehouses: tuple[str, ...]
    amount: Amount
    seller_every: int
    people: tuple[Person, ...] = ()
    leavers: tuple[Person, ...] = ()
    categories: tuple[PlannedCategory, ...] = ()
    products: tuple[PlannedProduct, ...] = ()
    orders: tuple[PlannedOrder, ...] = ()
    carts: tuple[PlannedCart, ...] = ()
    reviews: tuple[PlannedReview, ...] = ()

    @property
    def shards(self) -> dict[str, int]:
        """The number for each sharded list."""
        return {kind: SHARDS[self.tier].get(kind, 1) for kind in KINDS}

    @property
    def paid(self) -> int:
        """What its invoices have brought in, in minor units."""
        return sum(order.total for order in self.orders if order.paid_at is not None)

    @property
    def refunded(self) -> int:
        """What of that was given back."""
        return sum(order.refund.amount for order in self.orders if order.refund is not None)


ACME: Final = PlannedTenant(
    "acme",
    "Acme Trading",
    "premium",
    "USD",
    "America/New_York",
    warehouses=("newark", "reno", "savannah"),
    amount=Amount(people=14, products=12, orders=30),
    seller_every=5,
)
ACME_EU: Final = PlannedTenant(
    "acme-eu",
    "Acme Europe",
    "advanced",
    "EUR",
    "Europe/Berlin",
    warehouses=("berlin", "rotterdam"),
    amount=Amount(people=7, products=5, orders=8),
    # Nobody but the one who has the role.
    seller_every=1_000_000,
)
GLOBEX: Final = PlannedTenant(
    "globex",
    "Globex Marketplace",
    "enterprise",
    "EUR",
    "Europe/Lisbon",
    warehouses=("gdansk", "lisbon", "lyon"),
    amount=Amount(people=14, products=10, orders=15),
    seller_every=2,
)


def plan(size: Size = Size.SMALL) -> tuple[PlannedTenant, ...]:
    """A shop with a few sellers, a small one whose id begins with the first's, a marketplace."""
    return tuple(_filled(tenant, size) for tenant in (ACME, ACME_EU, GLOBEX))


def _filled(tenant: PlannedTenant, size: Size) -> PlannedTenant:
    """A larger size adds to a smaller one and changes nothing: each is a layer upon the last."""
    amount = tenant.amount
    people = PeopleSource(tenant.id, tenant.seller_every)
    shop = ShopSource(tenant.id, tenant.currency, tenant.warehouses, people.made)
    layers = [*takewhile(lambda each: each is not size, Size), size]
    for factor in (FACTORS[layer] for layer in layers):
        people.grow_to(amount.people * factor)
        shop.grow_to(amount.products * factor, amount.orders * factor)
    return replace(
        tenant,
        people=tuple(people.made),
        leavers=(leaver_of(tenant.id),),
        categories=categories_of(tenant.id),
        products=tuple(shop.products),
        orders=tuple(shop.orders),
        carts=shop.carts(),
        reviews=tuple(reviews_of(tenant.id, shop.orders)),
    )
