"""IAM as far as it keeps tenants apart, for a table that has none: whose keys a call may name."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tenantql.table.encoding import Call
from tenantql.table.errors import AccessDenied
from tenantql.tenancy.policy import Level

WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")


def ensure_within(call: Call, tenant: str, level: str) -> None:
    """Raises AccessDenied unless every partition key that a call names is the tenant's.

    A right to read writes nothing but the tenant's bookkeeping.
    """
    may = level != Level.READ or call.operation not in WRITES
    for pk in _partition_keys(call):
        inside = pk.startswith(f"TENANT#{tenant}#")
        if not (inside and (may or pk.startswith(f"TENANT#{tenant}#SYS#"))):
            raise AccessDenied("this key is not yours")


def tables_of(call: Call) -> Iterator[str]:
    """The tables that a call names."""
    asked = call.parameters
    if "RequestItems" in asked:
        yield from asked["RequestItems"]
    for action in asked.get("TransactItems", ()):
        yield from (each["TableName"] for each in action.values())
    if "TableName" in asked:
        yield asked["TableName"]


def _partition_keys(call: Call) -> Iterator[str]:
    asked = call.parameters
    match call.operation:
        case "Query":
            yield asked["ExpressionAttributeValues"][":0"]["S"]
        case "BatchGetItem":
            (wanted,) = asked["RequestItems"].values()
            yield from (key["PK"]["S"] for key in wanted["Keys"])
        case "BatchWriteItem":
            (writes,) = asked["RequestItems"].values()
            yield from (_pk(action) for write in writes for action in write.values())
        case "TransactWriteItems":
            yield from (_pk(one) for action in asked["TransactItems"] for one in action.values())
        case _:
            yield _pk(asked)


def _pk(asked: Mapping[str, Any]) -> str:
    return (asked.get("Key") or asked["Item"])["PK"]["S"]
