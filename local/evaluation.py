"""Evaluates CloudFormation's functions and conditions, as far as template.yaml uses them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

type Node = dict[str, Any]

VARIABLE: Final = re.compile(r"\$\{([A-Za-z0-9_:.]+)\}")
_NOTHING: Final = object()
"""What `AWS::NoValue` becomes on the way; it is left out of lists and mappings."""


class Evaluation:
    """The resources of a template in its long form, after its transforms.

    `parameters` has a value for each of the template's. `reference` gives the physical id of a
    resource or the value of a pseudo parameter by its name, `attribute` what GetAtt gives of a
    resource.
    """

    def __init__(
        self,
        template: Node,
        parameters: Mapping[str, str],
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
    ) -> None:
        self._template = template
        self._parameters = parameters
        self._reference = reference
        self._attribute = attribute

    def resources(self) -> dict[str, Node]:
        """The resources that the stack has, by logical id."""
        return {
            name: self.value({key: part for key, part in body.items() if key != "Condition"})
            for name, body in self._template["Resources"].items()
            if "Condition" not in body or self.holds({"Condition": body["Condition"]})
        }

    def value(self, node: Any) -> Any:
        """A part of the template, its functions evaluated. Raises ValueError for an unknown one."""
        if isinstance(node, list):
            items = [self.value(item) for item in cast("list[Any]", node)]
            return [item for item in items if item is not _NOTHING]
        if not isinstance(node, dict):
            return node
        mapping = cast("Node", node)
        if len(mapping) == 1:
            name, argument = next(iter(mapping.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument)
        values = {key: self.value(part) for key, part in mapping.items()}
        return {key: part for key, part in values.items() if part is not _NOTHING}

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                resource, attribute = (
                    argument.split(".", 1) if isinstance(argument, str) else argument
                )
                return self._attribute(resource, attribute)
            case "Fn::Sub":
                return self._substitute(argument)
            case "Fn::If":
                chosen = argument[1] if self.holds({"Condition": argument[0]}) else argument[2]
                return self.value(chosen)
            case "Fn::FindInMap":
                node = self._template["Mappings"]
                for key in argument:
                    node = node[self.value(key)]
                return node
            case "Fn::Split":
                return str(self.value(argument[1])).split(argument[0])
            case "Fn::Join":
                return str(argument[0]).join(self.value(argument[1]))
            case _:
                raise ValueError(f"a function that the template does not use: {name}")

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in self._parameters:
            value = self._parameters[name]
            listed = self._template["Parameters"][name]["Type"] == "CommaDelimitedList"
            return value.split(",") if listed else value
        return self._reference(name)

    def _substitute(self, argument: Any) -> str:
        text, given = cast(
            "tuple[str, Node]", argument if isinstance(argument, list) else (argument, {})
        )
        local = {name: self.value(value) for name, value in given.items()}

        def replacement(found: re.Match[str]) -> str:
            name = found[1]
            if name in local:
                return str(local[name])
            if "." in name:
                resource, attribute = name.split(".", 1)
                return str(self._attribute(resource, attribute))
            return str(self._ref(name))

        # `${!x}` stands for `${x}`, as it is.
        return VARIABLE.sub(replacement, text).replace("${!", "${")

    def holds(self, condition: Any) -> bool:
        """Whether a condition is true. Raises ValueError for an unknown function."""
        name, argument = next(iter(condition.items()))
        match name:
            case "Condition":
                return self.holds(self._template["Conditions"][argument])
            case "Fn::Equals":
                return self.value(argument[0]) == self.value(argument[1])
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(self.holds(part) for part in argument)
            case "Fn::Or":
                return any(self.holds(part) for part in argument)
            case _:
                raise ValueError(f"a function that the template does not use: {name}")
