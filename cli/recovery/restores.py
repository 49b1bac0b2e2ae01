"""Restoring a table under another name: from a time, from a backup, from a vault of AWS Backup."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.recovery import records, settings, surroundings
from cli.recovery.deployed import SECONDS, Deployed, RecoveryError, code
from cli.recovery.each_setting import encryption_override
from cli.recovery.records import Restore

LATEST: Final = "latest"
_ENDED: Final = ("COMPLETED", "ABORTED", "FAILED")


@dataclass(frozen=True)
class Window:
    """Between which times a table can be restored to any second."""

    earliest: datetime
    latest: datetime


def window(deployed: Deployed, table: str) -> Window | None:
    """How far point-in-time recovery of a table reaches; None where it is off."""
    try:
        answer = deployed.dynamodb.describe_continuous_backups(TableName=table)
    except ClientError as error:
        if code(error) not in {"TableNotFoundException", "ResourceNotFoundException"}:
            raise
        return None
    found = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if found.get("PointInTimeRecoveryStatus") != "ENABLED":
        return None
    return Window(found["EarliestRestorableDateTime"], found["LatestRestorableDateTime"])


def origin_of_time(deployed: Deployed, table: str, text: str) -> str:
    """A time that the table can be restored to, in its standard form; or `latest`.

    Raises RecoveryError for what is no time with an offset, or not within reach.
    """
    reach = window(deployed, table)
    if reach is None:
        raise RecoveryError(
            f"point-in-time recovery of {table} is off, or the table is gone: restore from a backup"
            " (./tenantql backup list)"
        )
    if text == LATEST:
        return LATEST
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RecoveryError(f"{text} is no time with an offset, such as 2026-11-21T14:02:00Z")
    if moment.microsecond:
        raise RecoveryError(f"{text}: DynamoDB restores to whole seconds")
    if not reach.earliest <= moment <= reach.latest:
        earliest, latest = (
            each.astimezone(UTC).isoformat(timespec="seconds")
            for each in (reach.earliest, reach.latest)
        )
        raise RecoveryError(f"{table} can be restored from {earliest} to {latest}")
    return moment.astimezone(UTC).isoformat()


def plan(deployed: Deployed, source: str, target: str, origin: str) -> tuple[Restore, bool]:
    """What is to be restored, and whether the table is there already from an earlier run.

    `origin` is as `origin_of_time` has it, or a backup's ARN. Raises RecoveryError for a target
    that is something else.
    """
    there = deployed.table(target)
    written = records.read(deployed, target)
    if there is not None:
        if written is None or "RestoreSummary" not in there:
            raise RecoveryError(f"{target} is there, and no restore of this command: give --as")
        if (written.source, written.origin) != (source, origin):
            raise RecoveryError(
                f"{target} was restored from {written.source}, {written.origin}: give --as"
            )
        return written, True
    kind = deployed.kind_of(target)
    if kind != deployed.kind_of(source):
        raise RecoveryError(f"{target} is no name for what {source} was")
    if deployed.table(source) is None:
        return Restore(target, source, origin, records.standard(kind)), False
    found = settings.read(deployed, source)
    around = surroundings.read(deployed, source)
    return Restore(target, source, origin, found, around), False


def start(deployed: Deployed, restore: Restore, told: Callable[[str], None]) -> None:
    """Restores, and waits for the end of it. Raises RecoveryError, and ClientError of AWS."""
    records.write(deployed, restore)
    wanted: Mapping[str, Any] = restore.settings
    # Without a word, a backup is restored with the encryption that it was made with.
    override = (
        {"SSESpecificationOverride": encryption_override(wanted["encryption"])}
        if wanted.get("encryption")
        else {}
    )
    target = {"TargetTableName": restore.target, **override}
    if restore.origin.startswith(f"arn:{deployed.caller.partition}:dynamodb:"):
        billing = wanted.get("billing mode")
        if billing == "PAY_PER_REQUEST":
            target["BillingModeOverride"] = billing
        deployed.dynamodb.restore_table_from_backup(BackupArn=restore.origin, **target)
    elif restore.origin.startswith("arn:"):
        _from_vault(deployed, restore, told)
    else:
        moment = (
            {"UseLatestRestorableTime": True}
            if restore.origin == LATEST
            else {"RestoreDateTime": datetime.fromisoformat(restore.origin)}
        )
        deployed.dynamodb.restore_table_to_point_in_time(
            SourceTableName=restore.source, **moment, **target
        )


def _from_vault(deployed: Deployed, restore: Restore, told: Callable[[str], None]) -> None:
    """A copy of AWS Backup's own, which only it can restore, by a role of the stack."""
    role = deployed.outputs.get("RestoreRoleArn")
    if not role:
        raise RecoveryError(f"{deployed.name} has no role to restore by: deploy BackupPlan=on")
    wanted = restore.settings.get("encryption")
    # "Restore a DynamoDB table", AWS Backup's guide: what the metadata are.
    metadata = {"targetTableName": restore.target, "encryptionType": "Default"}
    if wanted:
        metadata |= {"encryptionType": "KMS", "kmsMasterKeyArn": wanted["key"]}
    client = deployed.client("backup")
    job = client.start_restore_job(
        RecoveryPointArn=restore.origin,
        IamRoleArn=role,
        ResourceType="DynamoDB",
        Metadata=metadata,
        IdempotencyToken=restore.target,
    )["RestoreJobId"]
    while True:
        found = client.describe_restore_job(RestoreJobId=job)
        if found["Status"] in _ENDED:
            break
        told(f"{restore.target}: {found['Status']} {found.get('PercentDone', '')}".rstrip())
        deployed.wait(SECONDS)
    if found["Status"] != "COMPLETED":
        raise RecoveryError(f"AWS Backup: {found['Status']}: {found.get('StatusMessage', '')}")
