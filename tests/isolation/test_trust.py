"""Who may become whom: trust policies, tags of sessions, and chains of sessions."""

from collections.abc import Callable

import pytest

from local.isolation import evaluator
from local.isolation.deployment import FUNCTIONS, PLATFORM_DATA, TENANT
from local.isolation.evaluator import Inquiry, session_arn
from local.isolation.sessions import Change
from local.isolation.situations import Tenants
from local.isolation.trust import PLATFORM_SESSION, VENDOR, TrustRow, trust_rows
from local.isolation.verification import Verification
from tests.isolation.policies import without_condition

type Verify = Callable[[Change], Verification]

ROWS = list(trust_rows(Tenants()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_trust(deployed: Verification, row: TrustRow) -> None:
    verdict = deployed.trust.verdict(row)
    assert not verdict.problem, verdict


def test_copies_of_the_roles_ask_for_the_same_tags(copied: Verification) -> None:
    possible = [row for row in ROWS if copied.trust.can_send(row)]
    assert {row.caller for row in possible} == {VENDOR}
    assert [str(v) for v in map(copied.trust.verdict, possible) if v.problem] == []


def test_the_second_evaluator_says_the_same(deployed: Verification) -> None:
    # Before any policy is asked, STS refuses a line break, of which the trust policy says nothing.
    asked = [row for row in ROWS if not any("\n" in value for _, value in row.tags)]
    answers = iter(evaluator.ask(q for row in asked for q in _inquiries(deployed, row)))
    for row in asked:
        found = [next(answers) for _ in _inquiries(deployed, row)]
        assert all(found) == row.allowed, row.name


def _inquiries(deployed: Verification, row: TrustRow) -> list[Inquiry]:
    roles = deployed.deployment.roles
    by_session = PLATFORM_DATA if row.caller == PLATFORM_SESSION else TENANT
    caller = {VENDOR: "GraphqlRole", **{name: name for name in FUNCTIONS}}.get(
        row.caller, by_session
    )
    context: dict[str, str | list[str]] = {
        f"aws:RequestTag/{key}": value for key, value in row.tags
    }
    if row.tags:
        context["aws:TagKeys"] = [key for key, _ in row.tags]
    return [
        Inquiry(
            principal=session_arn(roles[caller]),
            action=action,
            resource=roles[row.role].arn,
            context=context,
            identity=roles[caller].policies,
            trust=roles[row.role].trust,
        )
        for action in ("sts:AssumeRole", *(["sts:TagSession"] if row.tags else []))
    ]


@pytest.mark.parametrize(
    ("operator", "key", "opened"),
    [
        ("StringNotLike", "aws:RequestTag/TenantId", {"-acme", "acme-", "ac me", "ac/me", "ac_me"}),
        ("StringLike", "aws:RequestTag/TenantId", {"ab"}),
        ("ForAllValues:StringEquals", "aws:TagKeys", {"admin"}),
    ],
)
def test_without_a_condition_on_tags_bad_ones_pass(
    changed: Verify, operator: str, key: str, opened: set[str]
) -> None:
    weak = changed(Change(tenant_trust=without_condition(operator, key)))
    passed = {
        value
        for row in ROWS
        if weak.trust.can_send(row) and weak.trust.verdict(row).problem
        for name, value in row.tags
        if name != "TenantId" or len(row.tags) == 1
    }
    assert opened <= passed
