"""Entities of the shop, by what they are about."""

from tenantql.commerce.model.categories import ROOT, Category, CategoryPath, CategoryTree, Step
from tenantql.commerce.model.customers import Cart, CustomerAccount, CustomerSpend
from tenantql.commerce.model.invoices import Invoice, InvoiceStatus, Refund
from tenantql.commerce.model.orders import Fulfilment, FulfilmentStatus, Line, Order, OrderStatus
from tenantql.commerce.model.products import Product, Stock
from tenantql.commerce.model.revenue import RevenueMonth, RevenueTotal

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
    "Order",
    "OrderStatus",
    "Product",
    "Refund",
    "RevenueMonth",
    "RevenueTotal",
    "Step",
    "Stock",
]
