"""Requests as calls of DynamoDB's API."""

import time
from collections.abc import Iterable, Mapping
from copy import replace
from typing import Any, Final
from uuid import uuid4

import msgspec

from tenantql.table.access import Access
from tenantql.table.attributes import RawItem
from tenantql.table.entity import INDEX_ATTRIBUTES, Entity, Key, entity_of
from tenantql.table.errors import ModelError
from tenantql.table.expressions import (
    Change,
    Condition,
    Increase,
    Placeholders,
    SetIfAbsent,
    above,
    absent,
    all_of,
    any_of,
    at_most,
    equals,
    exists,
    parts_of,
    update_text,
)
from tenantql.table.requests import AnyRequest, Position, Query
from tenantql.table.writes import (
    Action,
    BatchWrite,
    Check,
    Create,
    Delete,
    Put,
    Transact,
    Update,
)

COUNT_UNITS: Final = {"ReturnConsumedCapacity": "TOTAL"}
TELL_STORED: Final = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


class Call(msgspec.Struct, frozen=True):
    """An operation of DynamoDB with its parameters, as the API reference names them."""

    operation: str
    parameters: Mapping[str, Any]


def call_of(request: AnyRequest, access: Access) -> Call:
    """The call that a query or a write stands for, on the table of `access`."""
    table: dict[str, Any] = {"TableName": access.table}
    match request:
        case Query():
            return Call("Query", table | _query(request) | COUNT_UNITS)
        case _:
            return _write(request, access, table)


def get_call(key: Key, table: str, *, consistent: bool) -> Call:
    """The call that reads one item."""
    read = {"TableName": table, "Key": raw_key(key), "ConsistentRead": consistent}
    return Call("GetItem", read | COUNT_UNITS)


def lookup_call(keys: Iterable[Key], table: str, *, consistent: bool) -> Call:
    """The call that reads several items."""
    asked = {table: {"Keys": [raw_key(key) for key in keys], "ConsistentRead": consistent}}
    return Call("BatchGetItem", {"RequestItems": asked} | COUNT_UNITS)


def _write(request: AnyRequest, access: Access, table: dict[str, Any]) -> Call:
    now = int(time.time())
    match request:
        case Create() | Put():
            written = _action(request, access, now) | TELL_STORED
            return Call("PutItem", table | written | COUNT_UNITS)
        case Update():
            answer = {"ReturnValues": "ALL_NEW"}
            changed = _action(request, access, now) | TELL_STORED
            return Call("UpdateItem", table | changed | answer | COUNT_UNITS)
        case Delete():
            deleted = _action(request, access, now) | TELL_STORED
            return Call("DeleteItem", table | deleted | COUNT_UNITS)
        case BatchWrite():
            writes = [_batched(write, access) for write in request.writes]
            return Call("BatchWriteItem", {"RequestItems": {access.table: writes}} | COUNT_UNITS)
        case Transact():
            actions = [
                {_NAMES[type(action)]: table | _action(action, access, request.at) | TELL_STORED}
                for action in request.actions
            ]
            # Without one, the answer that is lost could not be asked for again.
            token = {"ClientRequestToken": request.token or str(uuid4())}
            return Call("TransactWriteItems", {"TransactItems": actions} | token | COUNT_UNITS)
        case _:
            raise ModelError(f"{type(request).__name__} is not a request of one call")


_NAMES: Final[Mapping[type[Any], str]] = {
    Create: "Put",
    Put: "Put",
    Update: "Update",
    Delete: "Delete",
    Check: "ConditionCheck",
}


def raw_key(key: Key) -> RawItem:
    """A table key as DynamoDB takes it."""
    return {"PK": {"S": key.pk}, "SK": {"S": key.sk}}


def position_names(index: str | None) -> tuple[str, ...]:
    """The attributes of a `Position` in the table or an index."""
    if index is None:
        return ("SK",)
    return tuple(dict.fromkeys((INDEX_ATTRIBUTES[index][1], "PK", "SK")))


def _query(request: Query[Any]) -> dict[str, Any]:
    within = Placeholders()
    pk, sk = ("PK", "SK") if request.index is None else INDEX_ATTRIBUTES[request.index]
    condition = f"{within.path(pk)} = {within.value(request.pk)}"
    if request.sk is not None:
        condition += f" AND {within.path(sk)} = {within.value(request.sk)}"
    elif request.sk_begins is not None:
        condition += f" AND begins_with({within.path(sk)}, {within.value(request.sk_begins)})"
    elif request.sk_between is not None:
        low, high = request.sk_between
        bounds = f"{within.value(low)} AND {within.value(high)}"
        condition += f" AND {within.path(sk)} BETWEEN {bounds}"
    parameters: dict[str, Any] = {
        "KeyConditionExpression": condition,
        "Limit": request.limit,
        "ScanIndexForward": not request.descending,
    } | within.parameters()
    if request.after is not None:
        parameters["ExclusiveStartKey"] = _start(request.pk, pk, request.index, request.after)
    if request.index is not None:
        return parameters | {"IndexName": request.index}
    return parameters | {"ConsistentRead": request.consistent}


def _start(partition: str, attribute: str, index: str | None, after: Position) -> RawItem:
    """The key behind which a query goes on; no item need have it."""
    names = position_names(index)
    if len(names) != len(after):
        raise ModelError("this position belongs to another index")
    return {attribute: {"S": partition}} | {
        name: {"S": value} for name, value in zip(names, after, strict=True)
    }


def _action(action: Action, access: Access, now: int) -> dict[str, Any]:
    """The parameters of a write at `now`, in a call of its own or in a transaction."""
    within = Placeholders()
    match action:
        case Create():
            # DynamoDB deletes an expired item up to days late; until then its key is free.
            free = any_of(absent("PK"), at_most("expires_at", now))
            return {"Item": _item(action.value, access)} | _condition(free, within)
        case Put():
            return {"Item": _item(action.value, access)} | _condition(action.condition, within)
        case Update():
            return {"Key": raw_key(action.key)} | _update(action, within, access, now)
        case Delete() | Check():
            return {"Key": raw_key(action.key)} | _condition(action.condition, within)


def _update(action: Update[Any], within: Placeholders, access: Access, now: int) -> dict[str, Any]:
    entity: Entity[Any] = entity_of(action.item)
    changes: list[Change] = list(action.changes)
    changed = {parts_of(change.path)[0] for change in changes}
    if action.otherwise is not None:
        new = entity.encoded(action.otherwise, access.directory_shards)
        changes = [_from(new, change) for change in changes]
        skipped = changed | {"PK", "SK", "version"}
        changes += [SetIfAbsent(name, new[name]) for name in new if name not in skipped]
    if "version" in entity.item.__struct_fields__ and "version" not in changed:
        changes.append(Increase("version", 1))
    expression = {"UpdateExpression": update_text(changes, within)}
    return expression | _condition(_holds(action, entity, changed, now), within)


def _from(new: Mapping[str, Any], change: Change) -> Change:
    """A change that is right for an absent item as well, which `new` is made of."""
    if isinstance(change, Increase) and isinstance(change.path, str) and change.path in new:
        return replace(change, start=new[change.path])
    return change


def _holds(
    action: Update[Any], entity: Entity[Any], changed: set[str], now: int
) -> Condition | None:
    """What must hold of the stored item: the condition of the update, and that it may be updated.

    It may if it is there (or may be made), has not expired, and is of the present schema version:
    changes of another would be lost when it is upgraded.
    """
    made = () if action.otherwise is None else (absent("PK"),)
    needed: list[Condition] = [] if made else [exists("PK")]
    if "expires_at" in entity.item.__struct_fields__:
        needed.append(any_of(absent("expires_at"), above("expires_at", now)))
    if entity.upgrades and "schema_version" not in changed:
        needed.append(any_of(*made, equals("schema_version", entity.schema_version)))
    if action.condition is not None:
        needed.append(action.condition)
    return all_of(*needed) if needed else None


def _condition(condition: Condition | None, within: Placeholders) -> dict[str, Any]:
    text = {} if condition is None else {"ConditionExpression": condition.text(within)}
    return text | within.parameters()


def _batched(write: Put | Delete, access: Access) -> dict[str, Any]:
    if isinstance(write, Put):
        return {"PutRequest": {"Item": _item(write.value, access)}}
    return {"DeleteRequest": {"Key": raw_key(write.key)}}


def _item(value: msgspec.Struct, access: Access) -> RawItem:
    return entity_of(type(value)).encode(value, access.directory_shards)
