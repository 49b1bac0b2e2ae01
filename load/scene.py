"""A tenant as its requests see it: who is there and what is there to ask about.

Popularity is that of the day's population (benchmarks/day): Zipf's, with s = 0.99 for things and
0.5 for people.
"""

from bisect import bisect_left
from collections.abc import Sequence
from copy import replace
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from benchmarks.day.cast import Cast

THINGS: Final = 0.99
PEOPLE: Final = 0.5
CURRENCY: Final = "EUR"


@dataclass(frozen=True)
class Customer:
    """Somebody who buys: the id, and what user name and address are made of."""

    id: str
    login: str


@dataclass(frozen=True)
class Offer:
    """A product and who sells it."""

    id: str
    seller: str


@dataclass
class Scene:
    """A tenant's people and things. `weight` is its share of the requests.

    `customers` may be a part of them: those that one process asks for. `people` are users to look
    up, if they are others than the customers; `fresh`: nobody has changed any of them yet.
    """

    tenant: str
    weight: float
    table: str = ""
    customers: list[Customer] = field(default_factory=list[Customer])
    sellers: list[str] = field(default_factory=list[str])
    offers: list[Offer] = field(default_factory=list[Offer])
    categories: list[str] = field(default_factory=list[str])
    words: tuple[str, ...] = ()
    people: list[Customer] = field(default_factory=list[Customer])
    fresh: bool = True

    def part(self, number: int, of: int) -> "Scene":
        """The same with every `of`-th of the customers."""
        return replace(self, customers=self.customers[number::of])

    def draw(self, chance: Random, number: int) -> Cast:
        """Somebody and something, the popular ones more often. `number` is the request's own."""
        customer, users = self.customer(chance), self.people or self.customers
        user = users[drawn(chance, len(users), PEOPLE)]
        offers = distinct(chance, self.offers, 3)
        return Cast(
            tenant=self.tenant,
            customer=customer.id,
            user=user.id,
            login=user.login,
            sellers=[offer.seller for offer in offers],
            products=[offer.id for offer in offers],
            categories=distinct(chance, self.categories, 3),
            table=self.table,
            currency=CURRENCY,
            words=distinct(chance, self.words, 2),
            number=number,
        )

    def customer(self, chance: Random) -> Customer:
        """One of the customers."""
        return self.customers[drawn(chance, len(self.customers), PEOPLE)]


def distinct[T](chance: Random, things: Sequence[T], count: int) -> list[T]:
    """So many different things, the first ones more often."""
    places: list[int] = []
    while len(places) < count:
        place = drawn(chance, len(things), THINGS)
        if place not in places:
            places.append(place)
    return [things[place] for place in places]


def drawn(chance: Random, count: int, exponent: float) -> int:
    """A number below `count`, by Zipf's law."""
    weights = _cumulated(count, exponent)
    return min(bisect_left(weights, chance.random() * weights[-1]), count - 1)


@cache
def _cumulated(count: int, exponent: float) -> list[float]:
    return [*accumulate(1 / rank**exponent for rank in range(1, count + 1))]
