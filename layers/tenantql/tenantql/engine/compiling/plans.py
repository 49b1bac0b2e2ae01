"""Plans: the generated code of an operation, and what its free names stand for.

What a name stands for is said in plain values, so that a plan can be written to a file when the
layer is built, and bound in a process that has no schema at hand.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

GUARDED: Final = "tenantql.guarded"
"""Where a schema's field has its Resolver, among its extensions."""

type Shape = tuple[str, Any]
"""An input type: ("!", shape), ("[]", shape), ("leaf", name), ("enum", name), ("input", name)."""

type Condition = bool | None
"""What a variable of `@skip` or `@include` is; None where no boolean was given."""

type Variant = tuple[Condition, ...]
"""What the variables of all of an operation's `@skip` and `@include` are, in their order."""


class Resolver(msgspec.Struct, frozen=True):
    """The resolver of a field, and its guard.

    `attribute` is what it reads if no domain gives one. `roles`: who may ask, if not everybody.
    `ruled`: the type whose rule says which objects are seen, if there is one.
    """

    type: str
    field: str
    attribute: str | None = None
    roles: tuple[str, ...] | None = None
    ruled: str | None = None


class TypeResolver(msgspec.Struct, frozen=True):
    """What tells the type of an object of an interface or a union."""

    type: str


class Names(msgspec.Struct, frozen=True):
    """The name of an enum's value, by what it is in Python; `names` are all that it has."""

    type: str
    names: tuple[str, ...]


class Where(msgspec.Struct, frozen=True):
    """A field of an operation: where it stands in the document, and which field it is."""

    type: str
    field: str
    locations: tuple[tuple[int, int], ...]
    """Line and column, from 1, of each place that asks for it."""


class LeafAt(msgspec.Struct, frozen=True):
    """A leaf type of a field, and whether it may be null."""

    type: str
    where: Where
    non_null: bool


class Constant(msgspec.Struct, frozen=True):
    """A value that has no text; a plan with one cannot be written to a file."""

    value: Any


type Reference = Resolver | TypeResolver | Names | Where | LeafAt | Constant


class Variable(msgspec.Struct, frozen=True):
    """A variable of an operation; `default` stands where `has_default`."""

    name: str
    shape: Shape
    has_default: bool = False
    default: Any = None


class InputField(msgspec.Struct, frozen=True):
    """A field of an input type, and its name in Python; `default` stands where `has_default`."""

    name: str
    out_name: str
    shape: Shape
    required: bool
    has_default: bool = False
    default: Any = None


class Plan(msgspec.Struct, frozen=True):
    """The code of one variant of an operation. `serial`: its root fields run one after another."""

    source: str
    references: Mapping[str, Reference]
    serial: bool


class Signature(msgspec.Struct, frozen=True):
    """What an operation takes: its variables, and which of them decide its variant."""

    variables: tuple[Variable, ...]
    conditions: tuple[str, ...]
    inputs: Mapping[str, tuple[InputField, ...]] = msgspec.field(
        default_factory=dict[str, tuple[InputField, ...]]
    )
    """The input types that they use, by name."""
    enums: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict[str, tuple[str, ...]])
    """The names of the enums that they use, by the enum's."""
