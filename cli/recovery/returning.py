"""Records of a restored control table, put back into the one that is in use.

The functions know the control table by their environment, which a version keeps; and it is small.
So its records come back, not the table: those that are gone, and on demand those that differ. What
came later stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.recovery.deployed import CONTROL, Deployed, RecoveryError, code

_PASSING: Final = ("RESTORE#", "REVOKED#")
"""Records of restores, and copies of revocations, which end within a day."""


@dataclass(frozen=True)
class Returns:
    """Records by what became of them since: items that are gone, and pairs of then and now."""

    gone: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    changed: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(
        default_factory=list[tuple[Mapping[str, Any], Mapping[str, Any]]]
    )


def look(deployed: Deployed, table: str) -> Returns:
    """What a restored table has that the one in use has not. Raises RecoveryError if it is none."""
    present = deployed.tables[CONTROL]
    if deployed.kind_of(table) != CONTROL or table == present:
        raise RecoveryError(f"{table} is no restored control table of {deployed.name}")
    if deployed.table(table) is None:
        raise RecoveryError(f"there is no table {table}: ./tenantql restore start --table control")
    now = {name_of(item): item for item in _items(deployed, present)}
    found = Returns()
    for item in _items(deployed, table):
        other = now.get(name_of(item))
        if other is None:
            found.gone.append(item)
        elif other != item:
            found.changed.append((item, other))
    return found


def put_back(deployed: Deployed, item: Mapping[str, Any], now: Mapping[str, Any] | None) -> None:
    """Puts a record where it was, in place of `now`. Raises RecoveryError if that has changed."""
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(PK)"}
    if now is not None:
        values = {f":{number}": value for number, value in enumerate(now.values())}
        names = {f"#{number}": name for number, name in enumerate(now)}
        condition = {
            "ConditionExpression": " AND ".join(f"#{n} = :{n}" for n in range(len(now))),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    try:
        deployed.dynamodb.put_item(TableName=deployed.tables[CONTROL], Item=item, **condition)
    except ClientError as error:
        if code(error) != "ConditionalCheckFailedException":
            raise
        told = f"{name_of(item)} was written meanwhile: run it again"
        raise RecoveryError(told) from None


def name_of(item: Mapping[str, Any]) -> str:
    """A record's key, for people."""
    return f"{item['PK']['S']} {item['SK']['S']}"


def _items(deployed: Deployed, table: str) -> Iterator[Mapping[str, Any]]:
    for item in deployed.pages("dynamodb", "scan", "Items", TableName=table, ConsistentRead=True):
        if not item["PK"]["S"].startswith(_PASSING):
            yield item
