"""What must hold for who may become a role, read from the trust policies themselves."""

import re
from copy import replace

from local.policies import Statement, meets
from tests.template.policies import allows, statements, trust
from tests.template.role_checks import ASSUMED_ROLES, EXECUTION_ROLES, KEY, role_stack
from tests.template.stack import ACCOUNT, Node, Stack


def roles_trust_only_who_needs_them(template: Node) -> list[str]:
    """Lambda for the functions' roles; the vending functions' roles for the assumed ones."""
    stack = role_stack(template)
    arns = {name: f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in EXECUTION_ROLES}
    wanted = {
        **dict.fromkeys(EXECUTION_ROLES, ({"lambda.amazonaws.com"}, {"sts:AssumeRole"})),
        "TenantRole": (
            {arns[f"{name}Role"] for name in ("Graphql", "Platform", "Stream", "Canary")},
            {"sts:AssumeRole", "sts:TagSession"},
        ),
        "PlatformDataRole": ({arns["PlatformRole"]}, {"sts:AssumeRole", "sts:TagSession"}),
    }
    found: list[str] = []
    for role, (principals, actions) in wanted.items():
        given = trust(stack, role)
        if {name for one in given for name in one.principals} != principals:
            found.append(f"{role} trusts {[one.principals for one in given]}")
        if any({*one.actions} != actions for one in given):
            found.append(f"{role} is trusted for {[one.actions for one in given]}")
    return found


def operators_act_for_one_tenant_at_a_time(template: Node) -> list[str]:
    """The tenant role trusts a named role of this account, as it trusts the functions.

    Nobody else's trust changes, and no right of a role.
    """
    name = "ops/on-call"
    plain, operated = role_stack(template), Stack.of(template, KmsKeyArn=KEY, OperatorRole=name)
    found: list[str] = []
    before, after = (trust(stack, "TenantRole") for stack in (plain, operated))
    more = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    first, *others = before
    if after != [replace(first, principals=(*first.principals, more)), *others]:
        found.append(f"TenantRole trusts {after}")
    for role in plain.of_type("AWS::IAM::Role"):
        if role != "TenantRole" and trust(plain, role) != trust(operated, role):
            found.append(f"{role} trusts operators")
        if [*statements(plain, role)] != [*statements(operated, role)]:
            found.append(f"{role} may do more for operators")
    pattern: str = template["Parameters"]["OperatorRole"]["AllowedPattern"]
    good = ("", "operators", name, "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0a")
    bad = ("*", "ops-*", "op?", "/ops", "ops/", "a//b", "ops,other", "ops ", "${aws:username}")
    bad += ("arn:aws:iam::999999999999:role/ops", "root:ops", "a\nb")
    found += [f"{each!r} is refused" for each in good if not re.search(pattern, each)]
    return found + [f"{each!r} is accepted" for each in bad if re.search(pattern, each)]


def who_is_trusted_may_assume(template: Node) -> list[str]:
    """A trust policy and the right to use it go together: neither stands alone."""
    stack = role_stack(template)
    found: list[str] = []
    for role in ASSUMED_ROLES:
        name = stack.properties(role)["RoleName"]
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        trusted = {part for one in trust(stack, role) for part in one.principals}
        found += [
            f"{caller} {'may not' if wanted else 'may'} {action} {role}"
            for caller in EXECUTION_ROLES
            for wanted in [f"arn:aws:iam::{ACCOUNT}:role/{caller}" in trusted]
            for action in ("sts:AssumeRole", "sts:TagSession")
            if allows(stack, caller, action, arn) != wanted
        ]
    return found


def sessions_need_a_tenant_of_the_right_form(template: Node) -> list[str]:
    """The trust policies accept tenant ids and refuse what would widen a key pattern.

    Without a tag there is no session of the tenant role, and one that reads of the platform's.
    """
    good = ["abc", "acme", "acme-eu", "0-0", "a" * 32]
    bad = ["", "ab", "a" * 33, "-acme", "acme-"]
    bad += [f"ac{sign}me" for sign in "#*?$ +./:=@_"]
    stack = role_stack(template)
    found: list[str] = []
    for role in ASSUMED_ROLES:
        statement, *others = trust(stack, role)
        # The tenant role has another one for the canary: canary_checks.
        found += [f"{role}: {len(others)} more"] if len(others) != (role == "TenantRole") else []
        found += [f"{role} refuses {name}" for name in good if not trusts(statement, name)]
        found += [f"{role} accepts {name!r}" for name in bad if trusts(statement, name)]
        if trusts(statement) != (role == "PlatformDataRole"):
            found.append(f"{role} without a tag")
        if trusts(statement, "acme", Other="1") or trusts(statement, Other="1"):
            found.append(f"{role} accepts another tag")
    return found


def trusts(statement: Statement, tenant: str | None = None, **others: str) -> bool:
    """Whether a trust policy's statement accepts a session with these tags."""
    tags = others if tenant is None else {"TenantId": tenant, **others}
    context = {f"aws:RequestTag/{name}": [value] for name, value in tags.items()}
    return meets(statement.conditions, {**context, **({"aws:TagKeys": list(tags)} if tags else {})})
