"""Sets a scene: a tenant's people and things, made by the API's own mutations.

So it can be done to any endpoint, and what is there is what the service itself has written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from benchmarks.day.mix import documents
from load.answers import PRICE, id_within
from load.scene import CURRENCY, Customer, Offer, Scene
from local.demo.words import MATERIALS, THINGS
from tenantql.commerce.model import Category
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.tenancy.identity import Role

type Ask = Callable[[str | None, str, Role, str, Mapping[str, Any]], Any]
"""Asks an operation: tenant, subject, role, document, variables; its one field. Raises an error for
an answer with errors."""

PIECES: Final = 10_000_000
"""Of each product: as many as can never be sold."""

BRANCHES: Final = 8
"""Subcategories of a category."""

WAREHOUSE: Final = "berlin"


@dataclass(frozen=True)
class Size:
    """How much a tenant has."""

    customers: int
    sellers: int
    products: int
    categories: int

    def times(self, share: float) -> "Size":
        """A smaller tenant's, but never less than every request needs."""
        return Size(
            max(6, round(self.customers * share)),
            max(2, round(self.sellers * share)),
            max(8, round(self.products * share)),
            max(4, round(self.categories * share)),
        )

    @property
    def steps(self) -> int:
        """The mutations that make it."""
        return self.customers + 2 * self.sellers + 2 * self.products + self.categories


SIZES: Final[Mapping[str, Size]] = {
    "small": Size(customers=12, sellers=2, products=16, categories=8),
    "medium": Size(customers=400, sellers=10, products=200, categories=60),
    "large": Size(customers=2_000, sellers=30, products=800, categories=200),
}
"""What the largest tenant has."""


def set_scene(
    scene: Scene, size: Size, ask: Ask, first: int, advance: Callable[[], None] = lambda: None
) -> None:
    """Fills a scene with what it makes. `first` makes names that must be new."""
    scene.words = tuple(word.casefold() for word in (*MATERIALS, *THINGS))
    work = _Setting(scene, ask, first, advance)
    work.people(size)
    work.categories(size)
    work.products(size)


class _Setting:
    def __init__(self, scene: Scene, ask: Ask, first: int, advance: Callable[[], None]) -> None:
        self._scene = scene
        self._ask = ask
        self._numbers = count(first)
        self._advance = advance

    def people(self, size: Size) -> None:
        for number, (id, login) in enumerate(self._users(size.customers + size.sellers)):
            if number < size.customers:
                self._scene.customers.append(Customer(id_within(id), login))
                continue
            self._staff("MakeSeller", userId=id, name=f"Shop {login}")
            self._scene.sellers.append(id_within(id))

    def _users(self, many: int) -> Iterator[tuple[str, str]]:
        for _ in range(many):
            login = f"p{next(self._numbers)}"
            own = {"email": f"{login}@example.com", "username": f"user-{login}"}
            made = self._staff("CreateUser", **own, displayName=f"Person {login}")
            yield made["user"]["id"], login

    def categories(self, size: Size) -> None:
        made: list[str] = []
        for number in range(size.categories):
            above = {} if number < BRANCHES else {"parentId": made[number // BRANCHES - 1]}
            name = f"Steel pots number {next(self._numbers)}"
            made.append(self._staff("CreateCategory", name=name, **above)["category"]["id"])
            self._scene.categories.append(id_within(made[-1]))

    def products(self, size: Size) -> None:
        scene = self._scene
        for number in range(size.products):
            material, thing = MATERIALS[number % len(MATERIALS)], THINGS[number % len(THINGS)]
            seller = scene.sellers[number % len(scene.sellers)]
            category = scene.categories[number % len(scene.categories)]
            named = {"tenant": scene.tenant, "id": category}
            made = self._by(
                seller,
                "CreateProduct",
                title=f"{material} {thing} {number}",
                description=f"A {thing} of {material.lower()}, made by hand. " * 12,
                categoryId=global_ids.naming(entity_of(Category), named),
                price={"amount": PRICE, "currency": CURRENCY},
            )["product"]["id"]
            self._by(seller, "AdjustStock", productId=made, warehouse=WAREHOUSE, by=PIECES)
            scene.offers.append(Offer(id_within(made), seller))

    def _staff(self, operation: str, **fields: Any) -> Any:
        return self._asked("staff", Role.STAFF, operation, fields)

    def _by(self, seller: str, operation: str, **fields: Any) -> Any:
        return self._asked(seller, Role.SELLER, operation, fields)

    def _asked(self, subject: str, role: Role, operation: str, fields: Mapping[str, Any]) -> Any:
        text = documents()[operation]
        found = self._ask(self._scene.tenant, subject, role, text, {"input": fields})
        self._advance()
        return found
