"""Products, and their stock in the warehouses."""

from tenantql.table.entity import Item, entity


@entity(name="Product", pk="TENANT#{tenant}#PRODUCT#{id}", sk="PRODUCT")
class Product(Item, frozen=True, kw_only=True):
    """Something that a seller offers. `price` is in minor units of `currency`.

    `category` is an id. `category_name` and `seller_name` are copies that the stream fills in, at
    creation as after a rename. `deleted_at` is when it was taken off; the rest of it goes once
    nothing of it is reserved.
    """

    id: str
    seller: str
    title: str
    description: str
    price: int
    currency: str
    category: str | None = None
    category_name: str | None = None
    seller_name: str | None = None
    deleted_at: str | None = None


@entity(name="Stock", pk="TENANT#{tenant}#PRODUCT#{product}", sk="STOCK")
class Stock(Item, frozen=True, kw_only=True):
    """How many pieces of a product there are: one item a product.

    `available + reserved` is the sum of `warehouses`, and none is negative. Checkout moves pieces
    from available to reserved; shipping takes them from a warehouse. Only of an `active` product
    can be bought. The other fields are copies of the product's (`image` is its first), so that one
    condition on one item tests price and amount together.
    """

    product: str
    seller: str
    title: str
    price: int
    currency: str
    image: str | None = None
    warehouses: dict[str, int] = {}
    available: int = 0
    reserved: int = 0
    active: bool = True
