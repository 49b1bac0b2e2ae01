"""The matrix of authorization: `matrix.toml`, checked.

It says what each person gets of each operation, and of each way from one object to another that
is not for everybody. It repeats nothing of the code or the schema: tests ask the endpoint every
cell, so the matrix cannot say what is not so.
"""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("matrix.toml")


class Person(StrEnum):
    """Who asks. In the small shop of the tests there is one order, with a line of `SELLER`."""

    CUSTOMER = "the customer"
    OTHER_CUSTOMER = "another customer"
    SELLER = "the seller"
    OTHER_SELLER = "another seller"
    STAFF = "staff"
    ADMIN = "admin"
    ELSEWHERE = "another organisation"


class Outcome(StrEnum):
    """What comes of asking."""

    YES = "yes"
    NULL = "null"
    EMPTY = "empty"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    NOT_ALLOWED = "NOT_ALLOWED"
    CART_EMPTY = "CART_EMPTY"
    NOT_IN_CART = "NOT_IN_CART"


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to something. `ask` names what is looked at `it`, and ids of the shop as `$name`.

    `who` says in words whom it is for; `outcomes` has one for each person, in their order.
    """

    who: str
    ask: str
    outcomes: str

    @property
    def expected(self) -> Mapping[Person, Outcome]:
        """What each person gets. Raises ValueError for an outcome that is none."""
        outcomes = [Outcome(word) for word in self.outcomes.split()]
        return dict(zip(Person, outcomes, strict=True))


class Matrix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows of each section by what they are about: a field, and in brackets what of it."""

    queries: dict[str, Row]
    mutations: dict[str, Row]
    nodes: dict[str, Row]
    paths: dict[str, Row]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """All rows, by name."""
        return chain.from_iterable(
            section.items() for section in (self.queries, self.mutations, self.nodes, self.paths)
        )


def field_of(name: str) -> str:
    """The field that a row is about."""
    return name.partition(" ")[0]


def matrix() -> Matrix:
    """What `matrix.toml` says. Raises msgspec.ValidationError for what is not understood."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), Matrix)
