"""Demonstration data: three tenants, their people and what they trade, the same each time."""

from local.demo.people import Person
from local.demo.plan import PLATFORM_OPERATOR, PlannedTenant, Size, plan
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
