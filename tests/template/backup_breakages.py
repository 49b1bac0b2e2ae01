"""Copies that are not made, not kept, or made by a role that may too much."""

from typing import Any, Final

from tests.template import backup_checks as checks
from tests.template.breakage import Breakage, add, drop, of, put

_RULE: Final = of("TablesBackupPlan", "BackupPlan>BackupPlanRule>0")
_ALWAYS_DELETED: Final[Any] = {"Fn::If": ["IsDevelopment", "Delete", "Delete"]}


def _statements(role: str) -> str:
    return of(role, "Policies>0>PolicyDocument>Statement")


BREAKAGES: Final = (
    Breakage(
        checks.production_is_copied,
        "development too",
        put("Conditions>HasBackupPlan", {"Fn::Equals": ["a", "a"]}),
    ),
    Breakage(
        checks.production_is_copied,
        "a table less",
        drop(of("TablesBackupSelection", "BackupSelection>Resources>1")),
    ),
    Breakage(
        checks.copies_are_kept_as_long_as_asked,
        "kept for ever",
        drop(f"{_RULE}>Lifecycle>DeleteAfterDays"),
    ),
    Breakage(
        checks.copies_are_kept_as_long_as_asked, "no second copy", drop(f"{_RULE}>CopyActions")
    ),
    Breakage(
        checks.copies_have_a_key_of_their_own,
        "the key of the tables",
        put(of("BackupVault", "EncryptionKeyArn"), {"Ref": "KmsKeyArn"}),
    ),
    Breakage(
        checks.copies_have_a_key_of_their_own,
        "the key goes with the stack",
        put("Resources>BackupKey>DeletionPolicy", _ALWAYS_DELETED),
    ),
    Breakage(
        checks.copying_reads_no_item,
        "copying scans",
        add(f"{_statements('BackupRole')}>Tables>Action", "dynamodb:Scan"),
    ),
    Breakage(
        checks.copying_reads_no_item,
        "restoring into any table",
        put(
            f"{_statements('RestoreRole')}>Tables>Resource",
            {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"},
        ),
    ),
    Breakage(
        checks.copying_reads_no_item,
        "any account",
        drop(of("BackupRole", "AssumeRolePolicyDocument>Statement>0>Condition")),
    ),
    Breakage(
        checks.failed_copies_are_told, "nobody is told", drop("Resources>BackupFailuresAlarm")
    ),
)
