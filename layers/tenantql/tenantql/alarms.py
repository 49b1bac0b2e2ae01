"""Counts that wake somebody up: template.yaml has an alarm on each.

They are written at once, and by what happened alone: by the function that met it, and nobody's id.
"""

import sys
import time
from enum import StrEnum

from tenantql.emf import embedded


class Alarming(StrEnum):
    """What is counted, by the name of its metric."""

    FOREIGN_INDEX_KEY = "ForeignIndexKey"
    """Index keys that name another tenant: written (stream), or met by a read (endpoint)."""
    ACCESS_DENIED = "AccessDenied"
    """Data calls that IAM refused."""
    AUTHORIZER_FAILURES = "AuthorizerFailures"
    """Tokens that could not be looked at: a defect, or no key of the issuer to be had."""

    CANARY_HELD = "CanaryHeld"
    """1 for a run of the canary whose foreign reads IAM refused, all of them; else 0."""
    CANARY_BREACHES = "CanaryBreaches"
    """Foreign reads of the canary that were answered."""


def count(metric: Alarming, service: str, number: int = 1) -> None:
    """Tells that something happened so often, to the function of this `service`."""
    name = metric.value
    sys.stdout.write(embedded({name: number}, {name: "Count"}, {"service": service}, time.time()))
    sys.stdout.flush()
