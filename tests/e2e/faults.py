"""Faults that a person can make in a deployed stack, each planted by a call and taken back."""

import json
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from local.deployment.stack import Stack

type Plant = Callable[[Stack], AbstractContextManager[None]]

FURTHER: Final = "data-doctor-99"
"""The end of the name of a table that is made beside the template's."""


@dataclass(frozen=True)
class Fault:
    """What is done, the checks that find it, and what they name."""

    name: str
    checks: tuple[str, ...]
    where: str
    plant: Plant


FAULTS: Final[list[Fault]] = []


def fault(*checks: str, where: str) -> Callable[[Callable[[Stack], Generator[None]]], Plant]:
    """Register a fault, a generator that makes it, and after its yield takes it back."""

    def register(make: Callable[[Stack], Generator[None]]) -> Plant:
        @contextmanager
        def plant(stack: Stack) -> Generator[None]:
            made = make(stack)
            next(made)
            try:
                yield
            finally:
                # On with it whatever happened, and not by an exception.
                next(made, None)

        FAULTS.append(Fault(make.__name__, checks, where, plant))
        return plant

    return register


def client(stack: Stack, service: str) -> Any:
    """A client of the account's root."""
    return stack.cloud.client(service)


def name_of(stack: Stack, logical_id: str) -> str:
    """A resource's physical id."""
    return stack.resources[logical_id]


@contextmanager
def policy(
    stack: Stack, role: str, name: str, change: Callable[[dict[str, Any]], None]
) -> Generator[None]:
    """A role's policy, changed for a while."""
    iam, named = client(stack, "iam"), {"RoleName": name_of(stack, role), "PolicyName": name}
    before = iam.get_role_policy(**named)["PolicyDocument"]
    document = json.loads(json.dumps(before))
    change(document)
    iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(before))


@contextmanager
def trust(stack: Stack, change: Callable[[dict[str, Any]], None]) -> Generator[None]:
    """The tenant role's trust policy, its one statement changed for a while."""
    iam, role = client(stack, "iam"), name_of(stack, "TenantRole")
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    document = json.loads(json.dumps(before))
    change(document["Statement"][0])
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


@contextmanager
def further_policy(stack: Stack, role: str, action: str, resource: str) -> Generator[None]:
    """An inline policy that no template gave a role."""
    iam, named = client(stack, "iam"), {"RoleName": name_of(stack, role), "PolicyName": "by-hand"}
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    iam.put_role_policy(
        **named, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    try:
        yield
    finally:
        iam.delete_role_policy(**named)


@contextmanager
def published(stack: Stack, function: str, **settings: Any) -> Generator[None]:
    """Another version of a function behind its alias."""
    functions, name = client(stack, "lambda"), name_of(stack, function)
    before = functions.get_function_configuration(FunctionName=name)
    alias = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    functions.update_function_configuration(FunctionName=name, **settings)
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    try:
        yield
    finally:
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=alias)
        kept = {member: before[member] for member in settings}
        functions.update_function_configuration(FunctionName=name, **kept)
        functions.delete_function(FunctionName=name, Qualifier=version)


@contextmanager
def further_table(stack: Stack, **changes: Any) -> Generator[None]:
    """A tenant table beside the template's, like it but for the changes."""
    dynamodb = client(stack, "dynamodb")
    like = dynamodb.describe_table(TableName=name_of(stack, "DataTable"))["Table"]
    indexes = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
        for index in like["GlobalSecondaryIndexes"]
    ]
    made = {
        "AttributeDefinitions": like["AttributeDefinitions"],
        "KeySchema": like["KeySchema"],
        "GlobalSecondaryIndexes": indexes,
        "BillingMode": "PAY_PER_REQUEST",
        **changes,
    }
    name = f"{stack.name}-{FURTHER}"
    dynamodb.create_table(TableName=name, **made)
    try:
        yield
    finally:
        dynamodb.delete_table(TableName=name)


def table_of(stack: Stack) -> str:
    """The tenant table of the template."""
    return name_of(stack, "DataTable")
