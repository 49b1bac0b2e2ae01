"""Sizes: how large an operation is, and what it costs once its variables are known."""

from collections.abc import Mapping
from math import prod
from typing import Any, cast

import msgspec

from tenantql.engine.connections import MAX_SIZE


class Measures(msgspec.Struct, frozen=True):
    """How much a document has of what `engine.limits.Limits` bounds; see there."""

    definitions: int
    repeats: int
    depth: int
    introspection_depth: int
    fields: int
    aliases: int
    root_fields: int
    directives: int


class Amount(msgspec.Struct, frozen=True):
    """A number that is known when the variables are.

    `variables` may give it, each with what holds where a request does not: the largest of them and
    of `literal` counts. Where none gives a number, it is `otherwise`. As a size, the number that a
    variable has counts, up to the largest page; else how many values it holds.
    """

    variables: tuple[tuple[str, int | None], ...]
    literal: int | None
    otherwise: int
    is_size: bool

    def of(self, variables: Mapping[str, Any]) -> int:
        """The number."""
        largest = self.literal
        for name, default in self.variables:
            given = _given(variables[name], self.is_size) if name in variables else default
            if given is not None and (largest is None or given > largest):
                largest = given
        return self.otherwise if largest is None else largest


class Cost(msgspec.Struct, frozen=True):
    """What an operation costs, in units, once the variables are known."""

    fixed: int
    terms: tuple[tuple[int, tuple[Amount, ...]], ...] = ()

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """The cost with `variables`, which need not fit their types yet."""
        if not self.terms:
            return self.fixed
        given = variables or {}
        return self.fixed + sum(
            factor * prod([amount.of(given) for amount in amounts])
            for factor, amounts in self.terms
        )


def _given(value: object, is_size: bool) -> int | None:
    """The same of a value in JSON. One that does not fit its type fails before any work."""
    if isinstance(value, list):
        return len(cast("list[object]", value))
    if value is None or not is_size:
        return None if value is None or value is False else 1
    # JSON has one kind of numbers, and GraphQL takes 5.0 for an Int.
    return page_size(int(value)) if type(value) is int or type(value) is float else None


def page_size(size: int) -> int | None:
    """Lists refuse what is outside of 1 to `MAX_SIZE`, so nobody gets more for asking."""
    return min(size, MAX_SIZE) if size > 0 else None
