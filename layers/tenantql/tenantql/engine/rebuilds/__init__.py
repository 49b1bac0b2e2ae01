"""Rebuilds: what is kept, computed anew from its sources, compared, and mended.

A domain declares `Sums`, which add something up over all their sources, and `Copies`, whose items
each follow from one source. `run` of either compares, and mends.
"""

from tenantql.engine.rebuilds.copies import Copies, Wanted, as_read
from tenantql.engine.rebuilds.settling import (
    WRITER,
    CannotMend,
    Difference,
    Outcome,
    Watcher,
    Wrong,
    audit_of_now,
)
from tenantql.engine.rebuilds.sums import Counts, Owner, Sums, Unequal

type Rebuild = Sums | Copies

__all__ = [
    "WRITER",
    "CannotMend",
    "Copies",
    "Counts",
    "Difference",
    "Outcome",
    "Owner",
    "Rebuild",
    "Sums",
    "Unequal",
    "Wanted",
    "Watcher",
    "Wrong",
    "as_read",
    "audit_of_now",
]
