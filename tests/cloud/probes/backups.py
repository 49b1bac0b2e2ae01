"""Probes of AWS Backup in CloudFormation."""

from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from tests.cloud.identities import connect, unique
from tests.cloud.probes.registry import probe
from tests.cloud.stacks import deploy


@probe("backup_selections")
def a_plan_says_what_it_copies(cloud: LocalCloud) -> bool:
    name, table = unique("vault"), f"arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/T"
    rule = {"RuleName": "r", "TargetBackupVault": {"Ref": "V"}}
    resources = {
        "V": {"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": name}},
        "P": {
            "Type": "AWS::Backup::BackupPlan",
            "Properties": {"BackupPlan": {"BackupPlanName": name, "BackupPlanRule": [rule]}},
        },
        "S": {
            "Type": "AWS::Backup::BackupSelection",
            "Properties": {
                "BackupPlanId": {"Ref": "P"},
                "BackupSelection": {
                    "SelectionName": "s",
                    "IamRoleArn": f"arn:aws:iam::{cloud.account}:role/backup",
                    "Resources": [table],
                },
            },
        },
    }
    try:
        plan = deploy(cloud, resources)["P"]
    except ClientError:
        return False
    client = connect(cloud, "backup")
    (listed,) = client.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    found = client.get_backup_selection(BackupPlanId=plan, SelectionId=listed["SelectionId"])
    return found["BackupSelection"]["Resources"] == [table]
