"""What a customer has in the shop: a cart, an account, and a rank by what they spent."""

from tenantql.table.entity import Item, entity


@entity(
    name="Cart",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="CART",
    spread={"quantities": "q_", "prices": "p_"},
)
class Cart(Item, frozen=True, kw_only=True):
    """What a customer means to buy; one item, so that a change is one conditional update.

    `quantities` and `prices` (minor units, as the customer saw them) are by product.
    """

    customer: str
    currency: str
    products: frozenset[str] = frozenset()
    quantities: dict[str, int] = {}
    prices: dict[str, int] = {}
    last_key: str | None = None


@entity(
    name="CustomerAccount",
    pk="TENANT#{tenant}#USER#{customer}",
    sk="ACCOUNT",
    spread={"orders": "orders_", "spend": "spend_"},
)
class CustomerAccount(Item, frozen=True, kw_only=True):
    """Counts of a customer: orders by status, spend by currency (minor units).

    Exact, since they change in the transactions of the orders and payments themselves.
    """

    customer: str
    orders: dict[str, int] = {}
    spend: dict[str, int] = {}


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
