"""Tables, roles and sessions for tests of IAM in the local cloud."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from local.cloud import LocalCloud

_NUMBERS = itertools.count(1)

TENANT = "acme"
OWN = "TENANT#acme#USER#1"
LOOK_ALIKE = "TENANT#acme-eu#USER#1"

OWN_KEYS = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/TenantId}#*"},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
ITEM_ACTIONS = [
    f"dynamodb:{name}"
    for name in (
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "ConditionCheckItem"),
        *("BatchGetItem", "BatchWriteItem"),
    )
]


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{next(_NUMBERS)}"


def connect(cloud: LocalCloud, service: str, **credentials: str) -> Any:
    """A client of `service` whose answers a test reads without asking for what may be missing."""
    return cloud.client(service, **credentials)


def create_table(cloud: LocalCloud) -> str:
    """A table with keys PK and SK, the index GSI1, and a local index on SK2; its name."""
    name = unique("table")
    keys = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
    gsi = [
        {"AttributeName": "GSI1PK", "KeyType": "HASH"},
        {"AttributeName": "GSI1SK", "KeyType": "RANGE"},
    ]
    lsi = [keys[0], {"AttributeName": "SK2", "KeyType": "RANGE"}]
    everything = {"ProjectionType": "ALL"}
    connect(cloud, "dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys,
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"}
            for attribute in ("PK", "SK", "GSI1PK", "GSI1SK", "SK2")
        ],
        GlobalSecondaryIndexes=[{"IndexName": "GSI1", "KeySchema": gsi, "Projection": everything}],
        LocalSecondaryIndexes=[{"IndexName": "LSI1", "KeySchema": lsi, "Projection": everything}],
    )
    return name


def table_arns(table: str) -> list[str]:
    """The ARNs of a table and of its index GSI1."""
    arn = f"arn:aws:dynamodb:*:*:table/{table}"
    return [arn, f"{arn}/index/GSI1"]


def allow(
    actions: str | Sequence[str],
    resources: str | Sequence[str] = "*",
    conditions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A statement that allows."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, **({"Condition": conditions} if conditions else {})}


def deny(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(*args, **kwargs), "Effect": "Deny"}


def policy(*statements: Mapping[str, Any], version: str | None = "2012-10-17") -> str:
    """A policy document of `statements`."""
    document: dict[str, Any] = {"Version": version} if version else {}
    return json.dumps({**document, "Statement": list(statements)})


def create_caller(cloud: LocalCloud) -> dict[str, str]:
    """The credentials of a new user who may assume any role and tag its session."""
    iam, name = connect(cloud, "iam"), unique("caller")
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name,
        PolicyName="assume",
        PolicyDocument=policy(allow(["sts:AssumeRole", "sts:TagSession"])),
    )
    return credentials(iam.create_access_key(UserName=name)["AccessKey"])


def create_role(
    cloud: LocalCloud,
    *statements: Mapping[str, Any],
    version: str | None = "2012-10-17",
    trust: Mapping[str, Any] | None = None,
    path: str = "/",
) -> str:
    """A role with a policy of `statements`, trusted to this account if `trust` says so; its ARN."""
    iam, name = connect(cloud, "iam"), unique("role")
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        **({"Condition": trust} if trust else {}),
    }
    role = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=policy(trusted))
    iam.put_role_policy(
        RoleName=name, PolicyName="role", PolicyDocument=policy(*statements, version=version)
    )
    return role["Role"]["Arn"]


def assume(
    cloud: LocalCloud,
    role: str,
    tags: Mapping[str, str] | None = None,
    session_policy: str | None = None,
    caller: Mapping[str, str] | None = None,
    **options: Any,
) -> dict[str, str]:
    """Credentials of a session of `role`."""
    if session_policy:
        options["Policy"] = session_policy
    answer = connect(cloud, "sts", **(caller or create_caller(cloud))).assume_role(
        RoleArn=role,
        Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        **{"RoleSessionName": "session", **options},
    )
    return credentials(answer["Credentials"])


def credentials(keys: Mapping[str, Any]) -> dict[str, str]:
    """What `connect` takes, of an access key or of credentials that STS issued."""
    found = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
    }
    if "SessionToken" in keys:
        found["aws_session_token"] = keys["SessionToken"]
    return found


def session(
    cloud: LocalCloud,
    *statements: Mapping[str, Any],
    tags: Mapping[str, str] | None = None,
    session_policy: str | None = None,
    version: str | None = "2012-10-17",
) -> Any:
    """A DynamoDB client with a session of a new role with `statements`."""
    role = create_role(cloud, *statements, version=version)
    return connect(cloud, "dynamodb", **assume(cloud, role, tags, session_policy))


def tenant(cloud: LocalCloud, table: str, *, tag: str = TENANT) -> Any:
    """A DynamoDB client of a tenant: the items that lead with its prefix, nothing else."""
    statement = allow(ITEM_ACTIONS, table_arns(table), OWN_KEYS)
    return session(cloud, statement, tags={"TenantId": tag})


def key(partition: str, sort: str = "A") -> dict[str, Any]:
    """A key of `create_table`'s tables."""
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def is_allowed(call: Callable[[], Any]) -> bool:
    """Whether IAM lets `call` through; whatever else goes wrong is raised."""
    try:
        call()
    except ClientError as error:
        if _code(error) not in {"AccessDenied", "AccessDeniedException"}:
            raise
        return False
    return True


def error_code(call: Callable[[], Any]) -> str | None:
    """The code of the error that `call` ends with, or None."""
    try:
        call()
    except ClientError as error:
        return _code(error)
    return None


def _code(error: ClientError) -> str | None:
    return error.response.get("Error", {}).get("Code")
