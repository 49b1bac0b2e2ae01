"""Backups of a stack's tables: those of DynamoDB on demand, and those in AWS Backup's vault."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cli.recovery.deployed import SECONDS, Deployed, RecoveryError

VAULT: Final = "vault"
_MADE: Final = "AVAILABLE"


@dataclass(frozen=True)
class Copy:
    """A backup of a table. `kind` is user, system, aws_backup or vault; `bytes` is its size."""

    arn: str
    name: str
    table: str
    kind: str
    created: datetime
    bytes: int
    status: str
    expires: datetime | None = None


def listed(deployed: Deployed) -> list[Copy]:
    """All backups of the stack's tables, also of those that are gone; the newest first."""
    found = [*_of_dynamodb(deployed), *_of_vault(deployed)]
    return sorted(found, key=lambda copy: copy.created, reverse=True)


def create(deployed: Deployed, table: str, name: str, told: Callable[[str], None]) -> Copy:
    """A full backup, once it is there. One of this name that is there already is not made again."""
    known = next(
        (copy for copy in _of_dynamodb(deployed, TableName=table) if copy.name == name), None
    )
    if known is None:
        answer = deployed.dynamodb.create_backup(TableName=table, BackupName=name)
        arn = answer["BackupDetails"]["BackupArn"]
    else:
        arn = known.arn
    while True:
        found = deployed.dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
        details: Mapping[str, Any] = found["BackupDetails"]
        if details["BackupStatus"] == _MADE:
            return _copy({**details, "TableName": table})
        told(f"{table}: {details['BackupStatus']}")
        deployed.wait(SECONDS)


def named(deployed: Deployed, wanted: str) -> list[Copy]:
    """The backups of this ARN or name. Raises RecoveryError if there is none."""
    found = [copy for copy in listed(deployed) if wanted in {copy.arn, copy.name}]
    if not found:
        raise RecoveryError(f"{deployed.name} has no backup {wanted}: see ./tenantql backup list")
    return found


def delete(deployed: Deployed, copy: Copy) -> None:
    """Deletes a backup. Raises RecoveryError for one that DynamoDB keeps for itself."""
    if copy.kind == VAULT:
        deployed.client("backup").delete_recovery_point(
            BackupVaultName=deployed.name, RecoveryPointArn=copy.arn
        )
    elif copy.kind == "system":
        raise RecoveryError(f"{copy.name} is DynamoDB's, and goes by itself after 35 days")
    else:
        deployed.dynamodb.delete_backup(BackupArn=copy.arn)


def _of_dynamodb(deployed: Deployed, **of: str) -> Iterator[Copy]:
    for each in deployed.pages(
        "dynamodb", "list_backups", "BackupSummaries", BackupType="ALL", **of
    ):
        if _is_own(deployed, each["TableName"]):
            yield _copy(each)


def _of_vault(deployed: Deployed) -> Iterator[Copy]:
    # The stack has a vault where it has the role.
    if "RestoreRoleArn" not in deployed.outputs:
        return
    for each in deployed.pages(
        "backup",
        "list_recovery_points_by_backup_vault",
        "RecoveryPoints",
        BackupVaultName=deployed.name,
        ByResourceType="DynamoDB",
    ):
        arn: str = each["RecoveryPointArn"]
        # Those that begin with arn:aws:dynamodb are in DynamoDB's own list.
        if arn.startswith(f"arn:{deployed.caller.partition}:backup:"):
            yield Copy(
                arn=arn,
                name=arn.rpartition(":")[2],
                table=each["ResourceArn"].rpartition("/")[2],
                kind=VAULT,
                created=each["CreationDate"],
                bytes=each.get("BackupSizeInBytes", 0),
                status=each["Status"],
                expires=each.get("CalculatedLifecycle", {}).get("DeleteAt"),
            )


def _copy(each: Mapping[str, Any]) -> Copy:
    return Copy(
        arn=each["BackupArn"],
        name=each["BackupName"],
        table=each["TableName"],
        kind=each["BackupType"].lower(),
        created=each["BackupCreationDateTime"],
        bytes=each.get("BackupSizeBytes", 0),
        status=each["BackupStatus"],
        expires=each.get("BackupExpiryDateTime"),
    )


def _is_own(deployed: Deployed, table: str) -> bool:
    try:
        deployed.kind_of(table)
    except RecoveryError:
        return False
    return True
