"""IAM policies as documents: statements, wildcards, string conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass
from typing import Any, Final, cast

from local.evaluation import Node

type Conditions = Mapping[str, Mapping[str, Any]]
type Context = Mapping[str, list[str]]

_VARIABLE: Final = re.compile(r"\$\{([a-z]+:[^}]+)\}")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, its elements as lists."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: Conditions
    inverted: bool
    """Whether it says NotAction, NotResource or NotPrincipal."""

    @classmethod
    def of(cls, body: Node) -> "Statement":
        """Read a statement of a policy document."""
        principal: Any = body.get("Principal", {})
        named = cast("Node", principal).values() if isinstance(principal, dict) else [principal]
        return cls(
            effect=body["Effect"],
            actions=tuple(listed(body.get("Action", []))),
            resources=tuple(listed(body.get("Resource", []))),
            principals=tuple(name for part in named for name in listed(part)),
            conditions=body.get("Condition", {}),
            inverted=any(name.startswith("Not") for name in body),
        )

    def naming(self, context: Context) -> "Statement":
        """The statement in a request with these context keys, which its resources may refer to."""
        return replace(self, resources=tuple(_expanded([*self.resources], context)))

    def names(self, action: str, resource: str) -> bool:
        """Whether action and resource are among those of the statement, conditions aside."""
        return any(like(pattern, action) for pattern in self.actions) and any(
            like(pattern, resource) for pattern in self.resources
        )


def listed(value: Any) -> list[str]:
    """A policy's value, which may be one or several, as a list."""
    return list(cast("list[str]", value)) if isinstance(value, list) else [cast("str", value)]


def like(pattern: str, value: str) -> bool:
    """IAM's string match: `*` and `?` are wildcards, also across a slash; `${*}` is a star."""
    parts = re.split(r"(\$\{[*?$]\}|[*?])", pattern)
    expression = "".join({"*": ".*", "?": "."}.get(part, re.escape(_plain(part))) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _plain(part: str) -> str:
    return part[2] if re.fullmatch(r"\$\{[*?$]\}", part) else part


def meets(conditions: Conditions, context: Context) -> bool:
    """Whether a request with these context keys meets the conditions, as IAM evaluates them."""
    return all(
        (operator.endswith("IfExists") and key not in context)
        or _test(
            operator.removesuffix("IfExists"),
            _expanded(listed(expected), context),
            context.get(key),
        )
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def _expanded(patterns: list[str], context: Context) -> list[str]:
    """The patterns with their variables replaced; one whose key is absent equals nothing."""
    found: list[str] = []
    for pattern in patterns:
        names = _VARIABLE.findall(pattern)
        if all(name in context for name in names):
            found.append(_VARIABLE.sub(lambda match: context[match[1]][0], pattern))
    return found


def _test(operator: str, expected: list[str], values: list[str] | None) -> bool:
    match operator:
        case "Null":
            return (values is None) == (expected == ["true"])
        case "StringEquals":
            return values is not None and values[0] in expected
        case "StringLike":
            return values is not None and any(like(pattern, values[0]) for pattern in expected)
        case "StringNotLike":
            return values is None or not any(like(pattern, values[0]) for pattern in expected)
        case "ForAllValues:StringEquals":
            return all(value in expected for value in values or [])
        case "ForAllValues:StringLike":
            return all(any(like(pattern, value) for pattern in expected) for value in values or [])
        case _:
            raise ValueError(f"an operator that no policy here uses: {operator}")
