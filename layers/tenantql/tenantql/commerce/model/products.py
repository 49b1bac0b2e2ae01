"""Products, their stock in the warehouses with its history, and what customers think of them."""

from enum import StrEnum

import msgspec

from tenantql.table.entity import Item, entity


@entity(name="Product", pk="TENANT#{tenant}#PRODUCT#{id}", sk="PRODUCT")
class Product(Item, frozen=True, kw_only=True):
    """Something that a seller offers. `price` is in minor units of `currency`.

    `category` is an id. `category_name` and `seller_name` are copies that the stream fills in, at
    creation as after a rename. `deleted_at` is when it was taken off; the rest of it goes once
    nothing of it is reserved. `images` are keys of the bucket. `rating_sum` adds up the
    stars of the reviews, `rating_count` counts them: both change in the reviews' transactions.
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
    images: tuple[str, ...] = ()
    rating_sum: int = 0
    rating_count: int = 0
    deleted_at: str | None = None


class MovementKind(StrEnum):
    """Why the pieces of a product changed."""

    ADJUSTED = "ADJUSTED"
    COUNTED = "COUNTED"
    RESERVED = "RESERVED"
    RELEASED = "RELEASED"
    SHIPPED = "SHIPPED"
    RETURNED = "RETURNED"


class StockChange(msgspec.Struct, frozen=True, kw_only=True):
    """Why a stock changed the last time, for the journal; `at` is the change's `updated_at`.

    `order` is the id of the order that it was for, if it was for one.
    """

    kind: MovementKind
    at: str
    order: str | None = None


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
    change: StockChange | None = None

    @property
    def buyable(self) -> bool:
        """Whether at least one piece can be bought."""
        return self.active and self.available > 0


@entity(name="StockMovement", pk="TENANT#{tenant}#PRODUCT#{product}", sk="MOVEMENT#{number:12}")
class StockMovement(Item, frozen=True, kw_only=True):
    """One change of a product's stock, written by the stream.

    `number` is the version of the stock that it led to, so a record that comes twice writes the
    same item. `warehouses` has the difference in each warehouse that changed.
    """

    product: str
    number: int
    kind: MovementKind
    available: int
    reserved: int
    warehouses: dict[str, int] = {}
    order: str | None = None


@entity(
    name="Review",
    pk="TENANT#{tenant}#PRODUCT#{product}",
    sk="REVIEW#{customer}",
    indexes={"GSI1": ("TENANT#{tenant}#REVIEWS#{product}", "{created_at}#{customer}")},
)
class Review(Item, frozen=True, kw_only=True):
    """What a customer thinks of a product: one a customer, by its key. `rating` is 1 to 5 stars.

    `author` is the name to show, as the customer gave it.
    """

    product: str
    customer: str
    rating: int
    author: str
    text: str = ""
