"""What must hold for the copies that AWS Backup keeps: where, how long, of what, by which role."""

from typing import Final

from tests.template.policies import allows, statements, trust
from tests.template.role_checks import CONTROL, DATA, DYNAMODB
from tests.template.stack import ACCOUNT, REGION, Node, Stack

RESOURCES: Final = ("BackupKey", "BackupVault", "TablesBackupPlan", "TablesBackupSelection")
ROLES: Final = ("BackupRole", "RestoreRole")
GIVEN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/99999999-0000-0000-0000-000000000000"
ELSEWHERE: Final = f"arn:aws:backup:us-west-2:{ACCOUNT}:backup-vault:far"
_ITEMS: Final = ("GetItem", "PutItem", "Query", "Scan")


def _production(template: Node, **parameters: str) -> Stack:
    return Stack.of(template, Environment="production", **parameters)


def _rule(stack: Stack) -> Node:
    (plan,) = stack.of_type("AWS::Backup::BackupPlan").values()
    (rule,) = plan["Properties"]["BackupPlan"]["BackupPlanRule"]
    return rule


def production_is_copied(template: Node) -> list[str]:
    """A plan in production, none in development, or as the parameter says; it names each table."""
    cases: tuple[tuple[dict[str, str], bool], ...] = (
        ({}, False),
        ({"Environment": "production"}, True),
        ({"BackupPlan": "on"}, True),
        ({"BackupPlan": "off", "Environment": "production"}, False),
    )
    found = [
        f"{parameters}: {name}"
        for parameters, wanted in cases
        for name in RESOURCES
        if (name in Stack.of(template, **parameters).resources) != wanted
    ]
    (selection,) = _production(template).of_type("AWS::Backup::BackupSelection").values()
    given = selection["Properties"]["BackupSelection"]["Resources"]
    return found if given == [DATA, CONTROL] else [*found, f"copies of {given}"]


def copies_are_kept_as_long_as_asked(template: Node) -> list[str]:
    """Two weekly copies by default; cold storage and a second vault where they are asked for."""
    rule = _rule(_production(template))
    found = [] if rule["Lifecycle"] == {"DeleteAfterDays": "14"} else [str(rule["Lifecycle"])]
    found += ["another schedule"] if rule["ScheduleExpression"] != "cron(0 3 ? * SUN *)" else []
    found += ["copied elsewhere"] if "CopyActions" in rule else []
    asked = _production(
        template,
        BackupRetentionDays="400",
        BackupColdStorageDays="30",
        BackupCopyVaultArn=ELSEWHERE,
    )
    lifecycle = {"DeleteAfterDays": "400", "MoveToColdStorageAfterDays": "30"}
    rule = _rule(asked)
    found += [] if rule["Lifecycle"] == lifecycle else [f"asked: {rule['Lifecycle']}"]
    copied = {"DestinationBackupVaultArn": ELSEWHERE, "Lifecycle": lifecycle}
    return found if rule.get("CopyActions") == [copied] else [*found, "no second copy"]


def copies_have_a_key_of_their_own(template: Node) -> list[str]:
    """The vault's key is not the tables'; vault and key stay when a production stack goes."""
    found: list[str] = []
    for parameters, wanted in (({}, "BackupKey.Arn"), ({"BackupKeyArn": GIVEN}, GIVEN)):
        stack = _production(template, **parameters)
        key = stack.properties("BackupVault").get("EncryptionKeyArn")
        found += [] if key == wanted else [f"encrypted by {key}"]
        found += (
            ["a key that nobody uses"]
            if ("BackupKey" in stack.resources) == bool(parameters)
            else []
        )
    stack = _production(template)
    found += [] if stack.properties("BackupKey").get("EnableKeyRotation") is True else ["old key"]
    return found + [
        f"{name}.{attribute}"
        for name in ("BackupKey", "BackupVault")
        for attribute in ("DeletionPolicy", "UpdateReplacePolicy")
        if stack.resources[name].get(attribute) != "Retain"
    ]


def copying_reads_no_item(template: Node) -> list[str]:
    """Only AWS Backup takes the roles; they reach this stack's tables; one copies, one restores."""
    stack = _production(template, BackupKeyArn=GIVEN)
    found: list[str] = []
    for role in ROLES:
        given = trust(stack, role)
        if [one.principals for one in given] != [("backup.amazonaws.com",)]:
            found.append(f"{role} trusts {given}")
        found += [f"{role} acts for other accounts" for one in given if not one.conditions]
        found += [
            f"{role}: {resource}"
            for one in statements(stack, role)
            for resource in one.resources
            if resource.startswith(DYNAMODB) and not resource.startswith(f"{DYNAMODB}/shop-")
        ]
    abilities = (
        *(("BackupRole", name, DATA, False) for name in _ITEMS),
        ("BackupRole", "StartAwsBackupJob", DATA, True),
        ("BackupRole", "StartAwsBackupJob", CONTROL, True),
        ("BackupRole", "CreateBackup", f"{DYNAMODB}/shop-data-basic-02", True),
        ("BackupRole", "RestoreTableFromAwsBackup", DATA, False),
        ("RestoreRole", "RestoreTableFromAwsBackup", f"{DYNAMODB}/shop-data-basic-02", True),
        ("RestoreRole", "RestoreTableFromBackup", f"{DATA}/backup/1", True),
        ("RestoreRole", "DeleteTable", DATA, False),
        ("RestoreRole", "PutItem", f"{DYNAMODB}/other-data-basic-01", False),
    )
    return found + [
        f"{role} {'may not' if wanted else 'may'} {action} on {resource}"
        for role, action, resource, wanted in abilities
        if allows(stack, role, f"dynamodb:{action}", resource) != wanted
    ]


def failed_copies_are_told(template: Node) -> list[str]:
    """An alarm for a backup that failed and for a second copy that did, of this stack's vault."""
    alarms = _production(template).of_type("AWS::CloudWatch::Alarm").values()
    told = {
        body["Properties"]["MetricName"]
        for body in alarms
        if body["Properties"].get("Dimensions") == [{"Name": "BackupVaultName", "Value": "shop"}]
    }
    return sorted({"NumberOfBackupJobsFailed", "NumberOfCopyJobsFailed"} - told)
