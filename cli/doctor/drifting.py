"""The stack itself: its status, its resources, and what CloudFormation's drift detection says."""

import time
from collections.abc import Iterator
from typing import Any, Final

from cli.doctor.comparing import short
from cli.doctor.deployed import Deployed
from cli.doctor.findings import Check, Found, Severity, Unchecked
from local.evaluation import Node

GROUP: Final = "stack"
PATIENCE: Final = 300.0
"""Seconds that a detection may take; of this stack it is less than a minute."""

PAUSE: Final = 2.0
REDEPLOY: Final = (
    "Deploy the stack again. CloudFormation leaves alone what its template does not change: alter"
    " the property there and back, or set it by hand."
)


def _complete(stack: Deployed) -> Iterator[Found]:
    status = stack.description["StackStatus"]
    if not status.endswith("_COMPLETE") or "ROLLBACK" in status:
        yield Found(stack.name, f"is {status}")
    if stack.production and not stack.description.get("EnableTerminationProtection"):
        yield Found(stack.name, "may be deleted by one call", Severity.NOTE)


def _there(stack: Deployed) -> Iterator[Found]:
    for name in stack.resources:
        member = stack.members.get(name)
        if member is None:
            yield Found(name, "is in the template and not in the stack")
        elif not member["ResourceStatus"].endswith("_COMPLETE"):
            yield Found(name, f"is {member['ResourceStatus']}")


def drift(stack: Deployed, *, pause: float = PAUSE, patience: float = PATIENCE) -> Iterator[Found]:
    """What CloudFormation finds changed. It looks at properties that the template sets, of some
    types; the other checks look at more, so both are asked.

    Raises Unchecked when the detection does not end or fails as a whole.
    """
    cloudformation = stack.connect("cloudformation")
    id = cloudformation.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]
    end = time.monotonic() + patience
    while True:
        told = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=id)
        if told["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        if time.monotonic() > end:
            raise Unchecked("the drift detection has not ended; ask again later")
        time.sleep(pause)
    listed = list(_changed(cloudformation, stack.name))
    for each in listed:
        changed = [_difference(part) for part in each.get("PropertyDifferences", [])]
        status = each["StackResourceDriftStatus"]
        yield Found(each["LogicalResourceId"], "; ".join(changed) or status.lower())
    if told["DetectionStatus"] == "DETECTION_FAILED" and not listed:
        raise Unchecked(told.get("DetectionStatusReason", "the drift detection failed"))


def _changed(cloudformation: Any, stack: str) -> Iterator[Node]:
    """The resources that are not as they were deployed; boto3 has no paginator for them."""
    place: Node = {}
    while True:
        page = cloudformation.describe_stack_resource_drifts(
            StackName=stack, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"], **place
        )
        yield from page["StackResourceDrifts"]
        if "NextToken" not in page:
            return
        place = {"NextToken": page["NextToken"]}


def _difference(part: Any) -> str:
    path = part["PropertyPath"].strip("/").replace("/", ".")
    return f"{path} is {short(part['ActualValue'])}, was {short(part['ExpectedValue'])}"


CHECKS: Final = (
    Check(
        "stack-status",
        GROUP,
        "The last deployment ended well",
        "A stack that rolled back is not what was released.",
        "See the stack's events, mend the cause, deploy again.",
        Severity.FAULT,
        _complete,
    ),
    Check(
        "stack-resources",
        GROUP,
        "Everything in the template is in the stack",
        "What is missing does nothing.",
        "Deploy the stack again.",
        Severity.FAULT,
        _there,
    ),
    Check(
        "drift",
        GROUP,
        "CloudFormation finds nothing changed since the deployment",
        "What was changed by hand is lost with the next deployment, or stays for ever.",
        REDEPLOY,
        Severity.FAULT,
        drift,
    ),
)
