"""Statistics of a seller, kept by the stream: of all time, and of each day."""

from tenantql.table.entity import Item, entity


@entity(
    name="SellerTotal",
    pk="TENANT#{tenant}#SELLER#{seller}",
    sk="STATS#TOTAL",
    spread={"fulfilments": "fulfilments_", "sales": "sales_"},
)
class SellerTotal(Item, frozen=True, kw_only=True):
    """What a seller offers and ever sold.

    `products` are those offered now, `fulfilments` how many are in each status. `orders` are parts
    of orders, also those cancelled; `pieces`, and their `sales` by currency (minor units), are
    those that were neither cancelled nor given back.
    """

    seller: str
    products: int = 0
    orders: int = 0
    pieces: int = 0
    fulfilments: dict[str, int] = {}
    sales: dict[str, int] = {}


@entity(
    name="SellerDay",
    pk="TENANT#{tenant}#SELLER#{seller}",
    sk="STATS#DAY#{date}",
    spread={"sales": "sales_"},
)
class SellerDay(Item, frozen=True, kw_only=True):
    """What was ordered of a seller on a day of the tenant's time zone; as in SellerTotal."""

    seller: str
    date: str
    orders: int = 0
    pieces: int = 0
    sales: dict[str, int] = {}
