"""Copies in AWS Backup's vault, which the local cloud has not: restored by a job, by its role."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cli.recovery import copies, restores
from cli.recovery.deployed import RecoveryError
from cli.recovery.records import Restore
from tests.unit.recovery.fakes import BACKUP, TABLE, TARGET, Client, deployed

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def _jobs(*statuses: str) -> Client:
    return Client(
        start_restore_job={"RestoreJobId": "job"},
        describe_restore_job=[{"Status": each, "StatusMessage": "because"} for each in statuses],
    )


@pytest.mark.parametrize(
    ("encryption", "metadata"),
    [
        (None, {"encryptionType": "Default"}),
        ({"type": "KMS", "key": KEY}, {"encryptionType": "KMS", "kmsMasterKeyArn": KEY}),
    ],
)
def test_a_copy_of_the_vault_is_restored_by_its_job(encryption: Any, metadata: Any) -> None:
    client, dynamodb = _jobs("PENDING", "RUNNING", "COMPLETED"), Client(put_item={})
    found = deployed(backup=client, dynamodb=dynamodb)
    restores.start(
        found, Restore(TARGET, TABLE, BACKUP, {"encryption": encryption}), lambda _: None
    )
    assert client.calls[0] == (
        "start_restore_job",
        {
            "RecoveryPointArn": BACKUP,
            "IamRoleArn": "arn:aws:iam::123456789012:role/restore",
            "ResourceType": "DynamoDB",
            "Metadata": {"targetTableName": TARGET, **metadata},
            "IdempotencyToken": TARGET,
        },
    )
    assert [name for name, _ in dynamodb.calls] == ["put_item"]


def test_a_job_that_fails_is_told() -> None:
    found = deployed(backup=_jobs("RUNNING", "FAILED"), dynamodb=Client(put_item={}))
    with pytest.raises(RecoveryError, match="FAILED: because"):
        restores.start(found, Restore(TARGET, TABLE, BACKUP, {}), lambda _: None)


def test_copies_of_the_vault_are_listed_with_dynamodbs() -> None:
    made = datetime(2026, 11, 21, tzinfo=UTC)
    resource = {"ResourceArn": f"arn:aws:dynamodb:eu-west-1:123456789012:table/{TABLE}"}
    point = {**resource, "CreationDate": made, "Status": "COMPLETED", "BackupSizeInBytes": 7}
    native = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/backup/1"
    points = [{**point, "RecoveryPointArn": each} for each in (BACKUP, native)]
    backup = Client(
        list_recovery_points_by_backup_vault={"RecoveryPoints": points}, delete_recovery_point={}
    )
    summaries = [
        {
            "BackupArn": f"{name}/backup",
            "BackupName": "one",
            "TableName": name,
            "BackupType": "USER",
            "BackupCreationDateTime": made,
            "BackupStatus": "AVAILABLE",
        }
        for name in (TABLE, "shop-orders", "other-data-basic-01")
    ]
    dynamodb = Client(list_backups={"BackupSummaries": summaries})
    found = deployed(backup=backup, dynamodb=dynamodb)
    listed = copies.listed(found)
    assert [(each.table, each.kind) for each in listed] == [(TABLE, "user"), (TABLE, "vault")]
    copies.delete(found, listed[1])
    assert backup.calls == [
        ("delete_recovery_point", {"BackupVaultName": "shop", "RecoveryPointArn": BACKUP})
    ]
