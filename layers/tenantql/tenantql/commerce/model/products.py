"""Products, and their stock in the warehouses."""

from tenantql.table.entity import Item, entity


@entity(name="Product", pk="TENANT#{tenant}#PRODUCT#{id}", sk="PRODUCT")
class Product(Item, frozen=True, kw_only=True):
    """Something that a seller offers. `price` is in minor units of `currency`."""

    id: str
    seller: str
    title: str
    description: str
    price: int
    currency: str
    deleted_at: str | None = None


@entity(name="Stock", pk="TENANT#{tenant}#PRODUCT#{product}", sk="STOCK")
class Stock(Item, frozen=True, kw_only=True):
    """How many pieces of a product there are: one item a product.

    `available + reserved` is the sum of `warehouses`, and none is negative. Checkout moves pieces
    from available to reserved; shipping takes them from a warehouse. The other fields are copies
    of the product's, so that one condition on one item tests price and amount together.
    """

    product: str
    seller: str
    title: str
    price: int
    currency: str
    warehouses: dict[str, int] = {}
    available: int = 0
    reserved: int = 0
    active: bool = True
