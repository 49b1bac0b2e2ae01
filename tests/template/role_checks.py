"""What must hold for the roles: the rules of isolation, read from the policies themselves."""

import json
from collections.abc import Iterator
from typing import Final

from local.policies import Context, Statement, like
from tenantql.table.entity import TENANT_INDEXES
from tenantql.tenancy.policy import Level, session_policy
from tests.template.policies import (
    allows,
    permits,
    statements,
    trust,
)
from tests.template.stack import ACCOUNT, REGION, Node, Stack

KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
DYNAMODB: Final = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
DATA: Final = f"{DYNAMODB}/shop-data-basic-01"
CONTROL: Final = f"{DYNAMODB}/shop-control"
EXECUTION_ROLES: Final = {
    "GraphqlRole": "graphql",
    "PlatformRole": "platform",
    "AuthorizerRole": "authorizer",
    "StreamRole": "stream",
    "CanaryRole": "canary",
}
ASSUMED_ROLES: Final = ("TenantRole", "PlatformDataRole")

_ITEM_ACTIONS: Final = tuple(
    f"dynamodb:{name}"
    for name in (
        *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem"),
        *("PutItem", "Query", "Scan", "UpdateItem", "ExportTableToPointInTime"),
        *("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
    )
)
_WITHOUT_LEADING_KEYS: Final = tuple(
    action for action in _ITEM_ACTIONS if "PartiQL" in action or action.endswith(("Scan", "Time"))
)
_READS: Final = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
_INDEXES: Final = (*TENANT_INDEXES, "directory", "platform")


def role_stack(template: Node) -> Stack:
    """The template with a customer key, so that the statements about it are there."""
    return Stack.of(template, KmsKeyArn=KEY)


def _table_arns() -> Iterator[str]:
    for table in (DATA, f"{DYNAMODB}/shop-data-silo-17"):
        yield table
        yield from (f"{table}/index/{index}" for index in _INDEXES)


def execution_roles_have_no_data(template: Node) -> list[str]:
    """No function's own role may touch an item of a data table, or one of its indexes."""
    stack = role_stack(template)
    return [
        f"{role} may {action} on {arn}"
        for role in EXECUTION_ROLES
        for action in _ITEM_ACTIONS
        for arn in _table_arns()
        if allows(stack, role, action, arn)
    ]


def no_wildcards(template: Node) -> list[str]:
    """No wildcard action or index; `*` as a resource for X-Ray alone; nothing inverted."""
    stack = role_stack(template)
    found: list[str] = []
    for role in stack.of_type("AWS::IAM::Role"):
        for statement in [*statements(stack, role), *trust(stack, role)]:
            found += [f"{role}: action {name}" for name in statement.actions if "*" in name]
            found += [
                f"{role}: resource {name}"
                for name in statement.resources
                if _open(name, statement) or any(sign in _index(name) for sign in "*?")
            ]
            found += [f"{role}: anybody" for name in statement.principals if "*" in name]
            found += [f"{role}: an inverted element"] if statement.inverted else []
        properties = stack.properties(role)
        found += [f"{role}: attached" for name in ("ManagedPolicyArns",) if name in properties]
    return found


def _open(resource: str, statement: Statement) -> bool:
    xray = all(action.startswith("xray:") for action in statement.actions)
    return resource == "*" and not xray


def _index(resource: str) -> str:
    return resource.partition("/index/")[2]


def tenant_statements_are_bound(template: Node) -> list[str]:
    """Each statement on items binds the leading keys to the session's tag, and needs one."""
    bound = {
        "ForAllValues:StringLike": {
            "dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/TenantId}#*"
        },
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    found = list(statements(role_stack(template), "TenantRole"))
    items = [one for one in found if any(name.startswith("dynamodb:") for name in one.actions)]
    violations = [f"{', '.join(one.actions)}" for one in items if one.conditions != bound]
    return violations if items else ["no statement at all"]


def images_are_put_under_the_tenants_prefix(template: Node) -> list[str]:
    """A tenant's session puts objects under the prefix of its tag, and does nothing else there.

    Nobody else has to do with them; and the role covers what the code asks for in a session policy.
    """
    stack = role_stack(template)
    bucket = "arn:aws:s3:::ImagesBucket"
    own = _request(None, "acme")
    objects = {f"{bucket}/{key}": key == "acme/1.png" for key in _IMAGE_KEYS}
    found = [
        f"{'refuses' if wanted else 'allows'} {arn}"
        for arn, wanted in objects.items()
        if permits(stack, "TenantRole", "s3:PutObject", arn, own) != wanted
    ]
    found += [
        f"{role} may {action}"
        for role in (*EXECUTION_ROLES, *ASSUMED_ROLES)
        for action in ("s3:GetObject", "s3:ListBucket", "s3:DeleteObject", "s3:PutObject")
        for arn in (bucket, *objects)
        if (role, action) != ("TenantRole", "s3:PutObject")
        if permits(stack, role, action, arn, own)
    ]
    if permits(stack, "TenantRole", "s3:PutObject", f"{bucket}/acme/1.png", _request(None)):
        found.append("a session without a tenant puts objects")
    for level in Level:
        policy = json.loads(session_policy("acme", DATA, level, bucket_arn=bucket))
        named = [one for one in policy["Statement"] if one["Action"] == "s3:PutObject"]
        wanted = [f"{bucket}/acme/*"] if level is Level.WRITE else []
        if [one["Resource"] for one in named] != wanted:
            found.append(f"{level}: {named}")
    return found


_IMAGE_KEYS: Final = ("acme/1.png", "acme-eu/1.png", "acme", "1.png", "other/acme/1.png")


def tenant_role_names_its_indexes(template: Node) -> list[str]:
    """Query on the tenant-led indexes, nothing on the platform's, and no read without a key."""
    stack = role_stack(template)
    found = [
        f"may not Query {index}"
        for index in (*TENANT_INDEXES, "directory")
        if not allows(stack, "TenantRole", "dynamodb:Query", f"{DATA}/index/{index}")
    ]
    found += [
        f"may {action} on the platform index"
        for action in _ITEM_ACTIONS
        if allows(stack, "TenantRole", action, f"{DATA}/index/platform")
    ]
    return found + [
        f"may {action}"
        for action in _WITHOUT_LEADING_KEYS
        for arn in _table_arns()
        if allows(stack, "TenantRole", action, arn)
    ]


def tenant_role_covers_session_policies(template: Node) -> list[str]:
    """Whatever the code asks for in a session policy, the role can give; and tables only."""
    stack = role_stack(template)
    missing = [
        f"{level}: {action} on {resource}"
        for level in Level
        for body in json.loads(session_policy("acme", DATA, level, KEY))["Statement"]
        for statement in [Statement.of(body)]
        for action in statement.actions
        for resource in statement.resources
        # The code names all indexes in one statement with its table: Query alone reaches them.
        if action.endswith(":Query") or "/index/" not in resource
        if not allows(stack, "TenantRole", action, resource)
    ]
    other = f"{DYNAMODB}/other-data-basic-01"
    return missing + [
        f"{action} on {table}"
        for action in _ITEM_ACTIONS
        for table in (CONTROL, other)
        if allows(stack, "TenantRole", action, table)
    ]


def control_table_is_read_by_key(template: Node) -> list[str]:
    """Endpoint and authorizer may GetItem on the control table, the stream function also Put.

    The canary has no business there.
    """
    stack = role_stack(template)
    reads = {"dynamodb:GetItem"}
    wanted = {"GraphqlRole": reads, "AuthorizerRole": reads}
    wanted["StreamRole"] = reads | {"dynamodb:PutItem"}
    wanted["CanaryRole"] = set()
    found: list[str] = []
    for role, actions in wanted.items():
        given = {name for name in _ITEM_ACTIONS if allows(stack, role, name, CONTROL)}
        if given != actions:
            found.append(f"{role}: {sorted(given)}")
    return found


def stream_function_writes_revocations_alone(template: Node) -> list[str]:
    """Of the control table it puts copies of revocations, and no other record."""
    stack = role_stack(template)
    cases: tuple[tuple[list[str] | None, bool], ...] = (
        (["REVOKED#acme#1"], True),
        (["TENANT#acme"], False),
        (["TIER#basic"], False),
        (["REVOKED#acme#1", "TENANT#acme"], False),
        (None, False),
    )
    return [
        f"{'refuses' if wanted else 'allows'} {keys}"
        for keys, wanted in cases
        if permits(stack, "StreamRole", "dynamodb:PutItem", CONTROL, _request(keys)) != wanted
    ]


def platform_data_is_read_across_tenants(template: Node) -> list[str]:
    """The platform's data role reads the table, and queries two indexes: platform, directory."""
    wanted = {(action, DATA) for action in _READS} | {
        ("dynamodb:Query", f"{DATA}/index/{index}") for index in ("directory", "platform")
    }
    given = _platform_session(role_stack(template), _request(["TENANT#acme#USER#1"]))
    return [f"{action} on {arn}" for action, arn in sorted(given ^ wanted)]


def platform_writes_for_its_tenant_alone(template: Node) -> list[str]:
    """A session with a tag puts that tenant's items and records; one without writes nothing."""
    put, update = "dynamodb:PutItem", "dynamodb:UpdateItem"
    own = {(put, DATA)}
    records = {(put, CONTROL), (update, CONTROL)}
    nothing: set[tuple[str, str]] = set()
    cases: tuple[tuple[list[str] | None, str | None, set[tuple[str, str]]], ...] = (
        (["TENANT#acme#USER#1"], "acme", own),
        (["TENANT#acme-eu#USER#1"], "acme", nothing),
        (["TENANT#acme#USER#1", "TENANT#other#USER#1"], "acme", nothing),
        (["TENANT#acme"], "acme", records),
        (["TABLE#shop-data-basic-01"], "acme", records),
        (["TIER#basic"], "acme", records),
        (["TENANT#acme-eu"], "acme", nothing),
        (["REVOKED#acme#1"], "acme", nothing),
        (None, "acme", nothing),
        (["TENANT#acme#USER#1"], None, nothing),
        (["TENANT##USER#1"], None, nothing),
        (["TENANT#acme"], None, nothing),
        (["TABLE#shop-data-basic-01"], None, nothing),
        (["TIER#basic"], None, nothing),
        (None, None, nothing),
    )
    stack = role_stack(template)
    found: list[str] = []
    for keys, tenant, wanted in cases:
        session = _platform_session(stack, _request(keys, tenant))
        given = {(action, arn) for action, arn in session if action not in _READS}
        if given != wanted:
            found.append(f"{tenant} with {keys}: {sorted(given)}")
    return found


def _platform_session(stack: Stack, context: Context) -> set[tuple[str, str]]:
    """What a session of the platform's data role may do, as pairs of action and ARN."""
    return {
        (action, arn)
        for action in _ITEM_ACTIONS
        for arn in (DATA, CONTROL, *(f"{DATA}/index/{index}" for index in _INDEXES))
        if permits(stack, "PlatformDataRole", action, arn, context)
    }


def _request(keys: list[str] | None, tenant: str | None = None) -> Context:
    """A request for these partition keys, by a session with that tenant's tag."""
    context = {} if keys is None else {"dynamodb:LeadingKeys": keys}
    return context if tenant is None else {**context, "aws:PrincipalTag/TenantId": [tenant]}


def logs_are_named(template: Node) -> list[str]:
    """A function's role writes to the log group of that function and to no other."""
    stack = role_stack(template)
    found: list[str] = []
    for role, name in EXECUTION_ROLES.items():
        for other in EXECUTION_ROLES.values():
            stream = (
                f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/tenantql/shop/{other}:log-stream:1"
            )
            if allows(stack, role, "logs:PutLogEvents", stream) != (other == name):
                found.append(f"{role}: {other}")
    return found


def keys_are_used_through_dynamodb(template: Node) -> list[str]:
    """With a customer key, every role that reads a table may decrypt, through DynamoDB only.

    The canary's own role reads none.
    """
    stack = role_stack(template)
    via = {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}}
    found: list[str] = []
    for role in (*EXECUTION_ROLES, *ASSUMED_ROLES):
        given = [one for one in statements(stack, role) if one.names("kms:Decrypt", KEY)]
        found += [] if bool(given) == (role != "CanaryRole") else [f"{role} decrypts: {given}"]
        found += [f"{role}: {one.conditions}" for one in given if one.conditions != via]
    plain = Stack.of(template)
    return found + [
        f"{role} names a key without one"
        for role in plain.of_type("AWS::IAM::Role")
        for statement in statements(plain, role)
        if any(like("kms:*", action) for action in statement.actions)
    ]
