"""Creates tables and roles in the local cloud, as `template.yaml` describes them."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from local.template import Function, Template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ROOT: Final = Path(__file__).parent.parent
TEMPLATE: Final = ROOT / "template.yaml"
FUNCTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorizer": "AuthorizerFunction",
        "graphql": "GraphqlFunction",
        "platform": "PlatformFunction",
        "stream": "StreamFunction",
    }
)
"""The functions by folder, with their logical ids."""

PATIENCE: Final = 60.0


class ProvisionError(Exception):
    """CloudFormation did not create the stack; the text says which resource failed and why."""


@dataclass(frozen=True)
class LocalFunction:
    """A function as the stack defines it: code, limits, environment, and the role it runs as."""

    name: str
    folder: Path
    handler: str
    role_arn: str
    timeout: int
    memory: int
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Provisioned:
    """What the stack made: names and ARNs as CloudFormation gives them."""

    stack: str
    data_table: str
    control_table: str
    tenant_role_arn: str
    platform_data_role_arn: str
    functions: Mapping[str, LocalFunction]
    stream_arn: str = ""

    @property
    def images_bucket(self) -> str:
        """The name of the bucket of images."""
        return self.functions["graphql"].environment["TENANTQL_IMAGES_BUCKET"]


def token_parameters(issuer: str, audience: str, jwks_uri: str) -> dict[str, str]:
    """The template's parameters for tokens of a local issuer, without a user pool."""
    return {
        "CreateUserPool": "false",
        "TokenIssuer": issuer,
        "TokenAudience": audience,
        "JwksUri": jwks_uri,
    }


def provision(
    cloudformation: "CloudFormationClient",
    parameters: Mapping[str, str],
    *,
    stack: str = "tenantql-local",
    template: Path = TEMPLATE,
    functions: Mapping[str, str] = FUNCTIONS,
) -> Provisioned:
    """Create a stack of the template's tables and roles and return what it made.

    The stack holds the tables, the roles and what these refer to; functions and API are left
    out, and each function's environment is worked out by CloudFormation as an output.
    `parameters` are the template's. `functions` are those that are wanted, as in FUNCTIONS.
    Raises ProvisionError and TemplateError.
    """
    whole = Template.read(template)
    wanted = {name: whole.function(logical_id) for name, logical_id in functions.items()}
    outputs: dict[str, Any] = {
        "DataTable": {"Ref": "DataTable"},
        "ControlTable": {"Ref": "ControlTable"},
        "Stream": {"Fn::GetAtt": ["DataTable", "StreamArn"]},
        "TenantRole": {"Fn::GetAtt": ["TenantRole", "Arn"]},
        "PlatformDataRole": {"Fn::GetAtt": ["PlatformDataRole", "Arn"]},
    }
    for function in wanted.values():
        outputs |= _outputs_of(function)
    part = whole.part(whole.ids_of("AWS::DynamoDB::Table", "AWS::IAM::Role"), outputs)
    for logical_id in part.ids_of("AWS::S3::Bucket"):
        # A name that CloudFormation made up would be another one each time.
        part.resources[logical_id]["Properties"]["BucketName"] = f"{stack}-{logical_id.lower()}"
    known = part.body.get("Parameters", {})
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(part.body),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in parameters.items()
            if name in known
        ],
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    made = _outputs_when_created(cloudformation, stack)
    return Provisioned(
        stack=stack,
        data_table=made["DataTable"],
        control_table=made["ControlTable"],
        tenant_role_arn=made["TenantRole"],
        platform_data_role_arn=made["PlatformDataRole"],
        functions=MappingProxyType(
            {name: _local(name, function, made) for name, function in wanted.items()}
        ),
        stream_arn=made["Stream"],
    )


def _outputs_of(function: Function) -> dict[str, Any]:
    """The function's role and environment as outputs of the stack."""
    outputs: dict[str, Any] = {function.role: {"Fn::GetAtt": [function.role, "Arn"]}}
    for position, value in enumerate(function.environment.values()):
        outputs[f"{function.logical_id}Variable{position}"] = value
    return outputs


def _local(name: str, function: Function, made: Mapping[str, str]) -> LocalFunction:
    environment = {
        variable: made.get(f"{function.logical_id}Variable{position}", "")
        for position, variable in enumerate(function.environment)
    }
    return LocalFunction(
        name=name,
        folder=ROOT / function.folder,
        handler=function.handler,
        role_arn=made[function.role],
        timeout=function.timeout,
        memory=function.memory,
        environment=MappingProxyType(environment),
    )


def _outputs_when_created(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    """Wait for the stack, and return its outputs."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = described["StackStatus"]
        if status == "CREATE_COMPLETE":
            return {
                output.get("OutputKey", ""): output.get("OutputValue", "")
                for output in described.get("Outputs", [])
            }
        if status != "CREATE_IN_PROGRESS":
            raise ProvisionError(f"{stack} is {status}: {_reasons(cloudformation, stack)}")
        time.sleep(0.05)
    raise ProvisionError(f"{stack} was not created within {PATIENCE:.0f} seconds")


def _reasons(cloudformation: "CloudFormationClient", stack: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [
        f"{event.get('LogicalResourceId')}: {event.get('ResourceStatusReason')}"
        for event in events
        if "FAILED" in event.get("ResourceStatus", "")
    ]
    return "; ".join(failed) or "no reason given"
