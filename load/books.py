"""What a process knows of its own customers' doings in one tenant, as a client would know it.

Nobody else acts for these customers. So an answer about a cart or an order is held against what
is known here, and what is asked fits what is there. Everything is bounded: the oldest is forgotten.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from random import Random
from typing import Final, Self

from load.scene import Offer, Scene
from tenantql.commerce.model import Fulfilment
from tenantql.commerce.model import Order as StoredOrder
from tenantql.table import global_ids
from tenantql.table.entity import entity_of

KEPT: Final = 4_000
"""Orders that are known, and lists of what can be done next."""

LINES: Final = 5
"""Products in a cart, at most."""

NEAR: Final = 16
"""Of so many carts one is drawn: the ones that were filled first."""


class State(Enum):
    """What has become of an order, as far as the next request depends on it.

    A cancelled or refunded one has ended.
    """

    PLACED = auto()
    PAID = auto()
    PACKED = auto()
    ENDED = auto()


@dataclass
class Order:
    """An order that was placed: its global id and number, whose it is, and its products."""

    id: str
    number: str
    customer: str
    products: tuple[str, ...]
    total: int
    state: State = State.PLACED
    invoice: str = ""

    def part(self, seller: str) -> "Part":
        """The seller's part of it."""
        _, key, tenant = global_ids.decode(self.id)
        stored = entity_of(StoredOrder)
        known = {**stored.pk.parse(key.pk), **stored.sk.parse(key.sk)}
        values = {**known, "tenant": tenant, "seller": seller, "order": known["id"]}
        return Part(global_ids.naming(entity_of(Fulfilment), values), seller, self)


@dataclass
class Part:
    """A fulfilment: its global id, and its seller."""

    id: str
    seller: str
    order: Order


class Pile[T]:
    """Things of which any is taken, or looked at, by chance; at most `KEPT`, the last ones."""

    def __init__(self) -> None:
        self._things: deque[T] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        return len(self._things)

    def __iter__(self) -> Iterator[T]:
        return iter(self._things)

    def add(self, thing: T) -> None:
        """Puts one on top."""
        self._things.append(thing)

    def some(self, chance: Random) -> T | None:
        """One of them, which stays; None if there is none."""
        return self._things[chance.randrange(len(self._things))] if self._things else None

    def take(self) -> T | None:
        """The oldest, which is taken away; None if there is none."""
        return self._things.popleft() if self._things else None


@dataclass
class Books:
    """Carts, orders and what else the next requests hang on."""

    seller_of: dict[str, str]
    unchanged: Pile[str] = field(default_factory=Pile[str])
    """Users of whom there is the first version."""
    quiet_sellers: Pile[str] = field(default_factory=Pile[str])
    """Sellers of whose profiles there is the first version."""
    spare: Pile[Offer] = field(default_factory=Pile[Offer])
    """Products that nobody else asks about."""
    carts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    favourites: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    reviewed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    numbers: dict[str, Order] = field(default_factory=dict[str, Order])
    orders: Pile[Order] = field(default_factory=Pile[Order])
    placed: Pile[Order] = field(default_factory=Pile[Order])
    invoices: Pile[str] = field(default_factory=Pile[str])
    open: Pile[Order] = field(default_factory=Pile[Order])
    paid: Pile[Order] = field(default_factory=Pile[Order])
    to_pack: Pile[Part] = field(default_factory=Pile[Part])
    to_ship: Pile[Part] = field(default_factory=Pile[Part])
    to_deliver: Pile[Part] = field(default_factory=Pile[Part])
    last: dict[str, str] = field(default_factory=dict[str, str])
    """The number of each customer's last order."""
    received: int = 0
    given_back: int = 0

    @classmethod
    def of(cls, scene: Scene) -> Self:
        """Books of a scene in which nothing has happened yet."""
        books = cls({offer.id: offer.seller for offer in scene.offers})
        for customer in scene.customers[:KEPT] if scene.fresh else ():
            books.unchanged.add(customer.id)
        return books

    def has_room(self, customer: str) -> bool:
        """Whether a customer's cart takes another product."""
        return len(self.carts.get(customer, ())) < LINES

    def filled(self, chance: Random) -> str | None:
        """A customer whose cart has something in it."""
        if not self.carts:
            return None
        # Dictionaries keep their order; a few steps from the front are cheap and chance enough.
        steps = chance.randrange(min(len(self.carts), NEAR))
        return next(islice(self.carts, steps, None))

    def place(self, order: Order) -> None:
        """An order, of the whole cart of its customer."""
        del self.carts[order.customer]
        self.last[order.customer] = order.number
        self.orders.add(order)
        self.placed.add(order)
        self.numbers[order.number] = order
        if len(self.numbers) > KEPT:
            del self.numbers[next(iter(self.numbers))]

    def taken(self, pile: Pile[Order], state: State) -> Order | None:
        """The oldest order of a pile that is still in this state."""
        while (found := pile.take()) is not None:
            if found.state is state:
                return found
        return None
