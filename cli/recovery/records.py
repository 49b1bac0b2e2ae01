"""What is written down of a restore, so that it can be interrupted and run again by anybody.

A record of the control table, `RESTORE#{table}`: the source, its settings when the restore began,
and what hung on it. Nothing in a running stack reads it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cli.recovery.deployed import CONTROL, DATA, Deployed

_SORT: Final = {"S": "RESTORE"}


@dataclass(frozen=True)
class Restore:
    """A restored table, and the one in whose place it is to be."""

    target: str
    source: str
    origin: str
    """In words: a time, or the ARN of a backup."""
    settings: Mapping[str, Any]
    surroundings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Scaling, alarms and consumers of the source (`cli.recovery.surroundings`)."""


STANDARD: Final[Mapping[str, Any]] = {
    "stream": "NEW_AND_OLD_IMAGES",
    "time to live": "expires_at",
    "point-in-time recovery": {"days": 35},
    "deletion protection": True,
}
"""What a data table must have, for where its source is gone and cannot be asked."""


def standard(kind: str) -> dict[str, Any]:
    """The settings of a table whose source is gone, as the template has them in production."""
    return {name: value for name, value in STANDARD.items() if kind == DATA or name != "stream"}


def write(deployed: Deployed, restore: Restore) -> None:
    """Writes it down, in place of what was written of the same table."""
    deployed.dynamodb.put_item(
        TableName=deployed.tables[CONTROL],
        Item={
            **_key(restore.target),
            "type": {"S": "Restore"},
            "created_at": {"S": datetime.now(UTC).isoformat(timespec="milliseconds")},
            "restore": {"S": json.dumps(asdict(restore))},
        },
    )


def read(deployed: Deployed, target: str) -> Restore | None:
    """What is written down of a restored table, if anything."""
    answer = deployed.dynamodb.get_item(
        TableName=deployed.tables[CONTROL], Key=_key(target), ConsistentRead=True
    )
    item = answer.get("Item")
    return Restore(**json.loads(item["restore"]["S"])) if item else None


def _key(target: str) -> dict[str, Any]:
    return {"PK": {"S": f"RESTORE#{target}"}, "SK": _SORT}
