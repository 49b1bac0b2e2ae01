"""Telling the stack of another data table: the change set, what it would do, and its execution.

The functions find a tenant's table in its routing record. What else hangs on the table is the
stack's: the consumers of its stream, scaling, alarms, backups. All of it follows two parameters of
the template, so that CloudFormation goes on owning it, and a later deployment changes nothing back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from cli.recovery.deployed import SECONDS, STABLE, Deployed, RecoveryError, no_wait

TABLE: Final = "ExistingDataTable"
STREAM: Final = "ExistingDataTableStream"
CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")

_KEEPS_DATA: Final = (
    *("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::KMS::Key"),
    "AWS::Backup::BackupVault",
)
_NOTHING: Final = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Change:
    """What would become of a resource."""

    resource: str
    kind: str
    action: str
    physical: str = ""
    replaced: bool = False
    policy: str = ""
    """What becomes of a resource that is removed: Retain or Delete."""


@dataclass(frozen=True)
class ChangeSet:
    """Changes that wait to be made, or to be thrown away."""

    id: str
    changes: tuple[Change, ...]


def preview(deployed: Deployed, target: Mapping[str, Any]) -> ChangeSet | None:
    """The changes that make `target` the stack's data table; None if it is that already.

    Nothing is changed. Raises RecoveryError as `apply` does.
    """
    proposed = _proposed(deployed, target)
    if proposed is not None:
        deployed.cloudformation.delete_change_set(ChangeSetName=proposed.id)
    return proposed


def apply(deployed: Deployed, target: Mapping[str, Any], told: Callable[[str], None]) -> None:
    """Makes `target` the stack's data table, and waits for the end.

    Raises RecoveryError where the stack cannot be changed now, does not know such tables, would
    lose other data, or was rolled back.
    """
    proposed = _proposed(deployed, target)
    if proposed is None:
        return
    before = _stack(deployed).get("LastUpdatedTime")
    deployed.cloudformation.execute_change_set(ChangeSetName=proposed.id)
    while _stack(deployed).get("LastUpdatedTime") == before:
        deployed.wait(SECONDS)
    status = settle(deployed, told)
    if status != "UPDATE_COMPLETE":
        raise RecoveryError(f"{deployed.name} is {status}: {_reasons(deployed)}. Nobody was moved.")


def _proposed(deployed: Deployed, target: Mapping[str, Any]) -> ChangeSet | None:
    status = settle(deployed, no_wait)
    if status not in STABLE:
        raise RecoveryError(f"{deployed.name} is {status}: mend that first")
    given = {TABLE: target["TableName"], STREAM: target["LatestStreamLabel"]}
    if missing := sorted(given.keys() - deployed.parameters.keys()):
        raise RecoveryError(
            f"{deployed.name} has no parameter {', '.join(missing)}: deploy this version first"
        )
    parameters = [
        {"ParameterKey": name, "ParameterValue": given[name]}
        if name in given
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in deployed.parameters
    ]
    answer = deployed.cloudformation.create_change_set(
        StackName=deployed.name,
        ChangeSetName=f"data-table-{uuid4().hex}",
        Description=f"Makes {target['TableName']} the data table",
        UsePreviousTemplate=True,
        Parameters=parameters,
        Capabilities=list(CAPABILITIES),
    )
    proposed = _described(deployed, answer["Id"])
    if proposed is not None:
        _ensure_harmless(deployed, proposed, target["TableName"])
    return proposed


def owns(deployed: Deployed, table: str) -> bool:
    """Whether a table is the stack's own, and not one that it was given."""
    return any(
        each.get("PhysicalResourceId") == table
        for each in deployed.pages(
            "cloudformation",
            "list_stack_resources",
            "StackResourceSummaries",
            StackName=deployed.name,
        )
    )


def settle(deployed: Deployed, told: Callable[[str], None]) -> str:
    """Waits until nothing changes the stack any more; its status then."""
    while True:
        status: str = _stack(deployed)["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return status
        told(f"{deployed.name}: {status}")
        deployed.wait(SECONDS)


def _described(deployed: Deployed, id: str) -> ChangeSet | None:
    changes: list[Change] = []
    after: dict[str, str] = {}
    while True:
        found = deployed.cloudformation.describe_change_set(ChangeSetName=id, **after)
        if found["Status"] in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            deployed.wait(SECONDS)
            continue
        if found["Status"] == "FAILED":
            deployed.cloudformation.delete_change_set(ChangeSetName=id)
            reason = found.get("StatusReason", "")
            if any(text in reason for text in _NOTHING):
                return None
            raise RecoveryError(f"{deployed.name} cannot be told of the table: {reason}")
        # What is there has an id; the local cloud also lists what a condition leaves out.
        changes += (
            change
            for change in map(_change, found["Changes"])
            if change.physical or change.action == "Add"
        )
        if "NextToken" not in found:
            return ChangeSet(id, tuple(changes))
        after = {"NextToken": found["NextToken"]}


def _change(change: Mapping[str, Any]) -> Change:
    found = change["ResourceChange"]
    return Change(
        resource=found["LogicalResourceId"],
        kind=found["ResourceType"],
        action=found["Action"],
        physical=found.get("PhysicalResourceId", ""),
        replaced=found.get("Replacement") == "True",
        policy=found.get("PolicyAction", ""),
    )


def _ensure_harmless(deployed: Deployed, proposed: ChangeSet, target: str) -> None:
    """No resource that keeps data goes, but the data table that the stack has now."""
    for each in proposed.changes:
        lost = each.action == "Remove" or each.replaced
        own = each.physical in deployed.tables.values() and each.resource == "DataTable"
        if lost and each.kind in _KEEPS_DATA and not own:
            deployed.cloudformation.delete_change_set(ChangeSetName=proposed.id)
            raise RecoveryError(
                f"to make {target} the data table would replace or remove {each.resource}: a"
                " parameter or the template has changed otherwise; deploy that first"
            )


def _stack(deployed: Deployed) -> Mapping[str, Any]:
    return deployed.cloudformation.describe_stacks(StackName=deployed.name)["Stacks"][0]


def _reasons(deployed: Deployed) -> str:
    events = deployed.cloudformation.describe_stack_events(StackName=deployed.name)["StackEvents"]
    failed = (
        f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"
        for each in events
        if each["ResourceStatus"].endswith("_FAILED")
    )
    return next(failed, "see the stack's events")
