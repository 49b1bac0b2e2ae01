"""Entities of the shop, by what they are about."""

from tenantql.commerce.model.categories import ROOT, Category, CategoryPath, CategoryTree, Step
from tenantql.commerce.model.customers import (
    Cart,
    CustomerAccount,
    CustomerSpend,
    LoyaltyEntry,
    PointsChange,
    PointsReason,
)
from tenantql.commerce.model.invoices import Invoice, InvoiceStatus, Refund
from tenantql.commerce.model.orders import Fulfilment, FulfilmentStatus, Line, Order, OrderStatus
from tenantql.commerce.model.products import Product, Stock
from tenantql.commerce.model.revenue import RevenueMonth, RevenueTotal
from tenantql.commerce.model.sellers import SellerProfile

__all__ = [
    "ROOT",
    "Cart",
    "Category",
    "CategoryPath",
    "CategoryTree",
    "CustomerAccount",
    "CustomerSpend",
    "Fulfilment",
    "FulfilmentStatus",
    "Invoice",
    "InvoiceStatus",
    "Line",
    "LoyaltyEntry",
    "Order",
    "OrderStatus",
    "PointsChange",
    "PointsReason",
    "Product",
    "Refund",
    "RevenueMonth",
    "RevenueTotal",
    "SellerProfile",
    "Step",
    "Stock",
]
