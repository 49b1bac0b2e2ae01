"""Demonstration data: three tenants, their people and invoices, the same at every start."""

from local.demo.plan import PLATFORM_OPERATOR, Person, PlannedTenant, Size, plan
from local.demo.steps import Demo, DemoTenant, Loaded, load, steps_of

__all__ = [
    "PLATFORM_OPERATOR",
    "Demo",
    "DemoTenant",
    "Loaded",
    "Person",
    "PlannedTenant",
    "Size",
    "load",
    "plan",
    "steps_of",
]
