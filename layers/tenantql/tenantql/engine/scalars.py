"""The scalars of the schema: what text or number each admits."""

import re
from typing import Final
from unicodedata import normalize

from ariadne import ScalarType
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode

_EMAIL: Final = re.compile(
    r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(\.[^\s@.\x00-\x1f\x7f]+)+"
)
_EMAIL_LENGTH: Final = 254
_SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON client reads exactly."""


def _email(value: object) -> str:
    # Addresses are compared normalised, which can make a letter a space, an @ or eighteen letters.
    if isinstance(value, str) and _is_email(value) and _is_email(normalize("NFKC", value)):
        return value
    raise GraphQLError("EmailAddress needs an address such as ada@example.com.")


def _is_email(text: str) -> bool:
    return len(text) <= _EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None


def _email_literal(node: ValueNode, _variables: object = None) -> str:
    return _email(node.value if isinstance(node, StringValueNode) else None)


def _minor_units(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _SAFE_INTEGER:
        return value
    raise GraphQLError("MinorUnits needs an integer of at most 2^53 - 1.")


def _minor_units_literal(node: ValueNode, _variables: object = None) -> int:
    return _minor_units(int(node.value) if isinstance(node, IntValueNode) else None)


# Times are strings in items, already in the one form that the schema promises.
scalars: Final = (
    ScalarType("DateTime"),
    ScalarType("EmailAddress", value_parser=_email, literal_parser=_email_literal),
    ScalarType(
        "MinorUnits",
        serializer=_minor_units,
        value_parser=_minor_units,
        literal_parser=_minor_units_literal,
    ),
)
