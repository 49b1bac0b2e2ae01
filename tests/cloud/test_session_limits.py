"""The limits of AssumeRole."""

from typing import Any

import pytest

from local.cloud.semantics.sessions import AssumeRoleRequest, problem_of


@pytest.mark.parametrize(
    ("request_members", "refused"),
    [
        ({}, False),
        ({"duration": 900}, False),
        ({"duration": 899}, True),
        ({"duration": 3600}, False),
        ({"duration": 3601}, True),
        ({"duration": 3601, "longest": 7200}, False),
        ({"duration": 3601, "longest": 7200, "chained": True}, True),
        ({"duration": 3600, "longest": 7200, "chained": True}, False),
        ({"duration": 43_201, "longest": 50_000}, True),
        ({"session_name": "a"}, True),
        ({"session_name": "a" * 65}, True),
        ({"session_name": "acme:read"}, True),
        ({"session_name": "acme@read"}, False),
        ({"tags": {"TenantId": "acme"}}, False),
        ({"tags": {"TenantId": ""}}, False),
        ({"tags": {"": "acme"}}, True),
        ({"tags": {"TenantId": "größe 東京"}}, False),
        ({"tags": {"TenantId": "a*"}}, True),
        ({"tags": {"TenantId": "a?"}}, True),
        ({"tags": {"TenantId": "a#b"}}, True),
        ({"tags": {"TenantId": "${a}"}}, True),
        ({"tags": {"TenantId": "a\n"}}, True),
        ({"tags": {"TenantId": "a" * 257}}, True),
        ({"tags": {f"k{i}": "v" for i in range(51)}}, True),
    ],
)
def test_limits(request_members: dict[str, Any], refused: bool) -> None:
    members: dict[str, Any] = {"session_name": "acme", **request_members}
    found = problem_of(AssumeRoleRequest(**members))
    assert (found is not None) is refused
