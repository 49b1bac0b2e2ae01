"""Entities of the shop, by what they are about."""

from tenantql.commerce.model.categories import ROOT, Category, CategoryPath, CategoryTree, Step
from tenantql.commerce.model.customers import (
    Cart,
    CustomerAccount,
    CustomerSpend,
    Favourite,
    LoyaltyEntry,
    PointsChange,
    PointsReason,
)
from tenantql.commerce.model.invoices import Invoice, InvoiceStatus, Refund
from tenantql.commerce.model.lists import Availability, CardSet, ListOrder, ProductCard
from tenantql.commerce.model.orders import (
    Address,
    Fulfilment,
    FulfilmentStatus,
    Line,
    Order,
    OrderStatus,
    Progress,
    status_following,
)
from tenantql.commerce.model.products import (
    MovementKind,
    Product,
    Review,
    Stock,
    StockChange,
    StockMovement,
)
from tenantql.commerce.model.revenue import RevenueMonth, RevenueTotal
from tenantql.commerce.model.sellers import SellerProfile
from tenantql.commerce.model.statistics import SellerDay, SellerTotal

__all__ = [
    "ROOT",
    "Address",
    "Availability",
    "CardSet",
    "Cart",
    "Category",
    "CategoryPath",
    "CategoryTree",
    "CustomerAccount",
    "CustomerSpend",
    "Favourite",
    "Fulfilment",
    "FulfilmentStatus",
    "Invoice",
    "InvoiceStatus",
    "Line",
    "ListOrder",
    "LoyaltyEntry",
    "MovementKind",
    "Order",
    "OrderStatus",
    "PointsChange",
    "PointsReason",
    "Product",
    "ProductCard",
    "Progress",
    "Refund",
    "RevenueMonth",
    "RevenueTotal",
    "Review",
    "SellerDay",
    "SellerProfile",
    "SellerTotal",
    "Step",
    "Stock",
    "StockChange",
    "StockMovement",
    "status_following",
]
