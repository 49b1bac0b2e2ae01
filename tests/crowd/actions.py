"""What people do: for each mutation of the schema, how an actor comes to ask for it.

An action looks at the table as it is at that moment, and gives what is asked, or None if there is
nothing to do. When the mutation runs, others may have been faster; and now and then an actor asks
for what will be refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tenantql.accounts.model import User
from tenantql.commerce.model import Product
from tenantql.table import global_ids
from tenantql.table.entity import declared, entity_of
from tenantql.tenancy.identity import Identity, Role
from tests.crowd.shelves import Shelves

CURRENCIES: Final = ("EUR", "EUR", "EUR", "JPY")
WORDS: Final = ("Kettle", "Copper", "Pan", "Wok", "Knife", "Blue", "Old", "Fine")


@dataclass(frozen=True)
class Asked:
    """Who asks, and the mutation's input."""

    who: Identity
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Director:
    """What an action draws from: a tenant as it is now.

    `leaving` are users (tenant and id) who are being removed: they ask for nothing any more.
    """

    tenant: str
    shelves: Shelves
    chance: Random
    leaving: set[tuple[str, str]]
    number: int = 0

    def some(self, kind: type[Any], such: Callable[[Any], bool] = lambda _item: True) -> Any:
        """An item of a type."""
        return self.shelves.some(self.chance, self.tenant, kind, such)

    def often(self, share: float) -> bool:
        """True, that often."""
        return self.chance.random() < share

    def words(self, count: int = 2) -> str:
        """A name with the tenant in it, so that it is seen where it does not belong."""
        chosen = (self.chance.choice(WORDS) for _ in range(count))
        return " ".join((*chosen, self.tenant))

    def person(self, *roles: Role) -> Identity | None:
        """Somebody who has one of these roles."""
        wanted = {*map(str, roles)}
        user = self.some(User, lambda each: not wanted.isdisjoint(each.roles))
        return user and self.logged_in(user.id)

    def logged_in(self, id: str) -> Identity | None:
        """A user, with a token of their own; None if they are about to go, or are gone."""
        user = self.shelves.get(User, tenant=self.tenant, id=id)
        if user is None or (self.tenant, id) in self.leaving:
            return None
        self.number += 1
        roles = frozenset(map(Role, user.roles))
        return Identity(self.tenant, id, roles, token=f"token-{self.number}")

    def staff(self) -> Identity | None:
        """Somebody of the staff."""
        return self.person(Role.STAFF, Role.ADMIN)

    def offered(self) -> Product | None:
        """A product that is offered."""
        return self.some(Product, lambda each: each.deleted_at is None)


def id_of(item: Any) -> str:
    """The global id of an item."""
    return global_ids.encode(declared()[type(item).__name__], item)


def product_id(director: Director, id: str) -> str:
    """The global id of a product, which may be gone."""
    return global_ids.naming(entity_of(Product), {"tenant": director.tenant, "id": id})


type Action = Callable[[Director], Asked | None]


def priced(amount: int, currency: str) -> dict[str, Any]:
    """Money as the schema takes it."""
    return {"amount": amount, "currency": currency}


def chosen(who: Identity | None, **input: Any) -> Asked | None:
    """What somebody asks, if there is somebody; fields that are None are left out."""
    given = {name: value for name, value in input.items() if value is not None}
    return None if who is None else Asked(who, given)
