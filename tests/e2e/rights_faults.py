"""Faults of permissions."""

import json
from collections.abc import Generator
from typing import Any

from local.deployment.stack import Stack
from tests.e2e.faults import client, fault, further_policy, policy, table_of, trust


@fault("leading-keys", "role-policies", "cross-tenant-reads", where="TenantRole")
def a_right_without_its_condition(stack: Stack) -> Generator[None]:
    def change(document: dict[str, Any]) -> None:
        del document["Statement"][0]["Condition"]

    with policy(stack, "TenantRole", "tenant", change):
        yield


@fault("leading-keys", "role-policies", where="TenantRole")
def a_condition_without_the_key_that_must_be_there(stack: Stack) -> Generator[None]:
    def change(document: dict[str, Any]) -> None:
        del document["Statement"][0]["Condition"]["Null"]

    with policy(stack, "TenantRole", "tenant", change):
        yield


@fault("leading-keys", "cross-tenant-reads", where="TenantRole")
def a_condition_without_its_delimiter(stack: Stack) -> Generator[None]:
    def change(document: dict[str, Any]) -> None:
        condition = document["Statement"][2]["Condition"]["ForAllValues:StringLike"]
        condition["dynamodb:LeadingKeys"] = "TENANT#${aws:PrincipalTag/TenantId}*"

    with policy(stack, "TenantRole", "tenant", change):
        yield


@fault("role-policies", "wildcards", where="TenantRole")
def a_policy_by_hand(stack: Stack) -> Generator[None]:
    with further_policy(stack, "TenantRole", "dynamodb:*", "*"):
        yield


@fault("role-policies", "keyless-reads", "keyless-requests", where="TenantRole")
def a_right_to_scan(stack: Stack) -> Generator[None]:
    arn = f"arn:aws:dynamodb:{stack.cloud.region}:{stack.cloud.account}:table/{table_of(stack)}"
    with further_policy(stack, "TenantRole", "dynamodb:Scan", arn):
        yield


@fault("role-policies", where="TenantRole")
def an_attached_policy(stack: Stack) -> Generator[None]:
    iam = client(stack, "iam")
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_policy(PolicyName="by-hand", PolicyDocument=document)["Policy"]["Arn"]
    role = stack.resources["TenantRole"]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    yield
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)


@fault("functions-have-no-data", "role-policies", where="GraphqlRole")
def a_function_with_a_right_to_the_data(stack: Stack) -> Generator[None]:
    arn = f"arn:aws:dynamodb:{stack.cloud.region}:{stack.cloud.account}:table/{table_of(stack)}"
    with further_policy(stack, "GraphqlRole", "dynamodb:GetItem", arn):
        yield


@fault("role-trust", "tenant-role-principals", where="TenantRole")
def trust_of_the_whole_account(stack: Stack) -> Generator[None]:
    root = f"arn:aws:iam::{stack.cloud.account}:root"
    with trust(stack, lambda statement: statement["Principal"]["AWS"].append(root)):
        yield


@fault("role-trust", "tenant-role-principals", where="TenantRole")
def trust_of_a_role_that_is_gone(stack: Stack) -> Generator[None]:
    with trust(stack, lambda statement: statement["Principal"].update(AWS="AROAEXAMPLEGONE")):
        yield


@fault("role-trust", "session-tags", "sessions-need-a-tenant", where="TenantRole")
def trust_without_a_tag(stack: Stack) -> Generator[None]:
    def change(statement: dict[str, Any]) -> None:
        del statement["Condition"]["Null"]
        del statement["Condition"]["StringLike"]

    with trust(stack, change):
        yield


@fault("role-trust", "session-tags", "sessions-need-a-tenant", where="TenantRole")
def trust_with_any_tag(stack: Stack) -> Generator[None]:
    with trust(stack, lambda statement: statement["Condition"].pop("ForAllValues:StringEquals")):
        yield


@fault("table-policies", where="data-basic-01")
def a_policy_of_the_table(stack: Stack) -> Generator[None]:
    dynamodb, name = client(stack, "dynamodb"), table_of(stack)
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    principal = {"AWS": f"arn:aws:iam::{stack.cloud.account}:root"}
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "dynamodb:GetItem",
        "Resource": arn,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=document)
    yield
    dynamodb.delete_resource_policy(ResourceArn=arn)
