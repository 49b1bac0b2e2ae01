"""Logging out: one update, whatever was revoked before; and what the authorizer is told."""

from copy import replace
from typing import Any

import msgspec
import pytest

from local.memory import Memory
from tenantql.accounts import tokens
from tenantql.accounts.consumers import copy_revocations
from tenantql.accounts.tokens import MAX_TOKENS, RevokedTokens
from tenantql.engine.changes import Change
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.requests import Get
from tenantql.table.writes import Put
from tenantql.tenancy.identity import Role
from tenantql.tenancy.revocation import LONGEST_LIFE, RevokedCopy
from tests.unit.builders import AUDIT, NOW, Play, access, context, route

NOW_SECONDS = int(NOW.timestamp())
LATER = 2**33


def revoked(**changed: Any) -> RevokedTokens:
    values: dict[str, Any] = {"expires_at": LATER, "version": 4, **changed}
    return RevokedTokens(tenant="acme", **AUDIT, subject="somebody", **values)


def log_out(
    before: RevokedTokens | None, *, everywhere: bool = False, token: str = "t-9"
) -> tuple[bool, RevokedTokens, list[str]]:
    """Whether all are revoked, what is stored then, and the calls that it took."""
    memory = Memory()
    if before is not None:
        memory.add(before)
    given = context(Role.CUSTOMER)
    given = msgspec.structs.replace(given, identity=replace(given.identity, token=token))
    work = tokens.log_out(given, everywhere=everywhere)
    found = drive(work, lambda request: calls.run(memory, request, access()))
    made = [call.operation for call in memory.calls]
    key = entity_of(RevokedTokens).key(tenant="acme", subject="somebody")
    stored = calls.run(memory, Get(RevokedTokens, key), access())
    assert stored is not None
    return found, stored, made


@pytest.mark.parametrize("before", [None, revoked(token_ids=frozenset({"t-1"}))])
def test_one_token_is_one_update_and_joins_the_others(before: RevokedTokens | None) -> None:
    everywhere, stored, made = log_out(before)
    assert (everywhere, made) == (False, ["UpdateItem"])
    assert stored.token_ids == {"t-9"} | (before.token_ids if before else set())
    assert stored.not_before is None
    assert stored.version == (before.version + 1 if before else 1)
    assert (stored.expires_at or 0) > NOW_SECONDS + LONGEST_LIFE.total_seconds()


@pytest.mark.parametrize("before", [None, revoked(token_ids=frozenset({"t-1"}), not_before=7)])
def test_all_tokens_are_one_update_and_need_no_ids(before: RevokedTokens | None) -> None:
    everywhere, stored, made = log_out(before, everywhere=True)
    assert (everywhere, made) == (True, ["UpdateItem"])
    assert (stored.token_ids, stored.not_before) == (frozenset(), NOW_SECONDS)


def test_a_token_without_an_id_takes_all_with_it() -> None:
    everywhere, stored, _ = log_out(None, token="")
    assert (everywhere, stored.not_before) == (True, NOW_SECONDS)


def test_one_too_many_takes_all_with_it() -> None:
    ids = frozenset(f"t-{number}" for number in range(100, 100 + MAX_TOKENS))
    everywhere, stored, made = log_out(revoked(token_ids=ids))
    assert (everywhere, made) == (True, ["UpdateItem", "UpdateItem"])
    assert (stored.token_ids, stored.not_before) == (frozenset(), NOW_SECONDS)
    again, stored, made = log_out(revoked(token_ids=ids), token="t-100")
    assert (again, stored.token_ids, made) == (False, ids, ["UpdateItem"]), "it is there already"


@pytest.mark.parametrize("everywhere", [False, True])
def test_what_has_expired_and_is_not_deleted_yet_is_no_obstacle(everywhere: bool) -> None:
    old = revoked(expires_at=1, token_ids=frozenset({"t-1"}), not_before=7)
    found, stored, made = log_out(old, everywhere=everywhere)
    assert (found, made) == (everywhere, ["UpdateItem", "PutItem"])
    assert stored.version == 1
    assert stored.token_ids == (set() if everywhere else {"t-9"})
    assert stored.not_before == (NOW_SECONDS if everywhere else None)


def test_the_authorizer_is_told_what_is_revoked() -> None:
    after = revoked(token_ids=frozenset({"t-1"}), not_before=7)
    play = Play([None])
    play.run(copy_revocations(Change(None, after, route())))
    (request,) = play.asked
    assert isinstance(request, Put)
    assert request.value == RevokedCopy(
        tenant="acme",
        subject="somebody",
        created_at=after.created_at,
        version=4,
        expires_at=LATER,
        token_ids=frozenset({"t-1"}),
        not_before=7,
    )


def test_a_record_that_comes_late_is_no_fault_and_a_deletion_is_not_told() -> None:
    Play([ConditionFailed((0,), ("",), {})]).run(copy_revocations(Change(None, revoked(), route())))
    deleted = Play([])
    deleted.run(copy_revocations(Change(revoked(), None, route())))
    assert deleted.asked == []
