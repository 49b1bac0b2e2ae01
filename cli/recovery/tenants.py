"""Tenants of a table: kept from writing, moved to another table, given back.

The routing record of a tenant names its table and status. One whose status is `moving` is read and
not written: its mutations end with TENANT_MOVING, which clients may repeat. What the status was,
and for which table the tenant waits, is in the record as well, so each step can be run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.recovery.deployed import CONTROL, Deployed, RecoveryError, code
from tenantql.tenancy.routing import Status

_WAITS: Final = "restoring"
_BEFORE: Final = "status_before"
_NAMES: Final = {"#status": "status", "#table": "table", "#waits": _WAITS, "#before": _BEFORE}


@dataclass(frozen=True)
class Tenant:
    """What a routing record says of its tenant."""

    id: str
    table: str
    status: str
    waits_for: str = ""
    before: str = ""


def of_table(deployed: Deployed, table: str) -> list[Tenant]:
    """The tenants whose data is in a table."""
    return [each for each in _all(deployed) if each.table == table]


def freeze(deployed: Deployed, source: str, target: str, done: Callable[[], None]) -> list[Tenant]:
    """Keeps the tenants of a table from writing: who they are.

    Raises RecoveryError for one that is moving for another reason, before any is kept.
    """
    found = of_table(deployed, source)
    for tenant in found:
        if tenant.waits_for not in {"", target}:
            raise RecoveryError(
                f"{tenant.id} waits for {tenant.waits_for}: end that first, with"
                f" ./tenantql restore release --to {tenant.waits_for}"
            )
        if tenant.status == Status.MOVING and not tenant.waits_for:
            raise RecoveryError(f"{tenant.id} is moving for another reason: try again after that")
    for tenant in found:
        if not tenant.waits_for:
            # A suspended tenant stays so.
            status = Status.MOVING if tenant.status == Status.ACTIVE else tenant.status
            _update(
                deployed,
                tenant,
                "SET #status = :status, #waits = :target, #before = :before",
                "#table = :source AND #status = :before AND attribute_not_exists(#waits)",
                {":status": status, ":target": target, ":source": source, ":before": tenant.status},
            )
        done()
    return found


def move(deployed: Deployed, source: str, target: str, done: Callable[[], None]) -> int:
    """Gives the tenants that wait for `target` their home there; how many."""
    waiting = [each for each in of_table(deployed, source) if each.waits_for == target]
    for tenant in waiting:
        _update(
            deployed,
            tenant,
            "SET #status = :before, #table = :target REMOVE #waits, #before",
            "#table = :source AND #waits = :target",
            {":before": tenant.before, ":target": target, ":source": source},
        )
        done()
    return len(waiting)


def release(deployed: Deployed, target: str) -> list[str]:
    """Lets the tenants write again that wait for `target`, where they are; their ids."""
    waiting = [each for each in _all(deployed) if each.waits_for == target]
    for tenant in waiting:
        _update(
            deployed,
            tenant,
            "SET #status = :before REMOVE #waits, #before",
            "#waits = :target",
            {":before": tenant.before, ":target": target},
        )
    return [each.id for each in waiting]


def _all(deployed: Deployed) -> Iterator[Tenant]:
    items = deployed.pages(
        "dynamodb",
        "scan",
        "Items",
        TableName=deployed.tables[CONTROL],
        ConsistentRead=True,
        FilterExpression="SK = :route",
        ExpressionAttributeValues={":route": {"S": "ROUTE"}},
    )
    for item in items:
        values = (item.get(name, {}).get("S", "") for name in ("status", _WAITS, _BEFORE))
        yield Tenant(item["tenant"]["S"], item["table"]["S"], *values)


def _update(
    deployed: Deployed, tenant: Tenant, update: str, condition: str, values: dict[str, str]
) -> None:
    used = {name: each for name, each in _NAMES.items() if name in f"{update} {condition}"}
    request: dict[str, Any] = {
        "TableName": deployed.tables[CONTROL],
        "Key": {"PK": {"S": f"TENANT#{tenant.id}"}, "SK": {"S": "ROUTE"}},
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": used,
        "ExpressionAttributeValues": {name: {"S": str(each)} for name, each in values.items()},
    }
    try:
        deployed.dynamodb.update_item(**request)
    except ClientError as error:
        if code(error) != "ConditionalCheckFailedException":
            raise
        raise RecoveryError(f"somebody changed the record of {tenant.id}: run it again") from None
