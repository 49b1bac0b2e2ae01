"""Linking: from a plan's text and what its names stand for to code that runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from tenantql.engine import running
from tenantql.engine.compiling.plans import (
    Constant,
    LeafAt,
    Names,
    Plan,
    Reference,
    Resolver,
    TypeResolver,
    Where,
)
from tenantql.engine.running import ODD, MissingValue, Position, Run

type Code = Callable[[Run, None, Position], Any]

HELPERS: Final[Mapping[str, Any]] = {
    "ODD": ODD,
    "Nulled": running.Nulled,
    "Unfit": running.Unfit,
    "UnknownType": running.UnknownType,
    "absent": running.absent,
    "items": running.items,
    "need": running.need,
    "unfit": running.unfit,
}
"""What all generated code may use."""


class Bound(Protocol):
    """What a schema has bound, by name."""

    def resolver(self, wanted: Resolver) -> Callable[..., Any]:
        """The resolver of a field, with its guard."""
        ...

    def type_resolver(self, type: str) -> Callable[..., Any]:
        """What names the type of an object of an interface or a union."""
        ...

    def values(self, type: str, names: Sequence[str]) -> Mapping[str, Any]:
        """What the names of an enum, all that it has, stand for."""
        ...

    def serializer(self, type: str) -> Callable[[Any], Any]:
        """What makes a response's value of a leaf's."""
        ...

    def parser(self, type: str) -> Callable[[Any], Any]:
        """What makes a resolver's value of a leaf's in the variables."""
        ...


def link(plan: Plan, bound: Bound) -> Code:
    """The function that a plan's code ends with."""
    names = meant(plan.references, bound)
    code = compile(plan.source, "<operation>", "exec")
    exec(code, names)  # noqa: S102 - text that the compiler wrote, from a document that is valid
    kind = "mutation" if plan.serial else "query"
    return names[kind]


def meant(references: Mapping[str, Reference], bound: Bound) -> dict[str, Any]:
    """All the names of generated code with what they stand for."""
    found = {name: _meant(reference, bound) for name, reference in references.items()}
    return {**HELPERS, **found}


def _meant(reference: Reference, bound: Bound) -> Any:
    match reference:
        case Resolver():
            return bound.resolver(reference)
        case TypeResolver(type):
            return bound.type_resolver(type)
        case Names(type, names):
            # Of two names of one value, the first is told.
            values = bound.values(type, names)
            return {values[name]: name for name in reversed(names)}
        case LeafAt(type, where, non_null):
            return _Leaf(bound.serializer(type), where, non_null)
        case Where():
            return reference
        case Constant(value):
            return value


class _Leaf(msgspec.Struct, frozen=True):
    """A leaf whose value is not plain: null, an error, one still to come, or to be converted."""

    serialize: Callable[[Any], Any]
    where: Where
    non_null: bool

    def __call__(self, run: Run, value: Any, at: Position) -> Any:
        if value is None:
            return run.missing(at, self.where) if self.non_null else None
        if isinstance(value, ODD):
            return run.odd(value, at, self.where, self)
        try:
            found = self.serialize(value)
            if found is None:
                raise MissingValue(self.where)  # noqa: TRY301 - as any other that is no leaf
        except Exception as error:  # noqa: BLE001 - it is told of
            return run.fail(error, at, self.where)
        return found
