"""The people of a planned tenant."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from local.demo.today import ago
from local.demo.words import FAMILY, GIVEN

ROLES: Final = ("admin", "staff", "seller", "customer")
"""Of the first four, whose user names they are too. Everyone after them sells or buys."""

NAMED_SELLER: Final = ROLES.index("seller")
NAMED_CUSTOMER: Final = ROLES.index("customer")


@dataclass(frozen=True)
class Person:
    """A user to create. `randomness` makes the id, which the package derives from it."""

    name: str
    username: str
    email: str
    role: str
    created_at: str
    randomness: int


def leaver_of(tenant: str) -> Person:
    """A customer who has bought nothing, to remove."""
    source = random.Random(f"{tenant} leaver")  # noqa: S311 - nothing secret
    name = f"{source.choice(GIVEN)} {source.choice(FAMILY)}"
    return Person(
        name=name,
        username="leaver",
        email=f"leaver@{tenant}.example",
        role="customer",
        created_at=ago(timedelta(days=396)),
        randomness=source.getrandbits(80),
    )


class PeopleSource:
    """Makes the people of a tenant, the same ones in the same order each time."""

    def __init__(self, tenant: str, seller_every: int) -> None:
        self.made: list[Person] = []
        self._tenant = tenant
        self._seller_every = seller_every
        self._random = random.Random(f"{tenant} people")  # noqa: S311 - nothing secret

    def grow_to(self, count: int) -> None:
        """Make people until there are as many."""
        self.made += [self._person(position) for position in range(len(self.made), count)]

    def _person(self, position: int) -> Person:
        given, family = self._random.choice(GIVEN), self._random.choice(FAMILY)
        role = self._role(position)
        first = position < len(ROLES)
        username = role if first else f"{given}.{family}.{position}".lower()
        return Person(
            name=f"{given} {family}",
            username=username,
            email=f"{username}@{self._tenant}.example",
            role=role,
            created_at=ago(timedelta(days=395 - position / 20)),
            randomness=self._random.getrandbits(80),
        )

    def _role(self, position: int) -> str:
        if position < len(ROLES):
            return ROLES[position]
        sells = (position - len(ROLES) + 1) % self._seller_every == 0
        return "seller" if sells else "customer"
