"""Condition and update expressions, made of values: no text of a client becomes part of one.

    all_of(exists("PK"), at_least("available", 3))
    (Increase("available", -3), Set("status", "PAID"))

A path is an attribute's name, or a tuple that leads into a map: `("warehouses", "berlin")`.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from tenantql.table.attributes import RawItem, encode, is_there
from tenantql.table.errors import ModelError

type Path = str | tuple[str, ...]


def parts_of(path: Path) -> tuple[str, ...]:
    """The attribute's name, and the names that lead on into its map. Raises ModelError."""
    parts = (path,) if isinstance(path, str) else path
    if not parts or not all(parts):
        raise ModelError(f"{path!r} is no path: give an attribute's name, or a tuple of names")
    return parts


class Placeholders(msgspec.Struct):
    """The names and values of one call, each standing for itself once."""

    names: dict[str, str] = {}
    values: RawItem = {}
    _seen: dict[str, str] = {}

    def path(self, path: Path) -> str:
        """`path` as an expression names it."""
        return ".".join(self._name(part) for part in parts_of(path))

    def value(self, value: object) -> str:
        """The placeholder of `value`. Raises InvalidItem for what an item cannot hold."""
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = encode(value)
        return placeholder

    def parameters(self) -> dict[str, Any]:
        """The parameters of a call; an empty map is left out, as DynamoDB wants it."""
        found: dict[str, Any] = {}
        if self.names:
            found["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            found["ExpressionAttributeValues"] = dict(self.values)
        return found

    def _name(self, part: str) -> str:
        placeholder = self._seen.setdefault(part, f"#{len(self._seen)}")
        self.names[placeholder] = part
        return placeholder


class Condition(Protocol):
    """What must hold of the stored item for a write to happen."""

    def text(self, within: Placeholders) -> str:
        """The condition's expression; its names and values go into `within`."""
        ...


class _Comparison(msgspec.Struct, frozen=True):
    path: Path
    operator: str
    value: object

    def text(self, within: Placeholders) -> str:
        return f"{within.path(self.path)} {self.operator} {within.value(self.value)}"


class _Call(msgspec.Struct, frozen=True):
    function: str
    path: Path
    value: object = None

    def text(self, within: Placeholders) -> str:
        operand = "" if self.value is None else f", {within.value(self.value)}"
        return f"{self.function}({within.path(self.path)}{operand})"


class _Not(msgspec.Struct, frozen=True):
    condition: Condition

    def text(self, within: Placeholders) -> str:
        return f"NOT {self.condition.text(within)}"


class _SizeBelow(msgspec.Struct, frozen=True):
    path: Path
    size: int

    def text(self, within: Placeholders) -> str:
        return f"size({within.path(self.path)}) < {within.value(self.size)}"


class _Joined(msgspec.Struct, frozen=True):
    word: str
    conditions: tuple[Condition, ...]

    def text(self, within: Placeholders) -> str:
        return f" {self.word} ".join(f"({part.text(within)})" for part in self.conditions)


def equals(path: Path, value: object) -> Condition:
    """The attribute is there and has this value."""
    return _Comparison(path, "=", value)


def differs(path: Path, value: object) -> Condition:
    """The attribute has another value, or is absent."""
    return any_of(absent(path), _Comparison(path, "<>", value))


def below(path: Path, value: object) -> Condition:
    """The attribute is there and less."""
    return _Comparison(path, "<", value)


def above(path: Path, value: object) -> Condition:
    """The attribute is there and more."""
    return _Comparison(path, ">", value)


def at_most(path: Path, value: object) -> Condition:
    """The attribute is there and not more."""
    return _Comparison(path, "<=", value)


def at_least(path: Path, value: object) -> Condition:
    """The attribute is there and not less."""
    return _Comparison(path, ">=", value)


def exists(path: Path) -> Condition:
    """The attribute is there; for `PK`, the item is."""
    return _Call("attribute_exists", path)


def absent(path: Path) -> Condition:
    """The attribute is not there; for `PK`, the item is not."""
    return _Call("attribute_not_exists", path)


def contains(path: Path, element: str) -> Condition:
    """The set or list has this element."""
    return _Call("contains", path, element)


def lacks(path: Path, element: str) -> Condition:
    """The set or list does not have this element, or is absent."""
    return _Not(_Call("contains", path, element))


def begins_otherwise(path: Path, start: str) -> Condition:
    """The text does not begin with `start`, or is absent."""
    return _Not(_Call("begins_with", path, start))


def smaller_than(path: Path, size: int) -> Condition:
    """The set, list or map is there and has fewer elements."""
    return _SizeBelow(path, size)


def all_of(*conditions: Condition) -> Condition:
    """Each of the conditions holds. Raises ModelError without any."""
    return _join("AND", conditions)


def any_of(*conditions: Condition) -> Condition:
    """At least one of the conditions holds. Raises ModelError without any."""
    return _join("OR", conditions)


def _join(word: str, conditions: tuple[Condition, ...]) -> Condition:
    if not conditions:
        raise ModelError("a condition of no conditions says nothing")
    return conditions[0] if len(conditions) == 1 else _Joined(word, conditions)


class Change(Protocol):
    """A part of an update. `clause` is the word that it stands under."""

    @property
    def path(self) -> Path:
        """What it changes."""
        ...

    @property
    def clause(self) -> str:
        """SET, REMOVE, ADD or DELETE."""
        ...

    def text(self, within: Placeholders) -> str:
        """The change's expression; its names and values go into `within`."""
        ...


class Set(msgspec.Struct, frozen=True):
    """Gives the attribute a value. Raises ModelError for None and an empty set: use Remove."""

    path: Path
    value: object
    clause = "SET"

    def __post_init__(self) -> None:
        _ensure_value(self)

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        return f"{within.path(self.path)} = {within.value(self.value)}"


class SetIfAbsent(msgspec.Struct, frozen=True):
    """Gives the attribute a value unless it has one. Raises ModelError as Set does."""

    path: Path
    value: object
    clause = "SET"

    def __post_init__(self) -> None:
        _ensure_value(self)

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        name = within.path(self.path)
        return f"{name} = if_not_exists({name}, {within.value(self.value)})"


class Copy(msgspec.Struct, frozen=True):
    """Gives the attribute what another one had ahead of the update; `instead`, if it is absent."""

    path: Path
    source: Path
    instead: object
    clause = "SET"

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        to, source = within.path(self.path), within.path(self.source)
        return f"{to} = if_not_exists({source}, {within.value(self.instead)})"


class Increase(msgspec.Struct, frozen=True):
    """Adds to a number (a negative `by` takes away); one that is absent counts as `start`.

    DynamoDB's ADD does the same, but from 0 alone, and not inside of a map.
    """

    path: Path
    by: int | Decimal
    start: int | Decimal = 0
    clause = "SET"

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        name = within.path(self.path)
        start, by = within.value(self.start), within.value(self.by)
        return f"{name} = if_not_exists({name}, {start}) + {by}"


class Append(msgspec.Struct, frozen=True):
    """Puts elements at the end of a list, which it makes if there is none."""

    path: Path
    elements: tuple[object, ...]
    clause = "SET"

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        name = within.path(self.path)
        empty, more = within.value(()), within.value(self.elements)
        return f"{name} = list_append(if_not_exists({name}, {empty}), {more})"


class Remove(msgspec.Struct, frozen=True):
    """Removes the attribute."""

    path: Path
    clause = "REMOVE"

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        return within.path(self.path)


class Include(msgspec.Struct, frozen=True):
    """Puts elements into a set of strings, which it makes if there is none."""

    path: str
    elements: frozenset[str]
    clause = "ADD"

    def __post_init__(self) -> None:
        _ensure_elements(self)

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        return f"{within.path(self.path)} {within.value(self.elements)}"


class Exclude(msgspec.Struct, frozen=True):
    """Takes elements out of a set of strings; the last one takes the attribute with it."""

    path: str
    elements: frozenset[str]
    clause = "DELETE"

    def __post_init__(self) -> None:
        _ensure_elements(self)

    def text(self, within: Placeholders) -> str:
        """See `Change`."""
        return f"{within.path(self.path)} {within.value(self.elements)}"


def update_text(changes: Iterable[Change], within: Placeholders) -> str:
    """The update expression of `changes`. Raises ModelError for none, and for two that overlap."""
    clauses: dict[str, list[str]] = {}
    paths: list[tuple[str, ...]] = []
    for change in changes:
        parts = parts_of(change.path)
        # DynamoDB takes no two changes of a path, nor of a map and of what is inside of it.
        if any(parts[: len(other)] == other[: len(parts)] for other in paths):
            raise ModelError(f"an update changes {'.'.join(parts)!r} twice")
        paths.append(parts)
        clauses.setdefault(change.clause, []).append(change.text(within))
    if not clauses:
        raise ModelError("an update changes nothing")
    return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items())


def _ensure_value(change: Set | SetIfAbsent) -> None:
    if not is_there(change.value):
        raise ModelError(f"{change.path!r} is given no value: use Remove, or leave the change out")


def _ensure_elements(change: Include | Exclude) -> None:
    if not change.elements:
        raise ModelError(f"no elements of {change.path!r} are named: leave the change out")
