"""Ways to break a template on purpose, so that each check is seen to fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from tests.template.stack import Node

type Check = Callable[[Node], list[str]]
type Change = Callable[[Node], None]


@dataclass(frozen=True)
class Breakage:
    """A change of the template, what it does in words, and the check that must notice it."""

    check: Check
    what: str
    change: Change

    def __str__(self) -> str:
        return f"{self.check.__name__}: {self.what}"


def put(place: str, value: Any) -> Change:
    """Put a value in a place that exists, or under a new key.

    A place is a path of keys and indexes with `>` between them. In a list, a step may also be
    the Sid, IndexName or Name of the part that is meant.
    """

    def change(template: Node) -> None:
        node, last = _at(template, place)
        node[last] = value

    return change


def drop(place: str) -> Change:
    """Take away what is there."""

    def change(template: Node) -> None:
        node, last = _at(template, place)
        del node[last]

    return change


def add(place: str, value: Any) -> Change:
    """Add to the list that is there, or make a list of what is there and the value."""

    def change(template: Node) -> None:
        node, last = _at(template, place)
        present = node[last] if isinstance(node[last], list) else [node[last]]
        node[last] = [*present, value]

    return change


def swap(place: str, old: str, new: str) -> Change:
    """Replace part of the text that is there."""

    def change(template: Node) -> None:
        node, last = _at(template, place)
        assert old in node[last]
        node[last] = node[last].replace(old, new)

    return change


def both(first: Change, second: Change) -> Change:
    """One change after the other."""

    def change(template: Node) -> None:
        first(template)
        second(template)

    return change


def of(resource: str, place: str) -> str:
    """The place of something in a resource's properties."""
    return f"Resources>{resource}>Properties>{place}"


def _at(template: Node, place: str) -> tuple[Any, Any]:
    """The part of the template that holds `place`, and the last step from there."""
    *steps, last = place.split(">")
    node: Any = template
    for step in steps:
        node = node[_step(node, step)]
    return node, _step(node, last)


def _step(node: Any, step: str) -> str | int:
    if not isinstance(node, list):
        return step
    if step.isdigit():
        return int(step)
    for index, part in enumerate(cast("list[Node]", node)):
        if step in (part.get("Sid"), part.get("IndexName"), part.get("Name")):
            return index
    raise KeyError(step)
