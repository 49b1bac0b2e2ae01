"""The limits of AssumeRole: durations, role chaining, session names, characters of tags.

ministack checks none of them, so a chained session of four hours, or a tenant id with a
wildcard in its tag, would work here and fail on AWS.

Remaining differences: the packed size of policies and tags is not known here (AWS refuses some
requests that are within 2,048 characters). An AssumeRole within an account needs both the trust
policy and an identity policy here; on AWS a trust policy that names the caller itself is enough.
Transitive tags and source identities are not passed on.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

from typing import Any
from urllib.parse import parse_qs

from local.cloud.mends import shape
from local.cloud.semantics.sessions import AssumeRoleRequest, problem_of


def apply() -> None:
    """Check each AssumeRole before it is answered."""
    sts = shape.module("services.sts")
    handle = shape.function(
        sts, "handle_request", "method", "path", "headers", "body", "query_params"
    )
    shape.function(sts, "_session_tags", "params", "check")

    async def handle_within_limits(
        method: str, path: str, headers: Any, body: bytes, query_params: Any
    ) -> Any:
        form = parse_qs(body.decode("utf-8", "replace")) if body else {}
        params = {**query_params, **form}
        if sts._p(params, "Action") == "AssumeRole":
            problem = problem_of(_request(params, headers, query_params))
            if problem:
                return sts._error(400, "ValidationError", sts.escape(problem), ns="sts")
        return await handle(method, path, headers, body, query_params)

    sts.handle_request = handle_within_limits


def _request(params: Any, headers: Any, query_params: Any) -> AssumeRoleRequest:
    iam, sts = shape.module("services.iam"), shape.module("services.sts")
    duration = sts._p(params, "DurationSeconds")
    arn = sts._p(params, "RoleArn")
    role: dict[str, Any] = iam._roles.get(arn.rsplit("/", 1)[-1]) or {}
    session: dict[str, Any] = (
        sts._sessions.get(sts.extract_access_key_id(headers, query_params)) or {}
    )
    tags, _ = sts._session_tags(params, check=False)
    return AssumeRoleRequest(
        session_name=sts._p(params, "RoleSessionName"),
        duration=int(duration) if duration else None,
        longest=int(role.get("MaxSessionDuration") or 3600),
        chained=session.get("PrincipalType") == "AssumedRole",
        tags={tag["Key"]: tag["Value"] for tag in tags},
    )
