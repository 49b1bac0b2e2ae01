"""Who and what a request is about: the people and things that operations get as variables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tenantql.accounts.model import User
from tenantql.commerce.model import Category, Product, SellerProfile
from tenantql.table import global_ids
from tenantql.table.entity import entity_of


@dataclass
class Cast:
    """Ids of one tenant's people and things, with which a request's variables are made.

    `order`, `invoice` and `part` (a fulfilment) are global ids already, as a client has them from
    an answer before. `number` makes texts that must be new each time. `login` is what the user's
    name and address are made of, if that is not the id.
    """

    tenant: str
    customer: str
    user: str
    sellers: Sequence[str]
    products: Sequence[str]
    categories: Sequence[str]
    table: str = ""
    currency: str = "EUR"
    words: Sequence[str] = ("steel", "kettle")
    order: str = ""
    invoice: str = ""
    part: str = ""
    login: str = ""
    number: int = 0
    year: int = field(default_factory=lambda: datetime.now(UTC).year)

    def product_id(self, place: int = 0) -> str:
        """The global id of one of the products."""
        values = {"tenant": self.tenant, "id": self.products[place]}
        return global_ids.naming(entity_of(Product), values)

    def category_id(self, place: int = 0) -> str:
        """The global id of one of the categories."""
        values = {"tenant": self.tenant, "id": self.categories[place]}
        return global_ids.naming(entity_of(Category), values)

    @property
    def seller_id(self) -> str:
        """The global id of the profile of the first seller."""
        values = {"tenant": self.tenant, "seller": self.sellers[0]}
        return global_ids.naming(entity_of(SellerProfile), values)

    @property
    def username(self) -> str:
        """The name that the user logs in with."""
        return f"user-{self.login or self.user}"

    @property
    def email(self) -> str:
        """The user's address."""
        return f"{self.login or self.user}@example.com"

    @property
    def user_id(self) -> str:
        """The global id of a user."""
        return global_ids.naming(entity_of(User), {"tenant": self.tenant, "id": self.user})

    @property
    def key(self) -> dict[str, Any]:
        """An idempotency key as an input has it: another one for each request."""
        return {"idempotencyKey": f"request-{self.number}"}
