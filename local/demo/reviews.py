"""What customers of the demonstration think of what they bought."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from local.demo.people import NAMED_CUSTOMER
from local.demo.shop import PlannedOrder
from local.demo.today import TODAY

WORDS: Final = {
    2: ("Smaller than it looks.", "One corner came chipped."),
    3: ("Does what it should.", "Fine, if a little heavy."),
    4: ("Well made, and quickly here.", "Looks better than in the picture."),
    5: ("In use every day since.", "I have ordered a second one."),
}
"""By stars."""


LEFT: Final[tuple[int, int]] = (1, NAMED_CUSTOMER)
"""The second product is the named customer's to review, for whoever tries it."""


@dataclass(frozen=True)
class PlannedReview:
    """A review to write; `product` and `customer` are positions."""

    product: int
    customer: int
    rating: int
    text: str
    at: str


def reviews_of(tenant: str, orders: Sequence[PlannedOrder]) -> Iterator[PlannedReview]:
    """One a customer and product, of most of what was paid, in the order of the orders."""
    written: set[tuple[int, int]] = {LEFT}
    for position, order in enumerate(orders):
        # A source for each order, so that more orders change no earlier review.
        source = random.Random(f"{tenant} review {position}")  # noqa: S311 - nothing secret
        for line in order.lines:
            rating = source.choices((2, 3, 4, 5), (8, 17, 35, 40))[0]
            text, silent = source.choice(WORDS[rating]), source.random() < 0.3
            after = timedelta(days=source.randrange(2, 15))
            if order.paid_at is None or silent or (line.product, order.customer) in written:
                continue
            written.add((line.product, order.customer))
            at = min(datetime.fromisoformat(order.paid_at) + after, TODAY)
            yield PlannedReview(line.product, order.customer, rating, text, at.isoformat())
