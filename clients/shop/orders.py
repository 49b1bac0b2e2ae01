from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import InvoiceStatus, OrderStatus
from .fragments import Price


class Orders(BaseModel):
    orders: "OrdersOrders"


class OrdersOrders(BaseModel):
    nodes: list["OrdersOrdersNodes"]
    page_info: "OrdersOrdersPageInfo" = Field(alias="pageInfo")


class OrdersOrdersNodes(BaseModel):
    number: str
    status: OrderStatus
    placed_at: datetime = Field(alias="placedAt")
    lines: list["OrdersOrdersNodesLines"]
    total: "OrdersOrdersNodesTotal"
    invoice: Optional["OrdersOrdersNodesInvoice"]


class OrdersOrdersNodesLines(BaseModel):
    title: str
    quantity: int


OrdersOrdersNodesTotal = Price


class OrdersOrdersNodesInvoice(BaseModel):
    status: InvoiceStatus
    paid_at: Optional[datetime] = Field(alias="paidAt")


class OrdersOrdersPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


Orders.model_rebuild()
OrdersOrders.model_rebuild()
OrdersOrdersNodes.model_rebuild()
