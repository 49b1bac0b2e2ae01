"""What a customer has in the shop: a cart, an account with points, a rank by what they spent."""

from enum import StrEnum

import msgspec

from tenantql.table.entity import Item, entity


@entity(
    name="Cart",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="CART",
    spread={"quantities": "q_", "prices": "p_", "added": "added_"},
)
class Cart(Item, frozen=True, kw_only=True):
    """What a customer means to buy; one item, so that a change is one conditional update.

    `quantities` and `prices` (minor units, as the customer saw them) are by product. `added` has
    the last additions that had an idempotency key (`tenantql.commerce.additions`).
    """

    customer: str
    currency: str
    products: frozenset[str] = frozenset()
    quantities: dict[str, int] = {}
    prices: dict[str, int] = {}
    added: dict[str, str] = {}


class PointsReason(StrEnum):
    """Why loyalty points came or went."""

    PAID = "PAID"
    REDEEMED = "REDEEMED"
    REFUNDED = "REFUNDED"
    CANCELLED = "CANCELLED"


class PointsChange(msgspec.Struct, frozen=True, kw_only=True):
    """Why an account's points changed last, and by which order (its id and time)."""

    why: PointsReason
    order: str
    placed_at: str


@entity(
    name="CustomerAccount",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="ACCOUNT",
    spread={"orders": "orders_", "spend": "spend_"},
)
class CustomerAccount(Item, frozen=True, kw_only=True):
    """Counts of a customer: orders by status, spend by currency (minor units), loyalty points.

    Exact, since they change in the transactions of the orders and payments themselves. `change`
    tells why the points changed last (`tenantql.commerce.loyalty`).
    """

    customer: str
    orders: dict[str, int] = {}
    spend: dict[str, int] = {}
    points: int = 0
    change: PointsChange | None = None


@entity(
    name="LoyaltyEntry",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="LOYALTY#{number:12}",
)
class LoyaltyEntry(Item, frozen=True, kw_only=True):
    """Points that came (more than 0) or went, and how many there were then; kept by the stream.

    `number` is the version of the account that they changed in, so a record of the stream that
    comes twice makes one entry. `order` and `placed_at` lead to the order of `customer`.
    """

    customer: str
    number: int
    points: int
    balance: int
    why: PointsReason
    order: str
    placed_at: str


@entity(
    name="CustomerSpend",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="SPEND#{currency}",
    indexes={
        "GSI1": (
            "TENANT#{tenant}#SPEND#{currency}#{shard}",
            "{spend:18}#{customer}",
            lambda entry: entry.spend > 0,
        ),
    },
)
class CustomerSpend(Item, frozen=True, kw_only=True):
    """A customer's place among those who spent most in a currency; kept by the stream.

    `source_version` is the version of the account that it was made of.
    """

    customer: str
    currency: str
    shard: str
    spend: int
    source_version: int


@entity(name="Favourite", pk="TENANT#{tenant}#USER#{customer}", sk="FAVOURITE#{product}")
class Favourite(Item, frozen=True, kw_only=True):
    """A product that a customer likes to find again."""

    customer: str
    product: str
