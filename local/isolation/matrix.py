"""The rows of the matrix: who x request type x situation, each with the answer that AWS gives."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from local.isolation.request_types import RequestType
from local.isolation.requests import REQUESTS
from local.isolation.rules import WIDENED, Who, allowed
from local.isolation.situations import (
    CONTROL,
    INDEXES,
    OTHER_RECORD,
    OTHER_TABLE,
    OTHER_TENANT,
    OWN_KEY,
    SHARED_RECORD,
    SITUATIONS,
    Place,
    Situation,
    Target,
    Tenants,
    targets,
)

FEW_SITUATIONS: Final = frozenset({Who.AUTHORIZER_FUNCTION, Who.STREAM_FUNCTION})
"""Roles that serve no request of a tenant, and of whose policies none looks at a key."""

SOME_RECORDS: Final = (OTHER_RECORD, SHARED_RECORD)
OF_RECORDS: Final = frozenset(
    {Who.PLATFORM, Who.PLATFORM_TAGGED, Who.PLATFORM_FUNCTION, Who.ACCOUNT}
)
"""Who may write the control table, or would without a tag; the others have no right to it."""

_FEW: Final = (OWN_KEY, OTHER_TENANT, OTHER_TABLE, CONTROL)


@dataclass(frozen=True, slots=True)
class Row:
    """One request in one situation, and whether it is allowed."""

    who: Who
    request: RequestType
    situation: Situation
    allowed: bool

    @property
    def name(self) -> str:
        """The row as a person would say it."""
        answer = "allowed" if self.allowed else "denied"
        return f"{self.who}: {self.request.name}, {self.situation.name} is {answer}"


def rows(
    who: Iterable[Who] = Who,
    requests: Iterable[RequestType] = REQUESTS,
    situations: Iterable[Situation] = SITUATIONS,
) -> Iterator[Row]:
    """Every row that makes sense of the given parts; of each of `who`, the allowed ones first.

    So that a session that is not in force yet, as a new role on AWS, is noticed as one and does
    not count as denied.
    """
    requests, situations = tuple(requests), tuple(situations)
    for each in who:
        of_one = [
            Row(each, request, situation, allowed(each, request, situation))
            for request in requests
            for situation in situations
            if _makes_sense(each, request, situation)
        ]
        yield from sorted(of_one, key=lambda row: not row.allowed)


def items_of(
    row: Row, tables: Mapping[Place, str], tenants: Tenants, case: str
) -> tuple[Target, ...]:
    """The one or two items that a row's request names; `case` makes them the row's own."""
    request, situation = row.request, row.situation
    indexes = [request.index] if request.index else []
    if request.plants and situation.planted is not None:
        indexes = [*INDEXES]
    pair = targets(situation, tenants, tables[situation.place], case, indexes)
    return pair if request.several else pair[:1]


def _makes_sense(who: Who, request: RequestType, situation: Situation) -> bool:
    if who in WIDENED:
        return situation == OWN_KEY and (not request.keys or request.name == "GetItem")
    if who in FEW_SITUATIONS and situation not in _FEW:
        return False
    if situation in SOME_RECORDS and who not in OF_RECORDS:
        return False
    if not request.keys and situation not in {OWN_KEY, OTHER_TABLE, CONTROL}:
        # Without a key, only the table or index matters.
        return False
    return not (
        (situation.mixed and not request.several)
        or (situation.place is Place.CONTROL and request.index is not None)
        or (situation.planted is not None and not request.plants and not request.index)
    )
