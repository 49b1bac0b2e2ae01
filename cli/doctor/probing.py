"""Isolation: what AWS answers to a tenant's session that asks for another tenant's keys.

The two tenants are made up, and nothing is written: an answer for the own key is empty.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from cli.doctor.deployed import Deployed
from cli.doctor.findings import Check, Found, Severity, Unchecked
from local.evaluation import Node
from tenantql.table.entity import PLATFORM_INDEX, TENANT_INDEXES
from tenantql.tenancy.credentials import TenantRole
from tenantql.tenancy.policy import Level

GROUP: Final = "isolation"
OWN: Final = "doctor-probe"
OTHERS: Final = ("doctor-probe-eu", "doctor-other")
"""Another tenant whose id begins with the first's, and one whose does not."""

DENIED: Final = frozenset({"AccessDeniedException", "AccessDenied"})
LIFETIME: Final = 900
"""Seconds that a session lives: the shortest that STS gives."""


def _sessions(stack: Deployed, table: str) -> Iterator[tuple[str, Any]]:
    """DynamoDB clients of the first tenant: as the code vends them, and by the role alone."""
    arn = stack.outputs["TenantRoleArn"]
    wanted = TenantRole(arn, stack.region).assumption(OWN, table, Level.ADMINISTER)
    for what, policy in (
        ("the session's and the role's policies", {"Policy": wanted.policy}),
        ("the role's policy alone", {}),
    ):
        try:
            yield what, _client(stack, arn, [*wanted.tags], policy)
        except (BotoCoreError, ClientError) as error:
            raise Unchecked(
                f"the tenant role cannot be assumed ({error}): give --probe-profile a profile of"
                " the role that OperatorRole names"
            ) from error


def _client(stack: Deployed, arn: str, tags: list[Any], policy: Mapping[str, str]) -> Any:
    """A DynamoDB client with a session of the tenant role. Raises what STS says."""
    issued = stack.probe("sts").assume_role(
        RoleArn=arn,
        RoleSessionName=f"{OWN}@read",
        Tags=tags,
        DurationSeconds=LIFETIME,
        **policy,
    )["Credentials"]
    return stack.probe(
        "dynamodb",
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )


def _requests(table: str, schema: Node, tenant: str) -> Iterator[tuple[str, str, Node]]:
    """Reads of a tenant's keys: what is read, the operation, its parameters."""
    lead = f"TENANT#{tenant}#PROBE"
    key = {"PK": {"S": lead}, "SK": {"S": "PROBE"}}
    yield "an item", "get_item", {"TableName": table, "Key": key}
    yield "items", "batch_get_item", {"RequestItems": {table: {"Keys": [key]}}}
    keys = {each["IndexName"]: each["KeySchema"] for each in schema["GlobalSecondaryIndexes"]}
    for index in (None, *TENANT_INDEXES, "directory"):
        if index is not None and index not in keys:
            continue
        hash_key = "PK" if index is None else keys[index][0]["AttributeName"]
        parameters: Node = {
            "TableName": table,
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": hash_key},
            "ExpressionAttributeValues": {":key": {"S": lead}},
            **({} if index is None else {"IndexName": index}),
        }
        yield index or "the table's keys", "query", parameters


def _across(table: str) -> Iterator[tuple[str, str, Node]]:
    """Reads that no tenant may make, whatever they would find."""
    yield "the whole table", "scan", {"TableName": table, "Limit": 1}
    statement = f'SELECT * FROM "{table}"'  # noqa: S608 - refused, and of no input
    yield "the table by PartiQL", "execute_statement", {"Statement": statement, "Limit": 1}
    values = {":key": {"S": "OPEN#0"}}
    yield (
        "the platform's index",
        "query",
        {
            "TableName": table,
            "IndexName": PLATFORM_INDEX,
            "KeyConditionExpression": "PLATPK = :key",
            "ExpressionAttributeValues": values,
            "Limit": 1,
        },
    )


def _code(client: Any, operation: str, parameters: Node) -> str:
    """The error of a request, or an empty text."""
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code", "")
    return ""


def _foreign(stack: Deployed) -> Iterator[Found]:
    for table in stack.data_tables:
        for by, client in _sessions(stack, table):
            for what, operation, parameters in _requests(table, stack.table(table), OWN):
                if code := _code(client, operation, parameters):
                    yield Found(
                        table,
                        f"a tenant's read of its own keys ({what}) is answered {code}, by {by}: the"
                        " refusals below may say nothing",
                        Severity.FAULT,
                    )
            for tenant in OTHERS:
                for what, operation, parameters in _requests(table, stack.table(table), tenant):
                    code = _code(client, operation, parameters)
                    if code not in DENIED:
                        answer = code or "the answer, not a refusal"
                        yield Found(table, f"another tenant's {what}, by {by}: {answer}")


def _unkeyed(stack: Deployed) -> Iterator[Found]:
    for table in stack.data_tables:
        for by, client in _sessions(stack, table):
            for what, operation, parameters in _across(table):
                code = _code(client, operation, parameters)
                if code not in DENIED:
                    yield Found(table, f"{what}, by {by}: {code or 'the answer, not a refusal'}")


def _tenantless(stack: Deployed) -> Iterator[Found]:
    next(_sessions(stack, stack.data_tables[0]))  # Unchecked where no session can be had at all.
    arn = stack.outputs["TenantRoleArn"]
    cases: tuple[tuple[str, list[Node]], ...] = (
        ("no tag", []),
        ("no tenant's id", [{"Key": "TenantId", "Value": "doctor.probe"}]),
        ("another tag besides", [{"Key": "TenantId", "Value": OWN}, {"Key": "a", "Value": "b"}]),
    )
    for what, tags in cases:
        try:
            _client(stack, arn, tags, {})
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in DENIED:
                continue
            raise
        yield Found("TenantRole", f"there is a session with {what}")


def _check(id: str, holds: str, why: str, look: Any) -> Check:
    mend = "Take the stack out of service, look at the permissions above, and deploy it again."
    return Check(id, GROUP, holds, why, mend, Severity.CRITICAL, look)


CHECKS: Final = (
    _check(
        "cross-tenant-reads",
        "A tenant's session is refused another tenant's keys, in each table and index",
        "This is the promise itself, asked of AWS and not of the policies' text.",
        _foreign,
    ),
    _check(
        "keyless-requests",
        "A tenant's session is refused a Scan, PartiQL and the platform's index",
        "They answer across tenants.",
        _unkeyed,
    ),
    _check(
        "sessions-need-a-tenant",
        "There is no session without a tenant's tag, with no id in it, or with another tag",
        "The policy of the tenant role is as narrow as this tag.",
        _tenantless,
    ),
)
