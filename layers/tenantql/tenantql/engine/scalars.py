"""The scalars of the schema: what text or number each admits."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Final
from unicodedata import normalize

from ariadne import ScalarType
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode

from tenantql.table.entity import timestamp

_EMAIL: Final = re.compile(
    r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(\.[^\s@.\x00-\x1f\x7f]+)+"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_EMAIL_LENGTH: Final = 254
SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON client reads exactly."""

TEXTS: Final = ("Date", "DateTime", "EmailAddress", "Month")
INTEGERS: Final = ("Count", "MinorUnits", "Points")


def _email(value: object) -> str:
    # Addresses are compared normalised, which can make a letter a space, an @ or eighteen letters.
    if isinstance(value, str) and _is_email(value) and _is_email(normalize("NFKC", value)):
        return value
    raise GraphQLError("EmailAddress needs an address such as ada@example.com.")


def _is_email(text: str) -> bool:
    return len(text) <= _EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None


def _date_time(value: object) -> str:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return timestamp(moment)
    except (ValueError, OverflowError):
        # Not a time, or one whose offset leads out of the years that there are.
        pass
    raise GraphQLError("DateTime needs a time with its offset, such as 2026-11-21T09:30:00Z.")


def _date(value: object) -> str:
    with suppress(ValueError):  # Not a day that there is.
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    raise GraphQLError("Date needs a day, such as 2026-11-21.")


def _month(value: object) -> str:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return value
    raise GraphQLError("Month needs a year and a month, such as 2026-11.")


def _text(name: str, parse: Callable[[object], str]) -> ScalarType:
    """A scalar that is text in items and answers, and that `parse` checks in arguments."""

    def literal(node: ValueNode, _variables: object = None) -> str:
        return parse(node.value if isinstance(node, StringValueNode) else None)

    return ScalarType(name, value_parser=parse, literal_parser=literal)


def _integer(name: str) -> ScalarType:
    """A scalar that is an integer, larger than GraphQL's own can be."""

    def parse(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= SAFE_INTEGER:
            return value
        raise GraphQLError(f"{name} needs an integer of at most 2^53 - 1.")

    def literal(node: ValueNode, _variables: object = None) -> int:
        return parse(int(node.value) if isinstance(node, IntValueNode) else None)

    return ScalarType(name, serializer=parse, value_parser=parse, literal_parser=literal)


# Times are strings in items, already in the one form that the schema promises.
scalars: Final = (
    _text("Date", _date),
    _text("DateTime", _date_time),
    _text("EmailAddress", _email),
    _text("Month", _month),
    _integer("Count"),
    _integer("MinorUnits"),
    _integer("Points"),
)
