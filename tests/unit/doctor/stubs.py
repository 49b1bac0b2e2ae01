"""A deployed stack whose APIs answer what a test says, in the shapes that botocore knows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from cli.doctor.deployed import Deployed
from cli.doctor.findings import Found
from cli.doctor.running import BY_ID

NAME = "shop"
ACCOUNT = "123456789012"
REGION = "eu-west-1"
NOW = datetime(2026, 11, 21, tzinfo=UTC)

type Answers = Sequence[tuple[str, Mapping[str, Any]]]


def stubbed(service: str, answers: Answers) -> Any:
    """A client that gives these answers, in this order, and no other."""
    session: Any = boto3.Session("a", "b", region_name=REGION)
    client = session.client(service)
    stubber = Stubber(client)
    for operation, answer in answers:
        stubber.add_response(operation, dict(answer))
    stubber.activate()
    return client


def deployed(
    resources: Mapping[str, Any],
    parameters: Mapping[str, str] | None = None,
    outputs: Mapping[str, str] | None = None,
    *,
    status: str = "CREATE_COMPLETE",
    states: Mapping[str, str] | None = None,
    answers: Mapping[str, Answers] | None = None,
) -> Deployed:
    """A stack of these resources. `answers` are those of other services, by name.

    `states` has the resources of the stack with their status; without it, all are complete.
    """
    given = states or dict.fromkeys(resources, "CREATE_COMPLETE")
    described: dict[str, Any] = {
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{NAME}/1",
        "StackName": NAME,
        "CreationTime": NOW,
        "StackStatus": status,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (parameters or {}).items()
        ],
    }
    listed = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"{NAME}-{name.lower()}",
            "ResourceType": resources.get(name, {}).get("Type", "AWS::Test::Gone"),
            "ResourceStatus": state,
            "LastUpdatedTimestamp": NOW,
        }
        for name, state in given.items()
    ]
    tables = {f"{name}Name": f"{NAME}-{name.lower()}" for name in resources if "Table" in name}
    described["Outputs"] = [
        {"OutputKey": key, "OutputValue": value}
        for key, value in {**tables, **(outputs or {})}.items()
    ]
    clients = {name: stubbed(name, each) for name, each in (answers or {}).items()}
    stack = Deployed(NAME, REGION, clients.__getitem__, clients.__getitem__)
    template: dict[str, Any] = {"Resources": dict(resources), "Parameters": {}, "Conditions": {}}
    stack.__dict__["description"] = described
    stack.__dict__["members"] = {each["LogicalResourceId"]: each for each in listed}
    object.__setattr__(stack, "template", lambda: template)
    return stack


def found(check: str, stack: Deployed) -> list[Found]:
    """What a check finds."""
    return list(BY_ID[check].look(stack))
