from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import InvoiceStatus, OrderStatus
from .fragments import Price, Problem


class Checkout(BaseModel):
    checkout: "CheckoutCheckout"


class CheckoutCheckout(BaseModel):
    order: Optional["CheckoutCheckoutOrder"]
    user_errors: list["CheckoutCheckoutUserErrors"] = Field(alias="userErrors")


class CheckoutCheckoutOrder(BaseModel):
    id: str
    number: str
    status: OrderStatus
    total: "CheckoutCheckoutOrderTotal"
    invoice: Optional["CheckoutCheckoutOrderInvoice"]


CheckoutCheckoutOrderTotal = Price


class CheckoutCheckoutOrderInvoice(BaseModel):
    id: str
    status: InvoiceStatus


CheckoutCheckoutUserErrors = Problem
Checkout.model_rebuild()
CheckoutCheckout.model_rebuild()
CheckoutCheckoutOrder.model_rebuild()
