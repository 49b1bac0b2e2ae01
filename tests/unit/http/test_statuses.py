"""Statuses: one for each outcome, and what the profiles promise."""

from itertools import chain

import pytest

from tenantql.errors import Code
from tenantql.http.negotiation import GRAPHQL_JSON, JSON
from tenantql.http.statuses import STATUSES, Outcome, Profile, status_of

EVERYTHING = [*Outcome, *Code]


def test_everything_that_can_happen_has_a_status() -> None:
    assert set(STATUSES) == set(EVERYTHING)
    assert all(200 <= status < 600 for status in chain.from_iterable(STATUSES.values()))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("kind", [JSON, GRAPHQL_JSON])
def test_a_defect_is_never_a_success(profile: Profile, kind: str) -> None:
    """Alarms look at the status; and only what ran is one."""
    for code in (Code.INTERNAL, Code.UNAVAILABLE):
        assert status_of(profile, kind, code) >= 500
    for outcome in (Outcome.EXECUTED, Outcome.PARTIAL):
        assert 200 <= status_of(profile, kind, outcome) < 300


@pytest.mark.parametrize("outcome", [*Code, Outcome.UNPARSED, Outcome.INVALID])
def test_graphqls_own_type_tells_by_the_status_what_did_not_run(outcome: Outcome | Code) -> None:
    for profile in Profile:
        assert status_of(profile, GRAPHQL_JSON, outcome) >= 400


def test_a_legacy_client_gets_200_for_every_answer_to_a_graphql_request() -> None:
    http = {Outcome.METHOD, Outcome.NO_QUERY, Outcome.UNACCEPTABLE, Outcome.TOO_LARGE}
    http |= {Outcome.MEDIA_TYPE, Outcome.UNREADABLE, Outcome.ILL_FORMED}
    own = {Code.INTERNAL, Code.UNAVAILABLE, Code.TENANT_MOVING}
    for outcome in EVERYTHING:
        status = status_of(Profile.LEGACY, JSON, outcome)
        assert (status == 200) is (outcome not in http | own)
