"""What a deployed stack is made of, as its own account tells: tables, roles and their policies."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

type Connect = Callable[..., Any]
"""Makes a boto3 client: the service's name, and credentials as keywords (none: the tester's)."""

type Document = dict[str, Any]
"""A policy document."""

TENANT: Final = "TenantRole"
PLATFORM_DATA: Final = "PlatformDataRole"
FUNCTIONS: Final = ("GraphqlRole", "PlatformRole", "AuthorizerRole", "StreamRole", "CanaryRole")
"""Logical ids of the execution roles in template.yaml."""


class VerificationError(Exception):
    """The matrix cannot be run: no such stack, or a right of the tester is missing."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role as IAM has it."""

    name: str
    arn: str
    trust: Document
    policies: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack of template.yaml. `roles` is by logical id."""

    stack: str
    region: str
    data_table: str
    control_table: str
    kms_key_arn: str | None
    roles: Mapping[str, Role]

    @property
    def account(self) -> str:
        """The account that the stack is in."""
        return self.roles[TENANT].arn.split(":")[4]

    def table_arn(self, table: str) -> str:
        """The ARN of a table of this account and region."""
        partition = self.roles[TENANT].arn.split(":")[1]
        return f"arn:{partition}:dynamodb:{self.region}:{self.account}:table/{table}"


def read_deployment(connect: Connect, stack: str, region: str) -> Deployment:
    """The stack by its name. Raises VerificationError if a part of it is not there."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  slow to import

    cloudformation, iam = connect("cloudformation"), connect("iam")
    try:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        parameters = {
            each["ParameterKey"]: each.get("ParameterValue", "")
            for each in described.get("Parameters", [])
        }

        def physical(logical_id: str) -> str:
            found = cloudformation.describe_stack_resource(
                StackName=stack, LogicalResourceId=logical_id
            )
            return str(found["StackResourceDetail"]["PhysicalResourceId"])

        return Deployment(
            stack=stack,
            region=region,
            data_table=parameters.get("ExistingDataTable") or physical("DataTable"),
            control_table=parameters.get("ExistingControlTable") or physical("ControlTable"),
            kms_key_arn=parameters.get("KmsKeyArn") or None,
            roles={
                logical_id: read_role(iam, physical(logical_id))
                for logical_id in (TENANT, PLATFORM_DATA, *FUNCTIONS)
            },
        )
    except (BotoCoreError, ClientError) as error:
        raise VerificationError(f"the stack {stack} cannot be read: {error}") from error


def read_role(iam: Any, name: str) -> Role:
    """A role with its trust policy and all its policies.

    Raises VerificationError for a role with attached policies: this stack's have none, and a
    copy without them would not be a copy.
    """
    role = iam.get_role(RoleName=name)["Role"]
    if iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        raise VerificationError(f"the role {name} has attached policies, which no stack gave it")
    documents = tuple(
        _document(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    )
    return Role(name, role["Arn"], _document(role["AssumeRolePolicyDocument"]), documents)


def _document(found: Any) -> Document:
    """boto3 parses policy documents; an answer that it does not is JSON."""
    return json.loads(found) if isinstance(found, str) else dict(found)
