from typing import Optional

from .base_model import BaseModel
from .enums import UserErrorCode


class Price(BaseModel):
    amount: int
    currency: str


class Problem(BaseModel):
    code: UserErrorCode
    message: str
    field: Optional[list[str]]


Price.model_rebuild()
Problem.model_rebuild()
