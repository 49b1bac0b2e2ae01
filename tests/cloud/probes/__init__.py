"""One question for each thing that a mend changes; True is the answer that AWS gives.

Each probe makes what it needs under names of its own, so that it can be asked of any cloud.
"""

from tests.cloud.probes import backups, composites, http_apis, iam, metrics, restores, tables
from tests.cloud.probes.registry import PROBES, Probe

MODULES = (iam, http_apis, tables, metrics, restores, backups, composites)
"""Importing them has registered their probes."""

__all__ = ["MODULES", "PROBES", "Probe"]
