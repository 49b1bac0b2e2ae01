"""Telling the stack of another table: what is refused, and what is told of a failure."""

from typing import Any

import pytest

from cli.recovery import switching
from cli.recovery.deployed import RecoveryError
from tests.unit.recovery.fakes import TABLE, TARGET, Client, deployed

WANTED = {"TableName": TARGET, "LatestStreamLabel": "2026-11-21T16:00:00.000"}
PARAMETERS = {"Environment": "production", switching.TABLE: "", switching.STREAM: ""}


def _stack(status: str, updated: int = 1) -> dict[str, Any]:
    return {"Stacks": [{"StackStatus": status, "LastUpdatedTime": updated}]}


def _changes(*changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "Status": "CREATE_COMPLETE",
        "Changes": [{"ResourceChange": {"PhysicalResourceId": "id", **each}} for each in changes],
    }


LETS_GO: Any = {
    "LogicalResourceId": "DataTable",
    "ResourceType": "AWS::DynamoDB::Table",
    "Action": "Remove",
    "PhysicalResourceId": TABLE,
    "PolicyAction": "Retain",
}


def _cloudformation(**answers: Any) -> Client:
    return Client(
        **{
            "describe_stacks": _stack("UPDATE_COMPLETE"),
            "create_change_set": {"Id": "set"},
            "describe_change_set": _changes(LETS_GO),
            "delete_change_set": {},
            "execute_change_set": {},
            **answers,
        }
    )


def test_a_preview_changes_nothing() -> None:
    client = _cloudformation()
    found = switching.preview(deployed(PARAMETERS, cloudformation=client), WANTED)
    assert found is not None
    assert [(each.resource, each.action) for each in found.changes] == [("DataTable", "Remove")]
    assert client.calls[-1] == ("delete_change_set", {"ChangeSetName": "set"})
    (asked,) = (given for name, given in client.calls if name == "create_change_set")
    assert asked["UsePreviousTemplate"] is True
    assert asked["Parameters"] == [
        {"ParameterKey": "Environment", "UsePreviousValue": True},
        {"ParameterKey": switching.TABLE, "ParameterValue": TARGET},
        {"ParameterKey": switching.STREAM, "ParameterValue": WANTED["LatestStreamLabel"]},
    ]


@pytest.mark.parametrize(
    "harm",
    [
        {
            "LogicalResourceId": "ControlTable",
            "ResourceType": "AWS::DynamoDB::Table",
            "Action": "Remove",
        },
        {
            "LogicalResourceId": "UserPool",
            "ResourceType": "AWS::Cognito::UserPool",
            "Action": "Modify",
            "Replacement": "True",
        },
    ],
)
def test_changes_that_would_lose_other_data_are_refused(harm: dict[str, Any]) -> None:
    client = _cloudformation(describe_change_set=_changes(LETS_GO, harm))
    with pytest.raises(RecoveryError, match=harm["LogicalResourceId"]):
        switching.apply(deployed(PARAMETERS, cloudformation=client), WANTED, lambda _: None)
    assert "execute_change_set" not in [name for name, _ in client.calls]
    assert client.calls[-1][0] == "delete_change_set"


def test_a_stack_that_was_rolled_back_is_told_with_its_reason() -> None:
    event = {
        "LogicalResourceId": "StreamFunctionChanges",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": "Cannot access stream",
    }
    client = _cloudformation(
        describe_stacks=[
            *(_stack("UPDATE_COMPLETE"), _stack("UPDATE_COMPLETE"), _stack("UPDATE_COMPLETE")),
            *(_stack("UPDATE_IN_PROGRESS", 2), _stack("UPDATE_IN_PROGRESS", 2)),
            _stack("UPDATE_ROLLBACK_COMPLETE", 2),
        ],
        describe_stack_events={"StackEvents": [event]},
    )
    with pytest.raises(RecoveryError, match=r"Cannot access stream.*Nobody was moved"):
        switching.apply(deployed(PARAMETERS, cloudformation=client), WANTED, lambda _: None)


def test_a_stack_of_an_older_version_is_told_to_be_deployed() -> None:
    with pytest.raises(RecoveryError, match="has no parameter ExistingDataTable"):
        switching.preview(deployed(cloudformation=_cloudformation()), WANTED)


def test_a_broken_stack_is_left_alone() -> None:
    client = _cloudformation(describe_stacks=_stack("UPDATE_ROLLBACK_FAILED"))
    with pytest.raises(RecoveryError, match="mend that first"):
        switching.preview(deployed(PARAMETERS, cloudformation=client), WANTED)


def test_nothing_to_change_is_no_failure() -> None:
    nothing = {
        "Status": "FAILED",
        "StatusReason": "The submitted information didn't contain changes.",
    }
    client = _cloudformation(describe_change_set=nothing)
    assert switching.preview(deployed(PARAMETERS, cloudformation=client), WANTED) is None


def test_a_change_set_that_fails_is_told() -> None:
    failed = {"Status": "FAILED", "StatusReason": "Rule StreamGiven"}
    client = _cloudformation(describe_change_set=failed)
    with pytest.raises(RecoveryError, match="Rule StreamGiven"):
        switching.preview(deployed(PARAMETERS, cloudformation=client), WANTED)
