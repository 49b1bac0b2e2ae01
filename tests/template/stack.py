"""What CloudFormation would make of the template: SAM's transform, then parameters and conditions.

Only as far as the checks need it. A physical id is the name that the template gives, or the
logical id.
"""

import copy
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import patch

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from local.template import Template

type Node = dict[str, Any]

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
_NAMES: Final = ("TableName", "RoleName", "QueueName", "LogGroupName")
VARIABLE: Final = re.compile(r"\$\{([A-Za-z0-9_:.]+)\}")
_NOTHING: Final = object()
"""What `AWS::NoValue` becomes on the way; it is left out of lists and mappings."""


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


@dataclass(frozen=True)
class Stack:
    """The resources of a stack, with every function of CloudFormation evaluated."""

    resources: Mapping[str, Node]

    @classmethod
    def of(cls, template: Node, **parameters: str) -> "Stack":
        """The stack of `template` with `parameters`, and the template's defaults for the others."""
        body = transformed(template, **parameters)
        evaluation = _Evaluation(body, {**_defaults(template), **parameters})
        return cls(evaluation.resources())

    def of_type(self, kind: str) -> dict[str, Node]:
        """Resources of a type by logical id."""
        return {name: body for name, body in self.resources.items() if body["Type"] == kind}

    def properties(self, logical_id: str) -> Node:
        """A resource's properties; empty when the stack has no such resource."""
        return self.resources.get(logical_id, {}).get("Properties", {})


class _Evaluation:
    def __init__(self, template: Node, parameters: Mapping[str, str]) -> None:
        self._template = template
        self._parameters = parameters

    def resources(self) -> dict[str, Node]:
        return {
            name: self._value({key: part for key, part in body.items() if key != "Condition"})
            for name, body in self._template["Resources"].items()
            if "Condition" not in body or self._holds({"Condition": body["Condition"]})
        }

    def _value(self, node: Any) -> Any:
        if isinstance(node, list):
            items = [self._value(item) for item in cast("list[Any]", node)]
            return [item for item in items if item is not _NOTHING]
        if not isinstance(node, dict):
            return node
        mapping = cast("Node", node)
        if len(mapping) == 1:
            name, argument = next(iter(mapping.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument)
        values = {key: self._value(part) for key, part in mapping.items()}
        return {key: part for key, part in values.items() if part is not _NOTHING}

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                return self._attribute(argument[0], argument[1])
            case "Fn::Sub":
                return self._substitute(argument)
            case "Fn::If":
                chosen = argument[1] if self._holds({"Condition": argument[0]}) else argument[2]
                return self._value(chosen)
            case "Fn::Split":
                return str(self._value(argument[1])).split(argument[0])
            case "Fn::Join":
                return str(argument[0]).join(self._value(argument[1]))
            case _:
                raise ValueError(f"a function that the template does not use: {name}")

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._parameters:
            value = self._parameters[name]
            listed = self._template["Parameters"][name]["Type"] == "CommaDelimitedList"
            return value.split(",") if listed else value
        properties = self._template["Resources"][name].get("Properties", {})
        given = [properties[key] for key in _NAMES if key in properties]
        return self._value(given[0]) if given else name

    def _attribute(self, resource: str, attribute: str) -> str:
        name = self._ref(resource)
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

    def _substitute(self, argument: Any) -> str:
        text, given = cast(
            "tuple[str, Node]", argument if isinstance(argument, list) else (argument, {})
        )
        local = {name: self._value(value) for name, value in given.items()}

        def replacement(found: re.Match[str]) -> str:
            name = found[1]
            if name in local:
                return str(local[name])
            if "." in name:
                resource, attribute = name.split(".", 1)
                return self._attribute(resource, attribute)
            return str(self._ref(name))

        # `${!x}` stands for `${x}`, as it is.
        return VARIABLE.sub(replacement, text).replace("${!", "${")

    def _holds(self, condition: Any) -> bool:
        name, argument = next(iter(condition.items()))
        match name:
            case "Condition":
                return self._holds(self._template["Conditions"][argument])
            case "Fn::Equals":
                return self._value(argument[0]) == self._value(argument[1])
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(self._holds(part) for part in argument)
            case "Fn::Or":
                return any(self._holds(part) for part in argument)
            case _:
                raise ValueError(f"a function that the template does not use: {name}")
