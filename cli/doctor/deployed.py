"""A deployed stack: what its template says with its parameters, and what is really there.

Everything is read, nothing is changed; each answer of AWS is kept for the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from cli.stack import Connect, StackError
from local.evaluation import Evaluation, Node

ROLE: Final = "AWS::IAM::Role"
FUNCTION: Final = "AWS::Lambda::Function"
ALARM: Final = "AWS::CloudWatch::Alarm"
COMPOSITE: Final = "AWS::CloudWatch::CompositeAlarm"
LOG_GROUP: Final = "AWS::Logs::LogGroup"
STAGE: Final = "AWS::ApiGatewayV2::Stage"
MAPPING: Final = "AWS::Lambda::EventSourceMapping"


@dataclass(frozen=True)
class Deployed:
    """A stack by its name, in the account and region of `connect`.

    `probe` makes clients with the credentials that may become the tenant role, if there are any.
    """

    name: str
    region: str
    connect: Connect
    probe: Connect
    _kept: dict[tuple[Any, ...], Any] = field(default_factory=dict[tuple[Any, ...], Any])

    def ensure_there(self) -> None:
        """Raises StackError if there is no such stack, or it may not be read."""
        try:
            _ = self.description
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"the stack {self.name} cannot be read: {error}") from error

    def read(self, service: str, operation: str, **parameters: Any) -> Any:
        """The answer of an API, asked once. Raises what boto3 raises."""
        key = (service, operation, repr(sorted(parameters.items())))
        if key not in self._kept:
            self._kept[key] = getattr(self._client(service), operation)(**parameters)
        return self._kept[key]

    def pages(self, service: str, operation: str, member: str, **parameters: Any) -> list[Any]:
        """All that a list of an API has, on all its pages."""
        key = (service, operation, member, repr(sorted(parameters.items())))
        if key not in self._kept:
            pages = self._client(service).get_paginator(operation).paginate(**parameters)
            self._kept[key] = [each for page in pages for each in page.get(member, [])]
        return self._kept[key]

    def _client(self, service: str) -> Any:
        key = ("client", service)
        if key not in self._kept:
            self._kept[key] = self.connect(service)
        return self._kept[key]

    @cached_property
    def description(self) -> Node:
        """The stack as CloudFormation describes it."""
        return self.read("cloudformation", "describe_stacks", StackName=self.name)["Stacks"][0]

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The template's parameters, as the stack was deployed."""
        given: list[Node] = self.description.get("Parameters", [])
        return {
            each["ParameterKey"]: each.get("ResolvedValue", each.get("ParameterValue", ""))
            for each in given
        }

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs."""
        given: list[Node] = self.description.get("Outputs", [])
        return {each["OutputKey"]: each["OutputValue"] for each in given}

    @property
    def production(self) -> bool:
        """Whether the stack was deployed to last."""
        return self.parameters.get("Environment") == "production"

    @cached_property
    def members(self) -> Mapping[str, Node]:
        """The stack's resources as CloudFormation lists them, by logical id."""
        listed = self.pages(
            *("cloudformation", "list_stack_resources", "StackResourceSummaries"),
            StackName=self.name,
        )
        return {each["LogicalResourceId"]: each for each in listed}

    def physical(self, logical_id: str) -> str:
        """The physical id of a resource, or the logical one of what is not there."""
        return self.members.get(logical_id, {}).get("PhysicalResourceId", logical_id)

    @cached_property
    def resources(self) -> Mapping[str, Node]:
        """What the template says of each resource, with every function evaluated.

        Raises StackError for a template of another version, that needs what is not known here.
        """
        try:
            return self._evaluation.resources()
        except ValueError as error:
            raise StackError(f"the stack's template has {error}") from error

    @cached_property
    def tables(self) -> Mapping[str, Node]:
        """The two tables by name, with what the template says of one, made by it or given to it."""
        bodies = self.template()["Resources"]
        return {
            self.outputs[f"{name}Name"]: self._evaluation.value(bodies[name]["Properties"])
            for name in ("DataTable", "ControlTable")
            if f"{name}Name" in self.outputs
        }

    @cached_property
    def _evaluation(self) -> Evaluation:
        return Evaluation(self.template(), self.parameters, self._reference, self._attribute)

    def template(self) -> Node:
        """The template that the stack was deployed with, after its transforms."""
        named = {"StackName": self.name, "TemplateStage": "Processed"}
        return self.read("cloudformation", "get_template", **named)["TemplateBody"]

    def of_type(self, kind: str) -> dict[str, Node]:
        """The properties that the template gives the resources of a type, by logical id."""
        return {
            name: body.get("Properties", {})
            for name, body in self.resources.items()
            if body["Type"] == kind
        }

    @cached_property
    def account(self) -> str:
        """The account that the stack is in."""
        return self._arn_of_stack[4]

    @cached_property
    def partition(self) -> str:
        """Such as `aws`."""
        return self._arn_of_stack[1]

    @property
    def _arn_of_stack(self) -> list[str]:
        return str(self.description["StackId"]).split(":")

    @cached_property
    def data_tables(self) -> tuple[str, ...]:
        """The names of all tenant tables: the template's, and those that were made beside it."""
        names = self.pages("dynamodb", "list_tables", "TableNames")
        return tuple(sorted(name for name in names if name.startswith(f"{self.name}-data-")))

    def table(self, name: str) -> Node:
        """A table as DynamoDB describes it."""
        return self.read("dynamodb", "describe_table", TableName=name)["Table"]

    def live(self, function: str) -> Node:
        """The configuration of a function by its logical id, behind its alias if it has one."""
        alias = {"Qualifier": "live"} if f"{function}Aliaslive" in self.resources else {}
        named = {"FunctionName": self.physical(function), **alias}
        return self.read("lambda", "get_function_configuration", **named)

    def _reference(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": str(self.description["StackId"]),
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
        }
        return pseudo[name] if name in pseudo else self.physical(name)

    def _attribute(self, resource: str, attribute: str) -> str:
        id = self.physical(resource)
        kind = self.members.get(resource, {}).get("ResourceType")
        here = f"{self.region}:{self.account}"
        match kind, attribute:
            case "AWS::DynamoDB::Table", "Arn":
                return f"arn:{self.partition}:dynamodb:{here}:table/{id}"
            case "AWS::DynamoDB::Table", "StreamArn":
                return str(self.table(id).get("LatestStreamArn", "no stream"))
            case "AWS::IAM::Role", "Arn":
                return str(self.read("iam", "get_role", RoleName=id)["Role"]["Arn"])
            case "AWS::S3::Bucket", "Arn":
                return f"arn:{self.partition}:s3:::{id}"
            case "AWS::S3::Bucket", "RegionalDomainName":
                return f"{id}.s3.{self.region}.{self._reference('AWS::URLSuffix')}"
            case "AWS::SQS::Queue", "Arn":
                return f"arn:{self.partition}:sqs:{here}:{id.rsplit('/', 1)[-1]}"
            case "AWS::SQS::Queue", "QueueName":
                return id.rsplit("/", 1)[-1]
            case "AWS::Logs::LogGroup", "Arn":
                return f"arn:{self.partition}:logs:{here}:log-group:{id}:*"
            case _:
                # Compared with nothing here; whoever compares it sees a difference.
                return f"{id}.{attribute}"
