"""Explaining: what an operation asked of the table, for `extensions.explain`.

It shows keys, conditions on keys, indexes, units and times, and no other content of an item. Keys
hold ids and addresses, so it is for a tenant's administrators and the platform's operators.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from tenantql.engine.context import Context
from tenantql.engine.rounds import Round
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.retries import READS
from tenantql.table.sending import Spent
from tenantql.tenancy.identity import Role

SHOWN_KEYS: Final = 10
"""Keys of one call that are listed; a batch or a transaction has up to 100."""

_PLACEHOLDER: Final = re.compile(r"[#:]\d+")


def may_see(context: Context) -> bool:
    """Whether the caller may see what an operation did."""
    return context.has(Role.ADMIN, Role.PLATFORM)


def explained(record: Iterable[Round]) -> list[dict[str, Any]]:
    """The rounds of an operation in their order; times are milliseconds."""
    return [
        {
            "requests": one.requests,
            "startedMs": _milliseconds(one.started),
            "ms": _milliseconds(one.seconds),
            "calls": [_call(spent) for spent in one.calls],
        }
        for one in record
    ]


def _call(spent: Spent) -> dict[str, Any]:
    call = cast("Call", spent.call)
    found: dict[str, Any] = {"operation": spent.operation}
    if index := call.parameters.get("IndexName"):
        found["index"] = index
    if call.operation == "Query":
        found |= _query(call.parameters)
    else:
        keys = list(_keys(call))
        found |= {"keys": keys[:SHOWN_KEYS], "count": len(keys)}
        if call.operation in READS:
            found["consistent"] = _is_consistent(call)
    found |= {"units": spent.units, "ms": _milliseconds(spent.seconds)}
    if spent.error is not None:
        found["failed"] = type(spent.error).__name__
    return found


def _query(parameters: Mapping[str, Any]) -> dict[str, Any]:
    names = cast("dict[str, str]", parameters.get("ExpressionAttributeNames", {}))
    values = cast("RawItem", parameters.get("ExpressionAttributeValues", {}))
    meant = names | {name: f'"{value.get("S", "")}"' for name, value in values.items()}
    condition = str(parameters["KeyConditionExpression"])
    return {
        "condition": _PLACEHOLDER.sub(lambda match: meant[match[0]], condition),
        "limit": parameters["Limit"],
        "descending": not parameters["ScanIndexForward"],
        "consistent": bool(parameters.get("ConsistentRead")),
    }


def _keys(call: Call) -> Iterable[str]:
    """The table keys that a call names, as `partition key / sort key`."""
    parameters = call.parameters
    for key in ("Key", "Item"):
        if key in parameters:
            yield _key(parameters[key])
    for action in parameters.get("TransactItems", ()):
        ((kind, body),) = action.items()
        yield f"{kind} {_key(body.get('Key') or body['Item'])}"
    for asked in cast("dict[str, Any]", parameters.get("RequestItems", {})).values():
        if isinstance(asked, dict):
            yield from map(_key, cast("list[RawItem]", asked["Keys"]))
            continue
        for write in cast("list[dict[str, Any]]", asked):
            ((kind, body),) = write.items()
            yield f"{kind.removesuffix('Request')} {_key(body.get('Key') or body['Item'])}"


def _key(item: RawItem) -> str:
    return f"{item['PK']['S']} / {item['SK']['S']}"


def _is_consistent(call: Call) -> bool:
    asked = cast("dict[str, Any]", call.parameters.get("RequestItems") or {"": call.parameters})
    return all(bool(one.get("ConsistentRead")) for one in asked.values())


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1e3, 2)
