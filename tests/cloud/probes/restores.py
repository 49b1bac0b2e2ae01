"""Probes of backups and restores of tables."""

import time
from datetime import UTC, datetime
from typing import Any

from local.cloud import LocalCloud
from tests.cloud.identities import connect, error_code, key, unique
from tests.cloud.probes.registry import probe
from tests.cloud.probes.tables import table_resource
from tests.cloud.stacks import deploy

_RECOVERY = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}


def _table(cloud: LocalCloud, **properties: Any) -> str:
    specification = {
        "PointInTimeRecoverySpecification": _RECOVERY,
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "KeySchema": [
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")
        ],
    }
    return deploy(cloud, {"T": table_resource(**specification, **properties)})["T"]


def _items(client: Any, table: str) -> set[tuple[str, ...]]:
    return {
        tuple(value["S"] for value in (item["PK"], item["SK"], item["n"]))
        for item in client.scan(TableName=table)["Items"]
    }


@probe("restores")
def a_table_is_restored_to_a_time(cloud: LocalCloud) -> bool:
    client, table = connect(cloud, "dynamodb"), _table(cloud)
    for sort in ("kept", "changed", "deleted"):
        client.put_item(TableName=table, Item={**key("a", sort), "n": {"S": "old"}})
    moment = int(time.time()) + 1
    time.sleep(moment - time.time() + 0.01)
    client.put_item(TableName=table, Item={**key("a", "changed"), "n": {"S": "new"}})
    client.put_item(TableName=table, Item={**key("a", "changed"), "n": {"S": "newer"}})
    client.put_item(TableName=table, Item={**key("a", "added"), "n": {"S": "new"}})
    client.delete_item(TableName=table, Key=key("a", "deleted"))
    target = unique("restored")
    client.restore_table_to_point_in_time(
        SourceTableName=table,
        TargetTableName=target,
        RestoreDateTime=datetime.fromtimestamp(moment, UTC),
    )
    found = _items(client, target)
    return found == {("a", sort, "old") for sort in ("kept", "changed", "deleted")}


@probe("restores")
def a_time_that_cannot_be_restored_is_refused(cloud: LocalCloud) -> bool:
    client, table = connect(cloud, "dynamodb"), _table(cloud)

    def restore(moment: float) -> str | None:
        return error_code(
            lambda: client.restore_table_to_point_in_time(
                SourceTableName=table,
                TargetTableName=unique("restored"),
                RestoreDateTime=datetime.fromtimestamp(moment, UTC),
            )
        )

    outside = {restore(time.time() + 60), restore(time.time() - 60)}
    client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    return (outside, restore(time.time())) == (
        {"InvalidRestoreTimeException"},
        "PointInTimeRecoveryUnavailableException",
    )


@probe("restores")
def the_period_of_recovery_is_described(cloud: LocalCloud) -> bool:
    client, table = connect(cloud, "dynamodb"), _table(cloud)
    found = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = found["PointInTimeRecoveryDescription"]
    return recovery.get("RecoveryPeriodInDays") == 7


@probe("restores")
def encryption_is_restored(cloud: LocalCloud) -> bool:
    arn = f"arn:aws:kms:{cloud.region}:{cloud.account}:key/11111111-2222-3333-4444-555555555555"
    client = connect(cloud, "dynamodb")
    specification = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    table = _table(cloud, SSESpecification=specification)
    backup = client.create_backup(TableName=table, BackupName="one")["BackupDetails"]["BackupArn"]
    targets = [unique("restored"), unique("restored")]
    client.restore_table_from_backup(TargetTableName=targets[0], BackupArn=backup)
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=targets[1], UseLatestRestorableTime=True
    )
    keys = [
        client.describe_table(TableName=name)["Table"].get("SSEDescription", {}) for name in targets
    ]
    return [each.get("KMSMasterKeyArn") for each in keys] == [arn, arn]


@probe("restores")
def a_restored_table_says_what_it_was(cloud: LocalCloud) -> bool:
    client, table = connect(cloud, "dynamodb"), _table(cloud)
    backup = client.create_backup(TableName=table, BackupName="one")["BackupDetails"]["BackupArn"]
    target = unique("restored")
    client.restore_table_from_backup(TargetTableName=target, BackupArn=backup)
    found = client.describe_table(TableName=target)["Table"].get("RestoreSummary", {})
    return (
        found.get("SourceBackupArn") == backup
        and str(found.get("SourceTableArn")).endswith(f"table/{table}")
        and found.get("RestoreInProgress") is False
    )
