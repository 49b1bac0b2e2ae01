"""Revocations: which tokens they cover, and that a copy never gives way to an older one."""

import msgspec.structs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.memory.expressions import condition
from tenantql.table.entity import entity_of
from tenantql.table.expressions import Placeholders
from tenantql.tenancy.revocation import RevokedCopy, copying, revoked
from tests.unit.builders import stored

COPY = RevokedCopy(
    tenant="acme",
    subject="a#b",
    created_at="2026-11-21T09:30:00.123Z",
    version=3,
    expires_at=2**33,
    token_ids=frozenset({"t-1"}),
)


def test_a_copy_is_under_its_tenant_and_subject() -> None:
    assert revoked("acme", "a#b").key == entity_of(RevokedCopy).key_of(COPY)
    assert stored(COPY)["PK"] == {"S": "REVOKED#acme#a%23b"}


@pytest.mark.parametrize(
    ("not_before", "token", "issued", "covered"),
    [
        (None, "t-1", 100, True),
        (None, "t-2", 100, False),
        (100, "t-2", 99, True),
        (100, "t-2", 100, True),
        (100, "t-2", 101, False),
        (100, "t-1", 101, True),
    ],
)
def test_what_is_covered(not_before: int | None, token: str, issued: int, covered: bool) -> None:
    copy = msgspec.structs.replace(COPY, not_before=not_before)
    assert copy.covers(token, issued) is covered


def takes_the_place(new: RevokedCopy, old: RevokedCopy | None) -> bool:
    within = Placeholders()
    put = copying(new)
    assert put.condition is not None
    test = condition(put.condition.text(within))
    return test({} if old is None else stored(old), within.names, within.values)


TIMES = st.sampled_from(["2026-11-21T09:30:00.123Z", "2026-11-22T10:00:00.000Z"])
STATES = st.tuples(TIMES, st.integers(1, 3))


@given(STATES, STATES)
def test_a_copy_takes_the_place_of_older_ones_alone(
    new: tuple[str, int], old: tuple[str, int]
) -> None:
    """An item made anew after its TTL starts at version 1 again, and is newer all the same."""
    copies = [
        msgspec.structs.replace(COPY, created_at=created, version=version)
        for created, version in (new, old)
    ]
    assert takes_the_place(*copies) is (new > old)


def test_the_first_copy_is_made() -> None:
    assert takes_the_place(COPY, None)
