from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Role


class ProductFilter(BaseModel):
    """Which products are in a list. What is not given does not narrow it."""

    category_id: Optional[str] = Field(alias="categoryId", default=None)
    "Those of this category, by its global id."
    seller_id: Optional[str] = Field(alias="sellerId", default=None)
    "Those of this seller, by the global id of the profile."
    in_stock: bool = Field(alias="inStock", default=False)
    "Those only of which a piece can be bought."


class CreateUserInput(BaseModel):
    """The user to create."""

    email: str
    "The address; unique in the organisation."
    username: str
    "3 to 40 letters, digits, dots, dashes and underscores; unique in the organisation."
    display_name: str = Field(alias="displayName")
    "The name to show, at most 200 bytes in UTF-8."
    roles: list[Role] = Field(default_factory=lambda: [Role.CUSTOMER])
    "What the user may do. Only an administrator may create staff and administrators."
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Makes the mutation safe to repeat: the same key, for a day, returns the first result."


class MoneyInput(BaseModel):
    """An amount of money in an input."""

    amount: int
    "The amount, in minor units: 1250 is 12.50 EUR, and 1250 JPY."
    currency: str
    "The currency, by its ISO 4217 code."


class AddToCartInput(BaseModel):
    """What goes into the cart."""

    product_id: str = Field(alias="productId")
    "The global id of a product."
    quantity: int = 1
    "How many pieces."
    price: Optional["MoneyInput"] = None
    "What the customer was shown that a piece costs; a checkout refuses another price. Without it the\nprice of the moment is looked up, which is one call more."
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Makes the mutation safe to repeat: the same key adds nothing, as long as the cart is not emptied or\nchecked out, and no eight others came with keys."


class CheckoutInput(BaseModel):
    """A checkout of the caller's cart."""

    idempotency_key: str = Field(alias="idempotencyKey")
    "Makes the checkout safe to repeat: the same key, for a day, returns the same order."
    redeem_points: int = Field(alias="redeemPoints", default=0)
    "How many loyalty points are redeemed; something has to be left to pay."
    address: Optional["AddressInput"] = None
    "Where the order goes."
    billing_address: Optional["AddressInput"] = Field(
        alias="billingAddress", default=None
    )
    "Where the bill goes, if elsewhere."


class AddressInput(BaseModel):
    """Where something is sent."""

    name: str
    "Who is there: 1 to 200 characters."
    street: str
    "Street and number: 1 to 200 characters."
    postal_code: Optional[str] = Field(alias="postalCode", default=None)
    "The postal code: at most 20 characters."
    city: str
    "The town: 1 to 100 characters."
    region: Optional[str] = None
    "The state or province: at most 100 characters."
    country: str
    "The country's code of two letters, by ISO 3166-1."


class PayInvoiceInput(BaseModel):
    """The invoice to pay."""

    id: str
    "The global id of an invoice."
    idempotency_key: Optional[str] = Field(alias="idempotencyKey", default=None)
    "Makes the mutation safe to repeat: the same key, for a day, returns the first result."


AddToCartInput.model_rebuild()
CheckoutInput.model_rebuild()
