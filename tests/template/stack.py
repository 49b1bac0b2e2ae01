"""What CloudFormation would make of the template: SAM's transform, then parameters and conditions.

Only as far as the checks need it. A physical id is the name that the template gives, or the
logical id.
"""

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import patch

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from local.evaluation import Evaluation, Node
from local.template import Template

PATH: Final = Path(__file__).resolve().parents[2] / "template.yaml"
REGION: Final = "eu-west-1"
ACCOUNT: Final = "123456789012"
STACK: Final = "shop"

_PSEUDO: Final[Mapping[str, str]] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_NAMES: Final = ("TableName", "RoleName", "QueueName", "LogGroupName", "BackupVaultName")


def read_template() -> Node:
    """`template.yaml` in its long form, a copy that may be broken at will."""
    return copy.deepcopy(_template())


@cache
def _template() -> Node:
    return Template.read(PATH).body


def transformed(template: Node, **parameters: str) -> Node:
    """The template after SAM's transform, with code at places in S3, as `sam package` puts it."""
    source = copy.deepcopy(template)
    for resource in source["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            location = resource.get("Properties", {}).get(name)
            if location and not location.startswith("s3://"):
                resource["Properties"][name] = f"s3://artifacts/{location}"
    values = {**_defaults(source), **parameters}
    # Names of managed policies are looked up in IAM; the template uses none.
    policies = cast("ManagedPolicyLoader", SimpleNamespace(load=dict))
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": REGION}):
        return transform(source, values, policies)


def _defaults(template: Node) -> dict[str, str]:
    return {name: str(body.get("Default", "")) for name, body in template["Parameters"].items()}


def accepts(template: Node, given: Mapping[str, str]) -> bool:
    """Whether the template's rules take these parameters, with its defaults for the others."""
    names = _Names(template)
    parameters = {**_defaults(template), **given}
    names.evaluation = Evaluation(template, parameters, names.reference, names.attribute)
    return all(
        names.evaluation.holds(part["Assert"])
        for rule in template.get("Rules", {}).values()
        if names.evaluation.holds(rule["RuleCondition"])
        for part in rule["Assertions"]
    )


@dataclass(frozen=True)
class Stack:
    """The resources of a stack, with every function of CloudFormation evaluated."""

    resources: Mapping[str, Node]

    @classmethod
    def of(cls, template: Node, **parameters: str) -> "Stack":
        """The stack of `template` with `parameters`, and the template's defaults for the others."""
        body = transformed(template, **parameters)
        names = _Names(body)
        names.evaluation = Evaluation(
            body, {**_defaults(template), **parameters}, names.reference, names.attribute
        )
        return cls(names.evaluation.resources())

    def of_type(self, kind: str) -> dict[str, Node]:
        """Resources of a type by logical id."""
        return {name: body for name, body in self.resources.items() if body["Type"] == kind}

    def properties(self, logical_id: str) -> Node:
        """A resource's properties; empty when the stack has no such resource."""
        return self.resources.get(logical_id, {}).get("Properties", {})


class _Names:
    """Physical ids and attributes as a stack would have them."""

    def __init__(self, template: Node) -> None:
        self._template = template
        self.evaluation: Evaluation

    def reference(self, name: str) -> Any:
        """A pseudo parameter, the name that the template gives a resource, or its logical id."""
        if name in _PSEUDO:
            return _PSEUDO[name]
        properties = self._template["Resources"][name].get("Properties", {})
        given = [properties[key] for key in _NAMES if key in properties]
        return self.evaluation.value(given[0]) if given else name

    def attribute(self, resource: str, attribute: str) -> str:
        """What GetAtt gives."""
        name = self.reference(resource)
        kind = self._template["Resources"][resource]["Type"]
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
        match kind, attribute:
            case "AWS::DynamoDB::Table", "Arn":
                return table
            case "AWS::DynamoDB::Table", "StreamArn":
                return f"{table}/stream/2026-01-01T00:00:00.000"
            case "AWS::IAM::Role", "Arn":
                return f"arn:aws:iam::{ACCOUNT}:role/{name}"
            case "AWS::S3::Bucket", "Arn":
                return f"arn:aws:s3:::{name}"
            case "AWS::SQS::Queue", "Arn":
                return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
            case "AWS::Logs::LogGroup", "Arn":
                return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"
            case _:
                return f"{name}.{attribute}"
