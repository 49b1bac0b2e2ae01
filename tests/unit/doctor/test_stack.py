"""CloudFormation's own state and drift, as AWS answers them."""

from typing import Any

import pytest

from cli.doctor.drifting import drift
from cli.doctor.findings import Severity, Unchecked
from tests.unit.doctor.stubs import NOW, Answers, deployed, found

RESOURCES: dict[str, Any] = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}


@pytest.mark.parametrize(
    ("status", "count"),
    [
        ("CREATE_COMPLETE", 0),
        ("UPDATE_COMPLETE", 0),
        ("UPDATE_ROLLBACK_COMPLETE", 1),
        ("UPDATE_IN_PROGRESS", 1),
        ("ROLLBACK_FAILED", 1),
    ],
)
def test_the_status_of_the_stack(status: str, count: int) -> None:
    assert len(found("stack-status", deployed(RESOURCES, status=status))) == count


def test_a_stack_of_production_may_be_deleted() -> None:
    (told,) = found("stack-status", deployed(RESOURCES, {"Environment": "production"}))
    assert told.severity is Severity.NOTE


def test_a_resource_that_is_missing_or_failed() -> None:
    more: dict[str, Any] = {**RESOURCES, "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}
    stack = deployed(more, states={"Queue": "UPDATE_FAILED"})
    assert [each.where for each in found("stack-resources", stack)] == ["Queue", "Topic"]
    assert found("stack-resources", deployed(more)) == []


STARTED = ("detect_stack_drift", {"StackDriftDetectionId": "1"})


def told(status: str, **more: Any) -> tuple[str, dict[str, Any]]:
    answer = {
        "StackId": "arn",
        "StackDriftDetectionId": "1",
        "DetectionStatus": status,
        "Timestamp": NOW,
        **more,
    }
    return ("describe_stack_drift_detection_status", answer)


def changed(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "StackId": "arn",
        "LogicalResourceId": name,
        "ResourceType": "AWS::SQS::Queue",
        "StackResourceDriftStatus": status,
        "Timestamp": NOW,
        **more,
    }


DIFFERENCE = {
    "PropertyPath": "/DelaySeconds",
    "ExpectedValue": "0",
    "ActualValue": "60",
    "DifferenceType": "NOT_EQUAL",
}


def test_drift_is_waited_for_and_read_to_its_last_page() -> None:
    first: dict[str, Any] = changed("Queue", "MODIFIED", PropertyDifferences=[DIFFERENCE])
    pages: Answers = [
        ("describe_stack_resource_drifts", {"StackResourceDrifts": [first], "NextToken": "2"}),
        (
            "describe_stack_resource_drifts",
            {"StackResourceDrifts": [changed("Topic", "DELETED")]},
        ),
    ]
    answers: Answers = [STARTED, told("DETECTION_IN_PROGRESS"), told("DETECTION_COMPLETE"), *pages]
    stack = deployed(RESOURCES, answers={"cloudformation": answers})
    assert [(each.where, each.evidence) for each in drift(stack, pause=0)] == [
        ("Queue", "DelaySeconds is 60, was 0"),
        ("Topic", "deleted"),
    ]


def test_drift_that_is_not_found_out_is_told() -> None:
    failed = told("DETECTION_FAILED", DetectionStatusReason="no right to read a queue")
    nothing: list[Any] = []
    none = ("describe_stack_resource_drifts", {"StackResourceDrifts": nothing})
    stack = deployed(RESOURCES, answers={"cloudformation": [STARTED, failed, none]})
    with pytest.raises(Unchecked, match="no right"):
        list(drift(stack, pause=0))
    slow = deployed(RESOURCES, answers={"cloudformation": [STARTED, told("DETECTION_IN_PROGRESS")]})
    with pytest.raises(Unchecked, match="has not ended"):
        list(drift(slow, pause=0, patience=-1))
