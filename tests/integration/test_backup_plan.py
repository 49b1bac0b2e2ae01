"""The plan of backups, deployed in the local cloud: what it copies, by whom, where to."""

import json
from typing import Any

from local.cloud import LocalCloud
from local.provision import TEMPLATE
from local.template import Template
from tests.cloud.identities import connect

STACK = "copied"
KINDS = ("AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection", "AWS::Backup::BackupVault")


def test_the_plan_copies_the_tables_that_the_stack_makes(cloud: LocalCloud) -> None:
    whole = Template.read(TEMPLATE)
    part = whole.part(whole.ids_of(*KINDS), {"Plan": {"Ref": "TablesBackupPlan"}})
    cloudformation = connect(cloud, "cloudformation")
    parameters = {"BackupPlan": "on", "BackupRetentionDays": "20"}
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(part.body),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=STACK, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    (output,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    backup, plan = connect(cloud, "backup"), output["OutputValue"]
    (rule,) = backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"]
    assert rule["TargetBackupVaultName"] == STACK
    assert rule["Lifecycle"] == {"DeleteAfterDays": 20}
    vault = backup.describe_backup_vault(BackupVaultName=STACK)
    key = connect(cloud, "kms").describe_key(KeyId=vault["EncryptionKeyArn"])["KeyMetadata"]
    assert key["KeyManager"] == "CUSTOMER"
    (listed,) = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    selection: Any = backup.get_backup_selection(
        BackupPlanId=plan, SelectionId=listed["SelectionId"]
    )["BackupSelection"]
    dynamodb = connect(cloud, "dynamodb")
    assert selection["Resources"] == [
        dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        for name in (f"{STACK}-data-basic-01", f"{STACK}-control")
    ]
    role = selection["IamRoleArn"].rpartition("/")[2]
    assert connect(cloud, "iam").get_role(RoleName=role)["Role"]["Arn"] == selection["IamRoleArn"]
