"""Takes part of `template.yaml`: chosen resources with everything that they refer to.

Nothing is copied and nothing is interpreted here. The part is itself a template, and
CloudFormation resolves what it says.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

type Node = dict[str, Any]

NO_VALUE: Final = {"Ref": "AWS::NoValue"}
"""As if what has this value were not there."""

SUBSTITUTED: Final = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}")


class TemplateError(Exception):
    """The template lacks what was asked for, or a chosen resource refers to a function."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is `{"Ref": "X"}`."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Node:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def _text(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    assert isinstance(node, yaml.ScalarNode)
    return str(loader.construct_scalar(node))


yaml.add_multi_constructor("!", _intrinsic, Loader=_Loader)
# A policy's version is a string, and YAML would make a date of it.
yaml.add_constructor("tag:yaml.org,2002:timestamp", _text, Loader=_Loader)


@dataclass(frozen=True)
class Function:
    """What the template says of one function, as far as calling it locally goes."""

    logical_id: str
    folder: str
    handler: str
    role: str
    timeout: int
    memory: int
    environment: Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A CloudFormation or SAM template in its long form."""

    body: Node

    @classmethod
    def read(cls, path: Path) -> "Template":
        """Read a YAML template with CloudFormation's short forms."""
        with path.open(encoding="utf-8") as file:
            return cls(yaml.load(file, Loader=_Loader))  # noqa: S506 - derives from SafeLoader

    @property
    def resources(self) -> dict[str, Node]:
        """The resources by logical id, without those that `Fn::ForEach` generates."""
        entries: Node = self.body["Resources"]
        return {name: body for name, body in entries.items() if not name.startswith("Fn::")}

    def ids_of(self, *types: str) -> tuple[str, ...]:
        """The logical ids of all resources of these types."""
        return tuple(name for name, body in self.resources.items() if body["Type"] in types)

    def function(self, logical_id: str) -> Function:
        """A function with what `Globals` adds to it.

        Raises TemplateError when there is none of that id, or its role is not a resource.
        """
        if logical_id not in self.resources:
            raise TemplateError(f"template.yaml has no function {logical_id}")
        own = self.resources[logical_id].get("Properties", {})
        shared = self.body.get("Globals", {}).get("Function", {})
        merged: Node = {**shared, **own}
        role = merged.get("Role", {}).get("Fn::GetAtt", [None])[0]
        if role is None:
            raise TemplateError(f"{logical_id} does not name its role with !GetAtt Role.Arn")
        return Function(
            logical_id=logical_id,
            folder=merged["CodeUri"],
            handler=merged["Handler"],
            role=role,
            timeout=int(merged.get("Timeout", 3)),
            memory=int(merged.get("MemorySize", 128)),
            environment={
                name: value
                for name, value in {
                    **shared.get("Environment", {}).get("Variables", {}),
                    **own.get("Environment", {}).get("Variables", {}),
                }.items()
                if value != NO_VALUE
            },
        )

    def part(self, chosen: Iterable[str], outputs: Mapping[str, Any]) -> "Template":
        """The chosen resources, all that they and `outputs` refer to, and those outputs.

        Parameters and conditions come along when something uses them. Raises TemplateError
        when the part would need a SAM resource, that is a function or the API.
        """
        wanted = self._closure([*chosen, *_references(outputs)])
        resources = {name: body for name, body in self.resources.items() if name in wanted}
        for name, body in resources.items():
            if body["Type"].startswith("AWS::Serverless::"):
                raise TemplateError(f"{name} ({body['Type']}) cannot be part of a smaller stack")
        conditions = self.body.get("Conditions", {})
        parameters = self.body.get("Parameters", {})
        part: Node = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": [name for name in self._transforms() if "Serverless" not in name],
            "Parameters": {name: body for name, body in parameters.items() if name in wanted},
            "Mappings": self.body.get("Mappings", {}),
            "Conditions": {name: body for name, body in conditions.items() if name in wanted},
            "Resources": resources,
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        return Template({name: body for name, body in part.items() if body})

    def _transforms(self) -> list[str]:
        named = self.body.get("Transform", [])
        return [named] if isinstance(named, str) else named

    def _closure(self, names: Iterable[str]) -> set[str]:
        """`names` with everything that they refer to, directly or not."""
        known: Node = {
            **self.body.get("Parameters", {}),
            **self.body.get("Conditions", {}),
            **self.resources,
        }
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in known and name not in seen:
                seen.add(name)
                waiting.extend(_references(known[name]))
        return seen


def _references(node: object) -> Iterator[str]:
    """Every name that an expression mentions: resource, parameter or condition."""
    if isinstance(node, dict):
        for key, value in cast("Node", node).items():
            if key in ("Ref", "Condition", "DependsOn") and isinstance(value, str):
                yield value
            elif key in ("DependsOn", "Fn::GetAtt", "Fn::If"):
                # The first of these is a name; more names only under DependsOn.
                yield from (name for name in value if isinstance(name, str))
            elif key == "Fn::Sub":
                yield from SUBSTITUTED.findall(value if isinstance(value, str) else value[0])
            yield from _references(value)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            yield from _references(value)
