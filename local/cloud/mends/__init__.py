"""What ministack lacks or does otherwise than AWS, added: one module a gap.

Each module has an ``apply()`` that first checks that what it replaces still has the shape it was
written for. Each has a probe in ``tests/cloud`` that gives the wrong answer without it.
"""

import importlib
from collections.abc import Collection

MENDS = (
    "leading_keys",
    "policy_variables",
    "condition_keys",
    "sessions",
    "sam_parameters",
    "http_api_cors",
    "http_api_stage",
    "http_api",
    "table_settings",
    "restores",
    "backup_selections",
    "composite_alarms",
    "metrics",
)
"""In the order of their application: a later one wraps an earlier one where both change a thing."""


def apply(without: Collection[str] = ()) -> None:
    """Apply every mend but those named in `without`.

    Raises LookupError for a name that is no mend, UnexpectedShapeError when ministack has changed.
    """
    unknown = set(without) - set(MENDS)
    if unknown:
        raise LookupError(f"no such mend: {', '.join(sorted(unknown))}")
    for name in MENDS:
        if name not in without:
            importlib.import_module(f"{__name__}.{name}").apply()
