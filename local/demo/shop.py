"""What a planned tenant sells, to whom, and what is paid and given back."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from local.demo.categories import place_of
from local.demo.people import NAMED_CUSTOMER, NAMED_SELLER, Person
from local.demo.today import TODAY, ago
from local.demo.words import MATERIALS, THINGS

MONTHS_BACK: Final = timedelta(days=120)
RECENT: Final = (
    timedelta(minutes=50),
    timedelta(hours=3),
    timedelta(hours=20),
    timedelta(hours=22),
)
"""How long ago the newest orders were placed; all others are more than a day old."""

PAID: Final = "paid"
OPEN: Final = "open"
PARTLY: Final = "partly refunded"
REFUNDED: Final = "refunded"
FIRST_OUTCOMES: Final = (PAID, OPEN, PAID, OPEN)
"""Of the newest orders: one to look at and pack, one to pay, one to refund, one to cancel."""


@dataclass(frozen=True)
class PlannedProduct:
    """A product to create; `seller` and `category` are positions, `stock` is by warehouse."""

    title: str
    description: str
    seller: int
    price: int
    currency: str
    category: int
    stock: Mapping[str, int]
    created_at: str
    randomness: int


LEFT_OPEN: Final = 4
"""The position of an older order that nobody pays: its invoice can be withdrawn."""

PARCELS: Final = ("PACKED", "SHIPPED", "DELIVERED")
"""What becomes of a paid order; every fourth has come as far as each of them, or is not begun."""


@dataclass(frozen=True)
class PlannedLine:
    """Pieces of a product, which is given by its position."""

    product: int
    quantity: int


@dataclass(frozen=True)
class PlannedRefund:
    """Money to give back."""

    amount: int
    at: str


@dataclass(frozen=True)
class PlannedOrder:
    """An order to place, and what becomes of it and its invoice; `customer` is a person's position.

    `parcels` are the steps that its fulfilments take; of several sellers one is ahead.
    """

    customer: int
    lines: tuple[PlannedLine, ...]
    total: int
    placed_at: str
    paid_at: str | None
    refund: PlannedRefund | None
    randomness: int
    parcels: tuple[str, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True)
class PlannedCart:
    """What a customer has put into the cart and not bought yet."""

    customer: int
    lines: tuple[PlannedLine, ...]


class ShopSource:
    """Makes products and orders of a tenant, the same ones in the same order each time.

    `people` may grow meanwhile: who is there sells and buys what is made next.
    """

    def __init__(
        self, tenant: str, currency: str, warehouses: Sequence[str], people: Sequence[Person]
    ) -> None:
        self.products: list[PlannedProduct] = []
        self.orders: list[PlannedOrder] = []
        self._tenant = tenant
        self._currency = currency
        self._warehouses = warehouses
        self._people = people
        # A sequence for each kind, so that more of one does not change the other.
        self._goods = random.Random(f"{tenant} products")  # noqa: S311 - nothing secret
        self._sales = random.Random(f"{tenant} orders")  # noqa: S311 - nothing secret

    def grow_to(self, products: int, orders: int) -> None:
        """Make products and then orders until there are as many."""
        sellers, customers = self._positions("seller"), self._positions("customer")
        for position in range(len(self.products), products):
            self.products.append(self._product(position, sellers))
        for position in range(len(self.orders), orders):
            self.orders.append(self._order(position, customers))

    def carts(self) -> tuple[PlannedCart, ...]:
        """A cart of the named customer, with something of the named seller and of another."""
        others = [
            position
            for position, product in enumerate(self.products)
            if product.seller != NAMED_SELLER
        ]
        second = others[0] if others else 1
        return (PlannedCart(NAMED_CUSTOMER, (PlannedLine(0, 2), PlannedLine(second, 1))),)

    def _positions(self, role: str) -> list[int]:
        return [position for position, each in enumerate(self._people) if each.role == role]

    def _product(self, position: int, sellers: list[int]) -> PlannedProduct:
        source = self._goods
        material, thing = source.choice(MATERIALS), source.choice(THINGS)
        title = f"{material} {thing}"
        places = source.sample(self._warehouses, min(len(self._warehouses), source.choice((2, 3))))
        return PlannedProduct(
            title=title,
            description=f"A {title.lower()}, made to last and easy to repair.",
            # The named seller has every fourth, so that their token shows something.
            seller=NAMED_SELLER if position % 4 == 0 else source.choice(sellers),
            price=source.randrange(490, 24_000, 10),
            currency=self._currency,
            category=place_of(thing),
            stock={place: source.randrange(40, 400) for place in sorted(places)},
            created_at=ago(timedelta(days=340 - position / 20)),
            randomness=source.getrandbits(80),
        )

    def _order(self, position: int, customers: list[int]) -> PlannedOrder:
        source = self._sales
        # The named customer has every third, for the same reason.
        named = position % 3 == 0 or position < len(RECENT)
        customer = NAMED_CUSTOMER if named else source.choice(customers)
        lines = self._lines()
        total = sum(self.products[line.product].price * line.quantity for line in lines)
        jitter = timedelta(seconds=source.random() * 60)
        if position < len(RECENT):
            placed, outcome = TODAY - RECENT[position] - jitter, FIRST_OUTCOMES[position]
        else:
            back = timedelta(days=1) + source.random() * MONTHS_BACK
            placed = TODAY - back - jitter
            drawn = source.choices((PAID, OPEN, PARTLY, REFUNDED), (65, 20, 8, 7))[0]
            outcome = OPEN if position == LEFT_OPEN else drawn
        paid = min(placed + timedelta(minutes=source.randrange(2, 2_880)), TODAY)
        given_back = min(paid + timedelta(minutes=source.randrange(60, 14_400)), TODAY)
        part = source.randrange(1, total)
        amounts = {PARTLY: part, REFUNDED: total}
        older = position >= len(RECENT)
        return PlannedOrder(
            customer=customer,
            lines=lines,
            total=total,
            placed_at=placed.isoformat(),
            paid_at=None if outcome == OPEN else paid.isoformat(),
            refund=PlannedRefund(amounts[outcome], given_back.isoformat())
            if outcome in amounts
            else None,
            randomness=source.getrandbits(80),
            parcels=PARCELS[: position % 4] if older and outcome != OPEN else (),
            cancelled=older and outcome == OPEN and position % 3 == 0,
        )

    def _lines(self) -> tuple[PlannedLine, ...]:
        source = self._sales
        count = source.choices((1, 2, 3, 4), (45, 30, 17, 8))[0]
        chosen = source.sample(range(len(self.products)), min(count, len(self.products)))
        return tuple(PlannedLine(product, source.choice((1, 1, 1, 2, 3))) for product in chosen)
