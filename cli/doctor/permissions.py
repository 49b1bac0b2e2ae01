"""Permissions: the roles as deployed, whom they trust, and what bounds a tenant's session."""

from collections.abc import Iterator
from typing import Final

from cli.doctor.comparing import parsed, policy, short
from cli.doctor.deployed import FUNCTION, ROLE, Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node
from local.policies import Statement
from tenantql.table.entity import PLATFORM_INDEX
from tenantql.table.keys import is_tenant_id

GROUP: Final = "permissions"
ASSUMED: Final = ("TenantRole", "PlatformDataRole")
"""Roles that the functions assume."""

BOUND: Final = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}#*"]},
    "Null": {"dynamodb:LeadingKeys": ["false"]},
}
KEYLESS: Final = ("Scan", "PartiQL", "ExportTable")
"""Parts of the names of actions whose requests name no key."""

REDEPLOY: Final = "Deploy the stack again; it puts roles back as the template says."


def inline_policies(stack: Deployed, role: str) -> dict[str, Node]:
    """The policies in a role, by name, as IAM has them."""
    name = stack.physical(role)
    names = stack.pages("iam", "list_role_policies", "PolicyNames", RoleName=name)
    return {
        each: parsed(
            stack.read("iam", "get_role_policy", RoleName=name, PolicyName=each)["PolicyDocument"]
        )
        for each in names
    }


def statements(stack: Deployed, role: str) -> Iterator[Statement]:
    """All statements of the policies in a role."""
    for document in inline_policies(stack, role).values():
        for body in document["Statement"]:
            yield Statement.of(body)


def _trust(stack: Deployed, role: str) -> Node:
    found = stack.read("iam", "get_role", RoleName=stack.physical(role))["Role"]
    return parsed(found["AssumeRolePolicyDocument"])


def _policies(stack: Deployed) -> Iterator[Found]:
    for role, properties in stack.of_type(ROLE).items():
        said: list[Node] = properties.get("Policies", [])
        wanted = {each["PolicyName"]: each["PolicyDocument"] for each in said}
        given = inline_policies(stack, role)
        for name in sorted(wanted.keys() | given.keys()):
            if name not in wanted:
                yield Found(role, f"has a policy that no template gave it: {name}")
            elif name not in given:
                yield Found(role, f"has lost its policy {name}")
            else:
                yield from _changed(role, policy(wanted[name]), policy(given[name]))
        attached = stack.pages(
            *("iam", "list_attached_role_policies", "AttachedPolicies"),
            RoleName=stack.physical(role),
        )
        for each in attached:
            if each["PolicyArn"] not in properties.get("ManagedPolicyArns", []):
                yield Found(role, f"has {each['PolicyArn']} attached, which no template did")


def _changed(role: str, wanted: list[Node], given: list[Node]) -> Iterator[Found]:
    """The statements that only one of two policies has."""
    for each in given:
        if each not in wanted:
            yield Found(role, f"has a statement that the template has not: {short(each)}")
    for each in wanted:
        if each not in given:
            yield Found(role, f"lacks a statement of the template: {short(each)}")


def _trusts(stack: Deployed) -> Iterator[Found]:
    for role, properties in stack.of_type(ROLE).items():
        wanted, given = policy(properties["AssumeRolePolicyDocument"]), policy(_trust(stack, role))
        yield from _changed(role, wanted, given)


def _principals(stack: Deployed) -> Iterator[Found]:
    operators = stack.parameters.get("OperatorRole", "")
    allowed = {
        *(stack.physical(role) for role in stack.of_type(ROLE)),
        *({operators.rsplit("/", 1)[-1]} if operators else ()),
    }
    own = f"arn:{stack.partition}:iam::{stack.account}:role/"
    for role in ASSUMED:
        for body in _trust(stack, role)["Statement"]:
            for principal in Statement.of(body).principals:
                if principal.startswith(own) and principal.rsplit("/", 1)[-1] in allowed:
                    continue
                gone = " (a role that was deleted)" if principal.startswith("ARO") else ""
                yield Found(role, f"may be assumed by {principal}{gone}")


def _tags(stack: Deployed) -> Iterator[Found]:
    for role in ASSUMED:
        for body in _trust(stack, role)["Statement"]:
            conditions = policy({"Statement": body})[0].get("Condition", {})
            if conditions.get("ForAllValues:StringEquals", {}).get("aws:TagKeys") != ["TenantId"]:
                yield Found(role, "may be assumed with other tags than TenantId")
            named = conditions.get("StringEquals", {}).get("aws:RequestTag/TenantId", [])
            if named and all(map(is_tenant_id, named)):
                continue  # One of a list: neither a pattern nor nothing.
            refused = conditions.get("StringNotLike", {}).get("aws:RequestTag/TenantId", [])
            if not {"*#*", "*${*}*", "*${?}*"} <= set(refused):
                yield Found(role, "may be assumed for a tenant id that is a pattern")
            required = conditions.get("Null", {}).get("aws:RequestTag/TenantId") == ["false"]
            if role == "TenantRole" and not required:
                yield Found(role, "may be assumed without a tenant")


def _leading_keys(stack: Deployed) -> Iterator[Found]:
    for found in statements(stack, "TenantRole"):
        if not any(name.startswith("dynamodb:") for name in found.actions):
            continue
        conditions = policy({"Statement": {"Condition": found.conditions}})[0]["Condition"]
        if found.effect == "Allow" and conditions != BOUND:
            what = ", ".join(found.actions)
            yield Found("TenantRole", f"{what} with the condition {short(found.conditions)}")


def _keyless(stack: Deployed) -> Iterator[Found]:
    for found in statements(stack, "TenantRole"):
        for action in found.actions:
            if any(part in action for part in KEYLESS):
                yield Found("TenantRole", f"may {action}, which names no key")
        for resource in found.resources:
            index = resource.partition("/index/")[2]
            if index == PLATFORM_INDEX or set("*?") & set(index):
                yield Found("TenantRole", f"reaches {resource}")


def _wildcards(stack: Deployed) -> Iterator[Found]:
    for role in stack.of_type(ROLE):
        for found in statements(stack, role):
            xray = all(name.startswith("xray:") for name in found.actions)
            if found.inverted:
                yield Found(role, "has a statement that says what is not meant (NotAction and kin)")
            for name in found.actions:
                if "*" in name:
                    yield Found(role, f"may {name}")
            if "*" in found.resources and not xray:
                yield Found(role, f"may {', '.join(found.actions)} on everything")


def _no_data(stack: Deployed) -> Iterator[Found]:
    own = {str(each["Role"]).rpartition("/")[2] for each in stack.of_type(FUNCTION).values()}
    for role in stack.of_type(ROLE):
        if stack.physical(role) not in own:
            continue
        for table in stack.data_tables:
            arn = f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table/{table}"
            for found in statements(stack, role):
                items = [name for name in found.actions if name.startswith(("dynamodb:", "*"))]
                actions = [name for name in items if found.names(name, arn)]
                if found.effect == "Allow" and actions:
                    yield Found(role, f"may {', '.join(actions)} on {table} by itself")


def _boundaries(stack: Deployed) -> Iterator[Found]:
    for table in sorted({*stack.data_tables, *stack.tables}):
        arn = stack.table(table)["TableArn"]
        try:
            found = stack.read("dynamodb", "get_resource_policy", ResourceArn=arn)
        except Exception as error:
            if getattr(error, "response", {}).get("Error", {}).get("Code") in {
                "PolicyNotFoundException",
                "ResourceNotFoundException",
            }:
                continue
            raise
        yield Found(table, f"has a policy of its own: {short(found['Policy'])}")


CHECKS: Final = (
    Check(
        "role-policies",
        GROUP,
        "The policies of each role are the template's",
        "A right that somebody added by hand is a way around the isolation, and nobody reviews it.",
        REDEPLOY + " Remove by hand what the template has never known.",
        Severity.CRITICAL,
        _policies,
    ),
    Check(
        "role-trust",
        GROUP,
        "The trust policies are the template's",
        "Who may become a role has everything that the role has.",
        REDEPLOY,
        Severity.CRITICAL,
        _trusts,
    ),
    Check(
        "tenant-role-principals",
        GROUP,
        "The stack's functions and OperatorRole alone become the roles with data",
        "Anybody else who becomes the tenant role reads the tenant that they name.",
        "Take the principal out of the trust policy; look for its sessions in CloudTrail.",
        Severity.CRITICAL,
        _principals,
    ),
    Check(
        "session-tags",
        GROUP,
        "A session carries one tag, a tenant id of the right form",
        "Without the tag, or with a pattern in it, the policy's key pattern matches other tenants.",
        REDEPLOY,
        Severity.CRITICAL,
        _tags,
    ),
    Check(
        "leading-keys",
        GROUP,
        "Each right to items is bound to the keys of the session's tenant",
        "This condition is the isolation: ForAllValues on LeadingKeys, and Null beside it.",
        REDEPLOY,
        Severity.CRITICAL,
        _leading_keys,
    ),
    Check(
        "keyless-reads",
        GROUP,
        "The tenant role can ask for nothing without a key, nor for the platform's index",
        "A Scan, a PartiQL statement or the platform's index answers across tenants.",
        REDEPLOY,
        Severity.CRITICAL,
        _keyless,
    ),
    Check(
        "wildcards",
        GROUP,
        "No role has a wildcard for an action, or for a resource other than X-Ray's",
        "A wildcard grants what AWS adds tomorrow.",
        "Name actions and resources, in the template.",
        Severity.CRITICAL,
        _wildcards,
    ),
    Check(
        "functions-have-no-data",
        GROUP,
        "No function's own role may touch an item of a tenant table",
        "A defect in a resolver would otherwise read every tenant's items.",
        REDEPLOY,
        Severity.CRITICAL,
        _no_data,
    ),
    Check(
        "table-policies",
        GROUP,
        "No table has a policy of its own",
        "A resource-based policy lets others in without any of the stack's roles.",
        "aws dynamodb delete-resource-policy --resource-arn ARN",
        Severity.CRITICAL,
        _boundaries,
    ),
)
