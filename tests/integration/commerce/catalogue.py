"""A tenant with products to list: of several sellers, categories, currencies and prices."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec.structs

from tenantql.commerce import cards
from tenantql.commerce.model import Category, CategoryTree, Product
from tenantql.table import calls, global_ids
from tenantql.table.driving import drive
from tenantql.table.entity import entity_of
from tenantql.tenancy.identity import Identity, Role
from tests.integration.installation import Installation, member
from tests.unit.commerce.builders import (
    AUDIT,
    CUSTOMER,
    SELLER,
    id_of_number,
    product,
    profile_id,
    stock,
    time_of_number,
)

OTHER_SELLER: Final = "01J00000000000000000000013"
SELLERS: Final = (SELLER, OTHER_SELLER)
PARENT, CHILD, GRANDCHILD, ELSEWHERE = (id_of_number(900 + number) for number in range(4))
TREE: Final = {PARENT: "ROOT", CHILD: PARENT, GRANDCHILD: CHILD, ELSEWHERE: "ROOT"}
COUNT: Final = 16


@dataclass
class Catalogue:
    """Products of everything: each category, seller, currency, price, with and without stock."""

    installation: Installation
    tenant: str = ""
    products: list[Product] = field(default_factory=list[Product])
    stocked: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.tenant = self.installation.new_tenant()
        tree = CategoryTree(tenant=self.tenant, **AUDIT, parents=TREE, count=len(TREE))
        self.installation.write(tree)
        categories = [PARENT, CHILD, GRANDCHILD, ELSEWHERE, None]
        for number in range(COUNT):
            made = product(
                self.tenant,
                id_of_number(number),
                category=categories[number % len(categories)],
                seller=SELLERS[number // 2 % 2],
                currency=("EUR", "USD")[number % 3 == 0],
                # Two of each price, so that the id decides between them.
                price=100 * (number // 2),
                title=f"Thing {number}",
                images=(f"{self.tenant}/{id_of_number(number)}.png",),
                rating_sum=number,
                rating_count=number // 3,
            )
            pieces = number % 4
            self.add(msgspec.structs.replace(made, created_at=time_of_number(number)), pieces)

    def add(self, made: Product, pieces: int) -> None:
        """A product with its stock, and its cards as the stream writes them."""
        self.installation.write(made, stock(made, pieces))
        self.products.append(made)
        if pieces:
            self.stocked.add(made.id)
        access = self.installation.access(self.tenant)
        transport = self.installation.transport
        drive(
            cards.renew(self.tenant, made.id), lambda request: calls.run(transport, request, access)
        )

    @property
    def customer(self) -> Identity:
        return member(self.tenant, Role.CUSTOMER, subject=CUSTOMER)

    def category(self, id: str, tenant: str | None = None) -> str:
        """The global id of a category."""
        return global_ids.naming(entity_of(Category), {"tenant": tenant or self.tenant, "id": id})

    def seller(self, id: str) -> str:
        """The global id of a seller's profile."""
        return profile_id(self.tenant, id)

    def wanted(
        self,
        *,
        categories: Iterable[str] | None = None,
        seller: str | None = None,
        in_stock: bool = False,
        by_price: dict[str, Any] | None = None,
    ) -> list[str]:
        """The titles that a list is to have, in its order: worked out here, from everything."""
        range: dict[str, Any] = (by_price or {}).get("range") or {}
        currency, least, most = (range.get(name) for name in ("currency", "least", "most"))
        found = [
            each
            for each in self.products
            if categories is None or (each.category or "") in categories
            if seller is None or each.seller == seller
            if not in_stock or each.id in self.stocked
            if currency in (None, each.currency)
            if least is None or each.price >= least
            if most is None or each.price <= most
        ]
        if by_price is None:
            found.sort(key=lambda each: (each.created_at, each.id), reverse=True)
        else:
            down = by_price.get("direction") == "DESCENDING"
            found.sort(key=lambda each: (each.currency, each.price, each.id), reverse=down)
        return [each.title for each in found]
