"""The status of every answer: one table, of which a deployment picks the column.

`standard` is GraphQL over HTTP as its public audits test it. `legacy` is for clients of
application/json that give up on any other status than 200. `draft` follows the draft of 2026, which
has no exception for application/json, and tells what is not understood from what does not fit.
https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from tenantql.errors import Code
from tenantql.http.negotiation import JSON


class Profile(StrEnum):
    """Which statuses a deployment answers with."""

    STANDARD = "standard"
    LEGACY = "legacy"
    DRAFT = "draft"


class Outcome(StrEnum):
    """What became of a request, besides the refusals, which have a code each."""

    EXECUTED = "it ran"
    PARTIAL = "it ran, and has errors"
    UNPARSED = "the document does not parse"
    INVALID = "document, operation or variables do not fit"
    UNREADABLE = "the body cannot be read"
    ILL_FORMED = "it is no GraphQL request"
    NO_QUERY = "a mutation by GET"
    METHOD = "another method"
    UNACCEPTABLE = "no answer that the client takes"
    TOO_LARGE = "the body is too large"
    MEDIA_TYPE = "another content type, charset or coding"


class Statuses(NamedTuple):
    """The statuses of one outcome: by media type in `standard`, then for the other profiles."""

    json: int
    graphql: int
    legacy: int
    draft: int


def _always(status: int) -> Statuses:
    return Statuses(status, status, status, status)


def _refusal(status: int) -> Statuses:
    """A refusal of a GraphQL request: to an old client it is an answer like any other."""
    return Statuses(status, status, 200, status)


STATUSES: Final[Mapping[Outcome | Code, Statuses]] = {
    Outcome.EXECUTED: _always(200),
    Outcome.PARTIAL: Statuses(200, 200, 200, 294),
    Outcome.UNPARSED: Statuses(200, 400, 200, 400),
    Outcome.INVALID: Statuses(200, 400, 200, 422),
    Outcome.UNREADABLE: _always(400),
    Outcome.ILL_FORMED: Statuses(400, 400, 400, 422),
    Outcome.NO_QUERY: _always(405),
    Outcome.METHOD: _always(405),
    Outcome.UNACCEPTABLE: _always(406),
    Outcome.TOO_LARGE: _always(413),
    Outcome.MEDIA_TYPE: _always(415),
    Code.UNAUTHENTICATED: _refusal(401),
    Code.FORBIDDEN: _refusal(403),
    Code.NOT_FOUND: _refusal(404),
    Code.BAD_USER_INPUT: Statuses(400, 400, 200, 422),
    Code.CONFLICT: _refusal(409),
    Code.RATE_LIMITED: _refusal(429),
    Code.COST_EXCEEDED: _refusal(400),
    # Clients of automatic persisted queries expect 200 and look at the code.
    Code.PERSISTED_QUERY_NOT_FOUND: Statuses(200, 404, 200, 404),
    Code.PERSISTED_QUERY_NOT_SUPPORTED: Statuses(200, 400, 200, 400),
    # What is our own fault is never a 200: alarms look at the status.
    Code.TENANT_MOVING: _always(503),
    Code.UNAVAILABLE: _always(503),
    Code.INTERNAL: _always(500),
}


def status_of(profile: Profile, media_type: str, outcome: Outcome | Code) -> int:
    """The status of `outcome`, told in an answer of `media_type`."""
    row = STATUSES[outcome]
    if profile is Profile.DRAFT:
        return row.draft
    if media_type != JSON:
        return row.graphql
    return row.legacy if profile is Profile.LEGACY else row.json
