from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import InvoiceStatus
from .fragments import Problem


class PayInvoice(BaseModel):
    pay_invoice: "PayInvoicePayInvoice" = Field(alias="payInvoice")


class PayInvoicePayInvoice(BaseModel):
    invoice: Optional["PayInvoicePayInvoiceInvoice"]
    user_errors: list["PayInvoicePayInvoiceUserErrors"] = Field(alias="userErrors")


class PayInvoicePayInvoiceInvoice(BaseModel):
    number: str
    status: InvoiceStatus
    paid_at: Optional[datetime] = Field(alias="paidAt")


PayInvoicePayInvoiceUserErrors = Problem
PayInvoice.model_rebuild()
PayInvoicePayInvoice.model_rebuild()
