"""The scalars of the schema: what text or number each admits."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import msgspec

from tenantql.table.entity import timestamp

if TYPE_CHECKING:
    from graphql import GraphQLSchema

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


class ScalarError(Exception):
    """Raised for a value that is none of a scalar's; the message says what it should be."""


class Scalar(msgspec.Struct, frozen=True):
    """A scalar: `parse` makes its value of JSON's, and raises ScalarError; a literal is a `kind`.

    Answers have what resolvers give, if need be (`checked`) only what `parse` takes.
    """

    name: str
    parse: Callable[[object], Any]
    kind: str
    checked: bool = False

    def bind_to_schema(self, schema: "GraphQLSchema") -> None:
        """See `tenantql.engine.binding.Bindable`."""
        from ariadne import ScalarType  # noqa: PLC0415 - see tenantql.engine.binding
        from graphql import GraphQLError, ValueNode  # noqa: PLC0415

        def parse(value: object) -> Any:
            try:
                return self.parse(value)
            except ScalarError as error:
                raise GraphQLError(str(error)) from None

        def literal(node: ValueNode, _variables: object = None) -> Any:
            value: Any = getattr(node, "value", None) if node.kind == self.kind else None
            return parse(int(value) if self.kind == "int_value" and value is not None else value)

        serialize = parse if self.checked else None
        bound = ScalarType(
            self.name, serializer=serialize, value_parser=parse, literal_parser=literal
        )
        bound.bind_to_schema(schema)


def _email(value: object) -> str:
    # Addresses are compared normalised, which can make a letter a space, an @ or eighteen letters.
    if isinstance(value, str) and _is_email(value) and _is_email(normalize("NFKC", value)):
        return value
    raise ScalarError("EmailAddress needs an address such as ada@example.com.")


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
    raise ScalarError("DateTime needs a time with its offset, such as 2026-11-21T09:30:00Z.")


def _date(value: object) -> str:
    with suppress(ValueError):  # Not a day that there is.
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    raise ScalarError("Date needs a day, such as 2026-11-21.")


def _month(value: object) -> str:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return value
    raise ScalarError("Month needs a year and a month, such as 2026-11.")


def _integer(name: str) -> Scalar:
    """A scalar that is an integer, larger than GraphQL's own can be."""

    def parse(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= SAFE_INTEGER:
            return value
        raise ScalarError(f"{name} needs an integer of at most 2^53 - 1.")

    return Scalar(name, parse, "int_value", checked=True)


def _text(name: str, parse: Callable[[object], str]) -> Scalar:
    """A scalar that is text in items and answers, and that `parse` checks in arguments."""
    return Scalar(name, parse, "string_value")


scalars: Final = {
    scalar.name: scalar
    for scalar in (
        _text("Date", _date),
        _text("DateTime", _date_time),
        _text("EmailAddress", _email),
        _text("Month", _month),
        *map(_integer, INTEGERS),
    )
}
"""By name. Times are strings in items, already in the one form that the schema promises."""
