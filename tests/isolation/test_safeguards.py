"""Each safeguard of the policies by itself: taken off, the matrix says which rows turn.

A role's policy and a session policy back each other, so that the rows of a whole session do not
turn when only one of them lacks something. Hence the rows of each alone.
"""

from collections.abc import Callable

import pytest

from local.isolation.matrix import rows
from local.isolation.requests import REQUESTS
from local.isolation.rules import Who, allowed
from local.isolation.sessions import Change
from local.isolation.situations import SITUATIONS
from local.isolation.verification import Verification
from tests.isolation.policies import (
    in_session,
    without_bookkeeping_prefix,
    without_delimiter,
    without_index_list,
    without_key_patterns,
    without_null_test,
    without_table_suffix,
)

type Verify = Callable[[Change], Verification]

SAMPLE = [
    request
    for request in REQUESTS
    if request.name
    in {
        *("GetItem", "PutItem", "UpdateItem, ALL_OLD", "BatchGetItem", "BatchWriteItem Delete"),
        *("Query table", "Query GSI2", "Query directory", "Query platform"),
        *("TransactWriteItems ConditionCheck", "Scan table", "Scan platform"),
        *("PartiQL select table, no key", "PartiQL select platform, no key"),
    }
]
KEYLESS = {request.name for request in SAMPLE if not request.keys}
LOOK_ALIKES = {
    *("longer id", "other's SYS#", "own + longer id", "longer id + own", "SYS# + other's"),
    "no delimiter",
}
FOREIGN = LOOK_ALIKES | {"other tenant", "shorter id", "own + other", "wildcard", "no tenant"}
LEVELS = [Who.READ, Who.WRITE, Who.ADMINISTER]


def turned(verification: Verification, *who: Who) -> dict[str, set[str]]:
    """The situations, by request, whose rows were to be denied and are allowed."""
    found: dict[str, set[str]] = {}
    for verdict in verification.verdicts(rows(who, SAMPLE)):
        if verdict.problem:
            assert not verdict.row.allowed, verdict
            assert verdict.answer != "AccessDeniedException", verdict
            found.setdefault(verdict.row.request.name, set()).add(verdict.row.situation.name)
    return found


def reachable(who: Who, situations: set[str]) -> dict[str, set[str]]:
    """What of `situations` opens for each request that `who` may send for its own keys."""
    own = SITUATIONS[0]
    return {
        request.name: {
            row.situation.name for row in rows([who], [request]) if row.situation.name in situations
        }
        for request in SAMPLE
        if request.keys and allowed(who, request, own)
    }


def test_without_the_null_test_of_the_role_reads_without_a_key_pass(changed: Verify) -> None:
    weak = changed(Change(tenant_role=without_null_test))
    # The platform's index stays out: it is not in the list of resources.
    wanted = {name: {"own key"} for name in KEYLESS if "platform" not in name}
    assert turned(weak, Who.ROLE_WIDENED) == wanted
    assert turned(weak, Who.READ, Who.ROLE) == {}


def test_without_the_null_test_of_session_policies_reads_without_a_key_pass(
    changed: Verify,
) -> None:
    weak = changed(Change(session=in_session(without_null_test)))
    wanted = {name: {"own key"} for name in KEYLESS if "platform" not in name}
    assert turned(weak, Who.READ_WIDENED) == wanted
    assert turned(weak, Who.WRITE_WIDENED) == wanted


def test_without_the_delimiter_in_the_role_look_alikes_pass(changed: Verify) -> None:
    weak = changed(Change(tenant_role=without_delimiter))
    assert turned(weak, Who.ROLE) == reachable(Who.ROLE, LOOK_ALIKES)
    assert turned(weak, Who.ADMINISTER) == {}


@pytest.mark.parametrize("who", [Who.WRITE_POLICY, Who.ADMINISTER_POLICY])
def test_without_the_delimiter_in_session_policies_look_alikes_pass(
    changed: Verify, who: Who
) -> None:
    weak = changed(Change(session=in_session(without_delimiter)))
    assert turned(weak, who) == reachable(who, LOOK_ALIKES)


def test_without_the_index_list_of_the_role_the_platform_index_passes(changed: Verify) -> None:
    weak = changed(Change(tenant_role=without_index_list))
    own = {"own key", "own SYS# key", "planted index key", "other table"}
    assert turned(weak, Who.ROLE) == {"Query platform": own}
    assert turned(weak, Who.ADMINISTER) == {}


def test_without_the_end_of_the_table_pattern_the_platform_index_passes(changed: Verify) -> None:
    weak = changed(Change(tenant_role=without_table_suffix))
    own = {"own key", "own SYS# key", "planted index key", "other table"}
    assert turned(weak, Who.ROLE) == {"Query platform": own}


def test_without_the_index_list_of_session_policies_other_indexes_pass(changed: Verify) -> None:
    weak = changed(Change(session=in_session(without_index_list)))
    own = {"own key", "own SYS# key", "planted index key"}
    assert turned(weak, Who.READ_POLICY) == {"Query platform": own, "Query directory": own}
    assert turned(weak, Who.ADMINISTER_POLICY) == {"Query platform": own}
    # The role's own list still leaves out the platform's index, though not the directory.
    assert turned(weak, Who.READ) == {"Query directory": own}


@pytest.mark.parametrize("who", LEVELS)
def test_without_the_session_policy_a_level_has_all_that_the_role_has(
    changed: Verify, who: Who
) -> None:
    weak = changed(Change(session=lambda _policy: None))
    more: dict[str, set[str]] = {}
    for row in rows([who], SAMPLE):
        if allowed(Who.ROLE, row.request, row.situation) and not row.allowed:
            more.setdefault(row.request.name, set()).add(row.situation.name)
    assert more
    assert turned(weak, who) == more


def test_without_the_bookkeeping_prefix_reading_may_write(changed: Verify) -> None:
    weak = changed(Change(session=in_session(without_bookkeeping_prefix)))
    own = {"own key", "planted index key"}
    wanted = {"PutItem": own, "UpdateItem, ALL_OLD": {"own key"}}
    assert turned(weak, Who.READ) == wanted
    assert turned(weak, Who.READ_POLICY) == wanted


def test_without_key_patterns_each_policy_lets_every_tenant_in(changed: Verify) -> None:
    """The rows of other tenants' keys are denied for their keys, and for no other reason."""
    weak = changed(Change(tenant_role=without_key_patterns))
    assert turned(weak, Who.ROLE) == reachable(Who.ROLE, FOREIGN)
    weak = changed(Change(session=in_session(without_key_patterns)))
    assert turned(weak, Who.WRITE_POLICY) == reachable(Who.WRITE_POLICY, FOREIGN)
