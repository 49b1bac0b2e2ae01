"""What is asked next: a flow of the mix, of a tenant, by somebody it fits, about what is there.

Where a flow needs something that is not there (a checkout an article in the cart, a payment an open
invoice), what brings it about is asked first, and counts as what it is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any, Final

import orjson

from benchmarks.day.cast import Cast
from benchmarks.day.mix import BESIDE, FLOWS, Flow, rates
from load.answers import learn
from load.books import Books, Order, Part, State
from load.scene import Scene, distinct
from tenantql.tenancy.identity import Role

NAMED: Final[Mapping[str, Flow]] = {flow.name: flow for flow in FLOWS}

TRIES: Final = 8
"""How many requests may come before one so that it can be asked at all."""

CART_FLOWS: Final = frozenset({"O1", "C2 change", "C3 remove", "C3 clear"})
ORDER_ROWS: Final = ("O3", "O4", "O5", "I1", "I3")

STAFF: Final = "staff"
"""What the subjects of staff, administrators and operators begin with."""

STAFFED: Final = 20
"""So many of them in each tenant."""


@dataclass(frozen=True)
class Asked:
    """A request: which flow, in which tenant (None: the platform's), by whom, with what.

    `taken` is the order or fulfilment that it moves on.
    """

    flow: Flow
    tenant: str | None
    subject: str
    cast: Cast
    books: Books
    taken: Order | Part | None
    variables: Mapping[str, Any]

    def learn(self, root: Any) -> str | None:
        """Takes note of the answer's one field; what is wrong with it, if it is not as known."""
        return learn(self.flow.name, self.cast, self.books, self.taken, root)


@dataclass
class _Play:
    """A tenant's scene, and what is known of its customers' doings."""

    scene: Scene
    books: Books


class Script:
    """The requests of one process. `first` makes what must be new differ between processes.

    Begins with the flows of `opening`. `left_out` are flows that cannot be asked here.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        seed: int,
        first: int,
        left_out: frozenset[str] = frozenset(),
        opening: Sequence[str] = (),
    ) -> None:
        asked = {
            name: rate
            for name, rate in rates().items()
            if name not in BESIDE and name not in left_out
        }
        self._names = [*asked]
        self._rates = [*accumulate(asked.values())]
        self._plays = [_Play(scene, Books.of(scene)) for scene in scenes]
        self._weights = [*accumulate(scene.weight for scene in scenes)]
        self._chance = Random(seed)  # noqa: S311 - requests, not secrets
        self._number = first
        self._opening = [name for name in opening if name in asked]
        self._waiting: list[tuple[str, _Play]] = []
        self._tries = 0
        self._taken: Order | Part | None = None
        self.skipped: Counter[str] = Counter()
        """Requests for which there was nothing, whatever came before."""

    @property
    def books(self) -> Mapping[str, Books]:
        """What is known, by tenant."""
        return {play.scene.tenant: play.books for play in self._plays}

    def next(self) -> Asked:
        """The next request."""
        while True:
            if not self._waiting:
                self._waiting = [(self._name(), self._play())]
                self._tries = 0
            name, play = self._waiting[-1]
            self._number += 1
            cast = play.scene.draw(self._chance, self._number)
            self._taken = None
            needed = self._prepare(name, cast, play)
            if not needed:
                self._waiting.pop()
                return self._asked(NAMED[name], cast, play)
            self._tries += 1
            if self._tries > TRIES:
                self.skipped[self._waiting[0][0]] += 1
                self._waiting = []
            else:
                self._waiting.append((needed, play))

    def _name(self) -> str:
        if self._opening:
            return self._opening.pop()
        return self._chance.choices(self._names, cum_weights=self._rates)[0]

    def _play(self) -> _Play:
        return self._chance.choices(self._plays, cum_weights=self._weights)[0]

    def _asked(self, flow: Flow, cast: Cast, play: _Play) -> Asked:
        subjects = {Role.CUSTOMER: cast.customer, Role.SELLER: cast.sellers[0]}
        tenant = None if flow.role is Role.PLATFORM else cast.tenant
        subject = subjects.get(flow.role, f"{STAFF}-{self._chance.randrange(STAFFED)}")
        variables = flow.variables(cast)
        return Asked(flow, tenant, subject, cast, play.books, self._taken, variables)

    def _prepare(self, name: str, cast: Cast, play: _Play) -> str:
        """Makes the cast fit a flow. What must be asked before, if it cannot; else nothing."""
        if name.startswith(("C1", "C4", "C5", "O1 ")) or name in CART_FLOWS:
            return self._with_cart(cast, play.books)
        if name.startswith(ORDER_ROWS):
            return self._with_order(name, cast, play)
        if name in {"U5", "U6", "U9 change"}:
            return _with_fresh(name, cast, play.books)
        if name in {"P5 change", "P5 delete", "P7 set"}:
            spare = play.books.spare.take()
            cast.products, cast.sellers = ([spare.id], [spare.seller]) if spare else ([], [])
            return "" if spare else "P5 create"
        match name:
            case "C2 add":
                return self._with_room(cast, play)
            case "U11 add" | "P11 add":
                self._newly(name, cast, play)
            case "U11 remove":
                return self._with_favourite(cast, play.books)
            case _:
                pass
        return ""

    def _with_room(self, cast: Cast, play: _Play) -> str:
        for _ in range(TRIES):
            if play.books.has_room(cast.customer):
                return ""
            cast.customer = play.scene.customer(self._chance).id
        return "O1"

    def _with_cart(self, cast: Cast, books: Books) -> str:
        customer = books.filled(self._chance)
        if customer is None:
            return "C2 add"
        cast.customer = customer
        inside = [*books.carts[customer]]
        cast.products = [self._chance.choice(inside), *cast.products[1:]]
        return ""

    def _with_favourite(self, cast: Cast, books: Books) -> str:
        if not books.favourites:
            return "U11 add"
        cast.customer = next(iter(books.favourites))
        cast.products = [next(iter(books.favourites[cast.customer])), *cast.products[1:]]
        return ""

    def _newly(self, name: str, cast: Cast, play: _Play) -> None:
        """A product that a customer has not yet marked, or reviewed."""
        for _ in range(TRIES):
            product = cast.products[0]
            if name == "P11 add" and (cast.customer, product) not in play.books.reviewed:
                return
            if name == "U11 add" and product not in play.books.favourites.get(cast.customer, ()):
                return
            cast.customer = play.scene.customer(self._chance).id
            offers = distinct(self._chance, play.scene.offers, 3)
            cast.products = [offer.id for offer in offers]

    def _with_order(self, name: str, cast: Cast, play: _Play) -> str:
        books = play.books
        match name:
            case "O3":
                order, before = books.orders.some(self._chance), "O1"
            case "O4 unpaid":
                order, before = books.taken(books.placed, State.PLACED), "O1"
            case "I3 pay":
                order, before = books.taken(books.open, State.PLACED), "I2 open"
            case "I1":
                cast.invoice = books.invoices.some(self._chance) or ""
                return "" if cast.invoice else "I2 open" if len(books.orders) else "O1"
            case "O5 pack":
                part = books.to_pack.take()
                while part is not None and part.order.state is not State.PAID:
                    part = books.to_pack.take()
                return self._with_part(cast, part, "I3 pay")
            case "O5 ship":
                return self._with_part(cast, books.to_ship.take(), "O5 pack")
            case "O5 deliver":
                return self._with_part(cast, books.to_deliver.take(), "O5 ship")
            case _:
                order, before = books.taken(books.paid, State.PAID), "I3 pay"
        if order is None:
            # Without an order that waits for it, no list has an invoice to pay.
            return "O1" if name == "I3 pay" and not len(books.placed) else before
        cast.customer, cast.order, cast.invoice = order.customer, order.id, order.invoice
        cast.products = [order.products[0], *cast.products[1:]]
        self._taken = order
        return ""

    def _with_part(self, cast: Cast, part: Part | None, before: str) -> str:
        if part is None:
            return before
        cast.part, cast.sellers, self._taken = part.id, [part.seller], part
        return ""


def _with_fresh(name: str, cast: Cast, books: Books) -> str:
    """Somebody of whom there is the first version, which the mix names."""
    if name == "U9 change":
        cast.sellers = [books.quiet_sellers.take() or ""]
        return "" if cast.sellers[0] else "U6"
    cast.user = books.unchanged.take() or ""
    return "" if cast.user else "U1"


def judged(asked: Asked, text: str) -> str | None:
    """The code of what is wrong with an answer; None for one that is right, of which is learnt."""
    body = orjson.loads(text)
    if errors := body.get("errors"):
        return str(errors[0]["extensions"]["code"])
    root: Any = next(iter(body["data"].values()))
    if root is None:
        return "NOTHING"
    if isinstance(root, dict) and root.get("userErrors"):
        return str(root["userErrors"][0]["code"])  # pyright: ignore[reportUnknownArgumentType] - JSON
    return asked.learn(root)
