from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Price, Problem


class AddToCart(BaseModel):
    add_to_cart: "AddToCartAddToCart" = Field(alias="addToCart")


class AddToCartAddToCart(BaseModel):
    cart: Optional["AddToCartAddToCartCart"]
    user_errors: list["AddToCartAddToCartUserErrors"] = Field(alias="userErrors")


class AddToCartAddToCartCart(BaseModel):
    lines: list["AddToCartAddToCartCartLines"]
    total: "AddToCartAddToCartCartTotal"


class AddToCartAddToCartCartLines(BaseModel):
    quantity: int
    price: "AddToCartAddToCartCartLinesPrice"


AddToCartAddToCartCartLinesPrice = Price
AddToCartAddToCartCartTotal = Price
AddToCartAddToCartUserErrors = Problem
AddToCart.model_rebuild()
AddToCartAddToCart.model_rebuild()
AddToCartAddToCartCart.model_rebuild()
AddToCartAddToCartCartLines.model_rebuild()
