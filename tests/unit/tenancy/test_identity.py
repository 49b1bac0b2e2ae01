"""Identities: which claims make one; all others make none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.tenancy.errors import Unauthenticated
from tenantql.tenancy.identity import CANARIES, Identity, Role
from tests.unit.strategies import tenant_ids

TENANT_ROLES = [role for role in Role if role is not Role.PLATFORM]


def event(context: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"lambda": context}}}


@pytest.mark.parametrize("role", TENANT_ROLES)
def test_a_member_of_a_tenant(role: Role) -> None:
    assert Identity.of("acme", "ada", [str(role)]) == Identity("acme", "ada", frozenset({role}))


def test_an_operator_of_the_platform_has_no_tenant() -> None:
    found = Identity.of(None, "olga", ["platform"])
    assert found == Identity(None, "olga", frozenset({Role.PLATFORM}))


def test_an_operator_is_nothing_else() -> None:
    assert Identity.of(None, "olga", ["platform", "admin"]).roles == {Role.PLATFORM}


def test_unknown_roles_grant_nothing() -> None:
    claimed: list[object] = ["owner", "ADMIN", "staff ", "", 7, None, ["admin"], {"admin": 1}]
    found = Identity.of("acme", "ada", claimed)
    assert found.roles == frozenset()


NO_TENANTS = [
    "",
    "ACME",
    "ac",
    "acme*",
    "acme#",
    "a?me",
    "acme\n",
    7,
    True,
    ["acme"],
    {"a": "b"},
    *CANARIES,
]


@pytest.mark.parametrize("tenant", [None, *NO_TENANTS])
def test_without_a_tenant_a_member_is_nobody(tenant: object) -> None:
    with pytest.raises(Unauthenticated):
        Identity.of(tenant, "ada", ["admin"])


@pytest.mark.parametrize("tenant", ["acme", *NO_TENANTS])
def test_a_tenant_and_the_platform_role_exclude_each_other(tenant: object) -> None:
    with pytest.raises(Unauthenticated):
        Identity.of(tenant, "olga", ["platform"])
    with pytest.raises(Unauthenticated):
        Identity.of(tenant, "olga", ["admin", "platform"])


@pytest.mark.parametrize("subject", [None, "", 7, ["ada"], b"ada", "a" * 129])
@pytest.mark.parametrize(("tenant", "roles"), [("acme", ["admin"]), (None, ["platform"])])
def test_without_a_subject_there_is_nobody(
    tenant: str | None, roles: list[str], subject: object
) -> None:
    with pytest.raises(Unauthenticated):
        Identity.of(tenant, subject, roles)


@pytest.mark.parametrize("roles", [None, "admin", {"admin"}, ("admin",), {"admin": 1}, 7])
def test_roles_are_a_list(roles: object) -> None:
    with pytest.raises(Unauthenticated):
        Identity.of("acme", "ada", roles)


@given(tenant_ids, st.text(min_size=1), st.sets(st.sampled_from(TENANT_ROLES)))
def test_the_gateway_hands_over_what_the_authorizer_found(
    tenant: str, subject: str, roles: set[Role]
) -> None:
    found = Identity(tenant, subject, frozenset(roles), "t-1")
    assert Identity.from_event(event(found.to_context())) == found


def test_the_gateway_hands_over_an_operator() -> None:
    found = Identity(None, "olga", frozenset({Role.PLATFORM}))
    assert Identity.from_event(event(found.to_context())) == found
    assert set(map(type, found.to_context().values())) == {str}, "API Gateway's contexts are text"


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"authorizer": {}}},
        {"requestContext": {"authorizer": {"jwt": {"claims": {"custom:tenant": "acme"}}}}},
        {"requestContext": {"authorizer": {"lambda": None}}},
        event([]),
        event({}),
        event({"tenant": "acme", "subject": "ada"}),
        event({"tenant": "acme", "roles": "admin"}),
        event({"tenant": "acme", "subject": "ada", "roles": ["admin"]}),
        event({"subject": "ada", "roles": "admin"}),
        event({"tenant": "", "subject": "ada", "roles": "admin"}),
        event({"tenant": "acme", "subject": "olga", "roles": "platform"}),
        event({"tenant": "acme", "subject": "", "roles": "admin"}),
    ],
)
def test_an_event_without_a_verified_identity_is_nobodys(found: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_event(found)


def test_claims_outside_of_the_authorizers_context_count_for_nothing() -> None:
    forged = {"tenant": "globex", "roles": "admin", "headers": {"tenant": "globex"}}
    found = event({"tenant": "acme", "subject": "ada", "roles": "customer"}) | forged
    assert Identity.from_event(found) == Identity("acme", "ada", frozenset({Role.CUSTOMER}))
