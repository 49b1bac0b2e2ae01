"""Session policies: what a request's credentials may do, narrower than the tenant role.

AWS grants what the role's policy and the session policy both allow, so a defect in one of them
is held by the other. Policies are dicts turned into compact JSON, never text put together.
"""

from enum import StrEnum
from typing import Any, Final

import orjson

from tenantql.table.entity import PLATFORM_INDEX, TENANT_INDEXES
from tenantql.table.keys import tenant_prefix
from tenantql.tenancy.errors import VendingFailed

MAX_CHARACTERS: Final = 2048
"""STS refuses a longer session policy.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""

BOOKKEEPING: Final = "SYS#"
"""Where, under the tenant's prefix, reading may write: budgets, usage, persisted queries."""


class Level(StrEnum):
    """How much a request may do: a query reads, a mutation writes, an export administers."""

    READ = "read"
    WRITE = "write"
    ADMINISTER = "administer"


_READS: Final = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
_BOOKKEEPING_WRITES: Final = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
_WRITES: Final = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
]
_KMS: Final = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]


def session_policy(
    tenant: str,
    table_arn: str,
    level: Level,
    kms_key_arn: str | None = None,
    bucket_arn: str | None = None,
) -> str:
    """The policy of `level` for the keys of `tenant` in one table, as JSON for AssumeRole.

    Writing includes the tenant's prefix of the bucket of uploads, if there is one.

    Raises KeyValueError for a malformed tenant id, VendingFailed if the policy is too long.
    """
    prefix = tenant_prefix(tenant)
    indexes = [*TENANT_INDEXES, "directory"] if level is Level.ADMINISTER else [*TENANT_INDEXES]
    resources = [table_arn, *(f"{table_arn}/index/{index}" for index in indexes)]
    statements = [_allow(_READS, resources, prefix)]
    if level is Level.READ:
        statements.append(_allow(_BOOKKEEPING_WRITES, [table_arn], prefix + BOOKKEEPING))
    else:
        statements.append(_allow(_WRITES, [table_arn], prefix))
        # A condition check inside a transaction has an action of its own.
        statements.append(_allow(["dynamodb:ConditionCheckItem"], [table_arn], prefix))
    if bucket_arn and level is Level.WRITE:
        objects = f"{bucket_arn}/{tenant}/*"
        statements.append({"Effect": "Allow", "Action": "s3:PutObject", "Resource": objects})
    if kms_key_arn:
        # Calls to KMS have no leading keys.
        statements.append({"Effect": "Allow", "Action": _KMS, "Resource": kms_key_arn})
    policy = orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()
    if len(policy) > MAX_CHARACTERS:
        raise VendingFailed("the session policy is longer than STS allows")
    return policy


def platform_policy(table_arn: str, kms_key_arn: str | None = None) -> str:
    """The policy of the platform's reads across tenants, as JSON for AssumeRole.

    The keys of one table's platform index, and nothing else: no item of a tenant.
    """
    index = f"{table_arn}/index/{PLATFORM_INDEX}"
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": index}
    ]
    if kms_key_arn:
        statements.append({"Effect": "Allow", "Action": _KMS, "Resource": kms_key_arn})
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()


def usage_policy(tenant: str, table_arn: str, kms_key_arn: str | None = None) -> str:
    """The policy of the platform's reading of what one tenant used, as JSON for AssumeRole.

    One partition key of one table. Raises KeyValueError for a malformed tenant id.
    """
    statements = [_allow(["dynamodb:Query"], [table_arn], usage_key(tenant), "")]
    if kms_key_arn:
        statements.append({"Effect": "Allow", "Action": _KMS, "Resource": kms_key_arn})
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()


def usage_key(tenant: str) -> str:
    """The partition key of what `tenant` used. Raises KeyValueError for a malformed tenant id."""
    return f"{tenant_prefix(tenant)}{BOOKKEEPING}USAGE"


def _allow(actions: list[str], resources: list[str], lead: str, rest: str = "*") -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{lead}{rest}"]},
            # ForAllValues is true for a request without the key, as a Scan is.
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
