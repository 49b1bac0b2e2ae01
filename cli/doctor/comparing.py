"""Compares what AWS says of a resource with what the template says."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from local.evaluation import Node

SHOWN = 120
"""Characters of a value in the evidence."""


def differences(wanted: Any, given: Any, path: str = "") -> Iterator[str]:
    """Where `given` is not as `wanted` says: each place with both values.

    Members that `wanted` does not name are AWS's defaults, and are left alone.
    """
    if isinstance(wanted, Mapping):
        found = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {})
        for name, value in cast("Mapping[str, Any]", wanted).items():
            yield from differences(value, found.get(name), f"{path}.{name}" if path else name)
    elif plain(wanted) != plain(given):
        yield f"{path} is {short(given)}, the template says {short(wanted)}"


def plain(value: Any) -> Any:
    """A value so that equal ones compare equal: numbers and booleans as text, lists in order."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in cast("Node", value).items()}
    if isinstance(value, list):
        return sorted((plain(part) for part in cast("list[Any]", value)), key=repr)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


def policy(document: Node) -> Any:
    """A policy document so that equal ones compare equal: what may be one or a list is a list."""
    statements: Any = document.get("Statement", [])
    listed = cast("list[Node]", statements if isinstance(statements, list) else [statements])
    return sorted((_statement(each) for each in listed), key=repr)


def _statement(statement: Node) -> Any:
    return {
        name: _values(part) if name not in {"Effect", "Sid"} else part
        for name, part in statement.items()
    }


def _values(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: _values(value) for name, value in cast("Node", part).items()}
    values = cast("list[Any]", part if isinstance(part, list) else [part])
    return sorted(str(plain(each)) for each in values)


def parsed(document: Any) -> Node:
    """A policy document, which some answers have as JSON."""
    return json.loads(document) if isinstance(document, str) else dict(document)


def short(value: Any) -> str:
    """A value in evidence."""
    text = "not set" if value is None else value if isinstance(value, str) else _json(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
