"""What the roles of the template's stack may do, and whom they trust."""

from collections.abc import Iterator

from local.policies import Context, Statement, meets
from tests.template.stack import Stack


def statements(stack: Stack, role: str) -> Iterator[Statement]:
    """All statements of the policies in a role; none may be attached from elsewhere."""
    for policy in stack.properties(role).get("Policies", []):
        for body in policy["PolicyDocument"]["Statement"]:
            yield Statement.of(body)


def trust(stack: Stack, role: str) -> list[Statement]:
    """The statements of a role's trust policy."""
    document = stack.properties(role).get("AssumeRolePolicyDocument", {})
    return [Statement.of(body) for body in document.get("Statement", [])]


def allows(stack: Stack, role: str, action: str, resource: str) -> bool:
    """Whether some statement of `role` allows it under some condition."""
    return any(
        found.effect == "Allow" and found.names(action, resource)
        for found in statements(stack, role)
    )


def permits(stack: Stack, role: str, action: str, resource: str, context: Context) -> bool:
    """Whether some statement of `role` allows it in a request with these context keys."""
    return any(
        found.effect == "Allow"
        and found.naming(context).names(action, resource)
        and meets(found.conditions, context)
        for found in statements(stack, role)
    )
