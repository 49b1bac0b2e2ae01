"""Requests as calls of DynamoDB's API, and answers as results; the same for every transport."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import msgspec

from tenantql.table.access import Access, Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.entity import Entity, Key, entity_of
from tenantql.table.errors import ForeignItem, ForeignKey, ModelError
from tenantql.table.requests import Create, Get, Page, Query, Request, Transact


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of DynamoDB with its parameters, as the API reference names them."""

    operation: str
    parameters: Mapping[str, Any]


class Transport(Protocol):
    """Sends calls. Raises TableError and nothing else; retries what may be retried."""

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        """The answer to `call`, signed with `credentials` and no others."""
        ...


def run[R](transport: Transport, request: Request[R], access: Access) -> R:
    """What `request` becomes under `access`.

    Raises ForeignKey before a call for a key outside of it, ForeignItem after one that answers
    with such an item, and what the transport raises.
    """
    ensure_own_keys(request, access)
    answer = transport.send(call_of(request, access.table), access.credentials)
    return cast(R, _result(request, answer, access))


def ensure_own_keys(request: Request[Any], access: Access) -> None:
    """Raises ForeignKey if `request` names a partition key that does not start with the lead.

    IAM refuses such a call as well; here it costs no call and names the reason.
    """
    for pk in _partition_keys(request):
        if not pk.startswith(access.lead):
            raise ForeignKey("this belongs to another tenant")


def ensure_own_item(item: RawItem, access: Access) -> None:
    """Raises ForeignItem if the table key of `item` does not start with the lead.

    Under an index IAM has compared the index's key only, which whoever wrote the item chose
    (isolation.md, trap 3).
    """
    if not str(item["PK"]["S"]).startswith(access.lead):
        raise ForeignItem("an index answered with an item of another tenant")


def call_of(request: Request[Any], table: str) -> Call:
    """The call that `request` stands for, on `table`."""
    match request:
        case Get():
            parameters = {
                "TableName": table,
                "Key": _key(request.key),
                "ConsistentRead": request.consistent,
            }
            return Call("GetItem", parameters)
        case Query():
            return Call("Query", _query(request, table))
        case Create():
            return Call("PutItem", _create(request, table))
        case Transact():
            actions = [{"Put": _create(action, table)} for action in request.actions]
            token = {} if request.token is None else {"ClientRequestToken": request.token}
            return Call("TransactWriteItems", {"TransactItems": actions} | token)
        case _:
            raise ModelError(f"{type(request).__name__} is not a request")


def _partition_keys(request: Request[Any]) -> list[str]:
    match request:
        case Get():
            return [request.key.pk]
        case Query():
            return [request.pk]
        case Create():
            return _written_partition_keys(request.value)
        case Transact():
            return [pk for a in request.actions for pk in _written_partition_keys(a.value)]
        case _:
            raise ModelError(f"{type(request).__name__} is not a request")


def _written_partition_keys(value: msgspec.Struct) -> list[str]:
    """The partition key of the table and of each index that `value` would be found under."""
    item = entity_of(type(value)).encode(value)
    return [content["S"] for name, content in item.items() if name == "PK" or _leads_index(name)]


def _leads_index(attribute: str) -> bool:
    return attribute == "DIRPK" or (attribute.startswith("GSI") and attribute.endswith("PK"))


def _key(key: Key) -> RawItem:
    return {"PK": {"S": key.pk}, "SK": {"S": key.sk}}


def _query(request: Query[Any], table: str) -> dict[str, Any]:
    prefix = request.index or ""
    names = {"#pk": f"{prefix}PK"}
    values = {":pk": {"S": request.pk}}
    condition = "#pk = :pk"
    narrowed = request.sk if request.sk is not None else request.sk_begins
    if narrowed is not None:
        names["#sk"] = f"{prefix}SK"
        values[":sk"] = {"S": narrowed}
        condition += " AND #sk = :sk" if request.sk is not None else " AND begins_with(#sk, :sk)"
    parameters: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "Limit": request.limit,
        "ScanIndexForward": not request.descending,
    }
    if request.index is not None:
        return parameters | {"IndexName": request.index}
    return parameters | {"ConsistentRead": request.consistent}


def _create(action: Create, table: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "Item": entity_of(type(action.value)).encode(action.value),
        # DynamoDB deletes an expired item up to days late; until then its key is free.
        "ConditionExpression": "attribute_not_exists(PK) OR expires_at <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(int(time.time()))}},
    }


def _result(request: Request[Any], answer: Mapping[str, Any], access: Access) -> object:
    match request:
        case Get():
            item = answer.get("Item")
            return None if item is None else _live(entity_of(request.item), item, access)
        case Query():
            entity = entity_of(request.item)
            found = (_live(entity, item, access) for item in answer["Items"])
            return Page(
                items=tuple(item for item in found if item is not None),
                more="LastEvaluatedKey" in answer,
            )
        case _:
            return None


def _live[T: msgspec.Struct](entity: Entity[T], item: RawItem, access: Access) -> T | None:
    ensure_own_item(item, access)
    expires_at = item.get("expires_at")
    if expires_at is not None and int(expires_at["N"]) <= time.time():
        return None
    return entity.decode(item)
