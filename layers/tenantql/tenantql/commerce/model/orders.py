"""Orders, and their fulfilments: the part of an order that one seller ships."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from tenantql.table.entity import Item, entity


class OrderStatus(StrEnum):
    """How far an order has come; DELIVERED and CANCELLED are the end."""

    PLACED = "PLACED"
    PAID = "PAID"
    PROCESSING = "PROCESSING"
    PARTLY_SHIPPED = "PARTLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self not in {OrderStatus.DELIVERED, OrderStatus.CANCELLED}


class FulfilmentStatus(StrEnum):
    """How far a seller has come with their part; until SHIPPED, the pieces are in the warehouse."""

    PENDING = "PENDING"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A seller's part of an order, as the order knows it."""

    status: FulfilmentStatus = FulfilmentStatus.PENDING
    tracking: str | None = None


def status_following(parts: Iterable[FulfilmentStatus]) -> OrderStatus:
    """The status of a paid order, by its fulfilments: docs/data-model.md, statuses."""
    left = {part for part in parts if part is not FulfilmentStatus.CANCELLED}
    under_way = left & {FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED}
    if not left:
        return OrderStatus.CANCELLED
    if left == {FulfilmentStatus.DELIVERED}:
        return OrderStatus.DELIVERED
    if left == under_way:
        return OrderStatus.SHIPPED
    if under_way:
        return OrderStatus.PARTLY_SHIPPED
    return OrderStatus.PROCESSING if FulfilmentStatus.PACKED in left else OrderStatus.PAID


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is sent; `country` is an ISO 3166-1 code of two letters."""

    name: str
    street: str
    city: str
    country: str
    postal_code: str | None = None
    region: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A product in an order, with the title and the price of the day (minor units, a piece).

    Of `quantity` pieces, `returned` have gone back in a refund; `kept` are what is left to ship,
    or with the customer.
    """

    product: str
    seller: str
    title: str
    price: int
    quantity: int
    returned: int = 0

    @property
    def kept(self) -> int:
        """Pieces that were not given back."""
        return self.quantity - self.returned

    @property
    def total(self) -> int:
        """Minor units."""
        return self.price * self.quantity


@entity(
    name="Order",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="ORDER#{placed_at}#{id}",
    indexes={
        "GSI1": ("TENANT#{tenant}#ORDERS#STATUS#{status}#{shard}", "{placed_at}#{id}"),
        "GSI2": ("TENANT#{tenant}#ORDERS#RECENT#{shard}", "{placed_at}#{id}"),
        "platform": (
            "ORDERS#{status}#{platform_shard}",
            "{placed_at}#{tenant}#{id}",
            lambda order: order.status.is_open,
        ),
    },
)
class Order(Item, frozen=True, kw_only=True):
    """What a customer bought, as it was on that day. `total` is in minor units of `currency`.

    It is what the lines cost less `discount`, which `points_redeemed` were worth.

    `number` is for people to read. `shard` is its place in the tenant's lists, `platform_shard`
    that in the platform's; `invoice_shard` leads to the invoice, which has the same id and time.
    `fulfilments` is by seller. Once paid, `booked_day` is the day in the books that payment and
    refunds count for, and `points_earned` are the loyalty points that are the customer's by what
    they paid and kept.
    """

    id: str
    customer: str
    placed_at: str
    shard: str
    platform_shard: str
    invoice_shard: str
    number: str
    status: OrderStatus
    lines: tuple[Line, ...]
    sellers: frozenset[str]
    total: int
    currency: str
    fulfilments: dict[str, Progress] = {}
    refunded: int = 0
    booked_day: str | None = None
    points_earned: int = 0
    points_redeemed: int = 0
    discount: int = 0
    address: Address | None = None

    @property
    def kept(self) -> int:
        """Minor units that were paid and not given back."""
        return 0 if self.booked_day is None else self.total - self.refunded


@entity(
    name="Fulfilment",
    pk="TENANT#{tenant}#SELLER#{seller}",
    sk="FULFILMENT#{placed_at}#{order}#{customer}",
)
class Fulfilment(Item, frozen=True, kw_only=True):
    """A seller's part of an order. `subtotal` is in minor units of `currency`.

    `placed_day` is the day of `placed_at` in the tenant's time zone, for the seller's statistics.
    `order_status` and `order_paid` are copies that follow the order by the stream; they are those
    of its `order_version`.
    """

    seller: str
    placed_at: str
    order: str
    customer: str
    number: str
    status: FulfilmentStatus
    lines: tuple[Line, ...]
    subtotal: int
    currency: str
    placed_day: str | None = None
    address: Address | None = None
    tracking: str | None = None
    order_status: OrderStatus = OrderStatus.PLACED
    order_paid: bool = False
    order_version: int = 1
