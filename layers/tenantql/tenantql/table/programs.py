"""Programs: the calls that each kind of request needs, one after another.

See `tenantql.table.sending`, which drives them.
"""

from collections.abc import Iterable
from copy import replace
from typing import Any, Final, cast

import msgspec

from tenantql.table.access import Access
from tenantql.table.answers import keys_in, lives, living, page_of
from tenantql.table.decoding import StoredItem, keys_of, schema_version_of
from tenantql.table.encoding import Call, call_of, get_call, lookup_call
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict, OutcomeUnknown, Throttled
from tenantql.table.guards import ensure_own_item, ensure_own_keys
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query
from tenantql.table.retries import ATTEMPTS, CONFLICT_ATTEMPTS
from tenantql.table.sending import Program, Step
from tenantql.table.writes import Action, BatchWrite, Create, Put, Transact, Update, upgrade

LAST: Final = ATTEMPTS - 1
LAST_CONFLICT: Final = CONFLICT_ATTEMPTS - 1


def program_of(request: AnyRequest, access: Access) -> Program:
    """What makes the calls of `request` and returns its result.

    A write has none that means anything, except Update: the item.
    """
    match request:
        case Get():
            return _get(request, access)
        case BatchGet():
            return _batch_get(request, access)
        case Query():
            return _query(request, access)
        case BatchWrite():
            return _batch_write(request, access)
        case Transact():
            return _done(request, request.actions, access)
        case Create():
            return _create(request, access)
        case Update():
            return _update(request, access)
        case write:
            return _done(request, (cast("Action", write),), access)


def _get(request: Get[Any], access: Access) -> Program:
    answer = yield Step(get_call(request.key, access.table, consistent=request.consistent))
    item = answer.get("Item")
    if not item:
        return None
    reading = entity_of(request.item).reading(())
    keys = reading.keys(item)
    ensure_own_item(keys, access)
    return reading.value(keys, item) if lives(keys) else None


def _batch_get(request: BatchGet[Any], access: Access) -> Program:
    found = yield from lookup(dict.fromkeys(request.keys), access, consistent=request.consistent)
    return tuple([living(request.item, found.get(key)) for key in request.keys])


def lookup(keys: Iterable[Key], access: Access, *, consistent: bool) -> Program:
    """Reads items by their keys, at most 100: the items that are there, as stored, by key.

    What a BatchGetItem leaves out is asked for again.
    """
    call = lookup_call(keys, access.table, consistent=consistent)
    found: dict[Key, StoredItem] = {}
    for attempt in range(ATTEMPTS):
        answer = yield Step(call, attempt)
        for item in answer.get("Responses", {}).get(access.table, ()):
            own = keys_of(item)
            ensure_own_item(own, access)
            found[Key(own.PK.S, own.SK.S)] = item
        left = answer.get("UnprocessedKeys")
        if not left:
            return found
        call = Call(call.operation, {**call.parameters, "RequestItems": left})
    raise Throttled("the table is busy, and left reads undone; try again")


def _query(request: Query[Any], access: Access) -> Program:
    answer = yield Step(call_of(request, access))
    keys = keys_in(request, answer["Items"])
    for each in keys:
        ensure_own_item(each, access)
    return page_of(request, answer, keys)


def _batch_write(request: BatchWrite, access: Access) -> Program:
    call = call_of(request, access)
    for attempt in range(ATTEMPTS):
        answer = yield Step(call, attempt)
        left = answer.get("UnprocessedItems")
        if not left:
            return None
        call = Call(call.operation, {**call.parameters, "RequestItems": left})
    raise Throttled("the table is busy, and left writes undone; try again")


def _create(request: Create, access: Access) -> Program:
    """The creation of an item, which may be repeated even if its answer was lost.

    An item is created once: if it is there then, and is the very one, it was by this write.
    """
    lost = False
    for attempt in range(ATTEMPTS):
        try:
            yield from _write(request, (request,), access, attempt)
        except OutcomeUnknown:
            if attempt == LAST:
                raise
            lost = True
        except ConditionFailed as failed:
            if not lost or failed.stored.get(0) != request.value:
                raise
            return
        else:
            return


def _done(request: AnyRequest, actions: tuple[Action, ...], access: Access) -> Program:
    yield from _write(request, actions, access)


def _update(request: Update[Any], access: Access) -> Program:
    answer = yield from _write(request, (request,), access)
    item = answer["Attributes"]
    ensure_own_item(keys_of(item), access)
    return entity_of(request.item).decode(item)


def _write(
    request: AnyRequest, actions: tuple[Action, ...], access: Access, attempts: int = 0
) -> Program:
    """The answer to a write or a transaction, tried again after a conflict and after an upgrade.

    Trying again is safe: DynamoDB has refused the call before, as a whole. `attempts` have been
    made before this; `CONFLICT_ATTEMPTS` are the most, of which upgrades need one or two.
    """
    call = call_of(request, access)
    for attempt in range(attempts, CONFLICT_ATTEMPTS):
        try:
            return (yield Step(call, attempt))
        except ConditionFailed as failed:
            outdated = _outdated(failed, actions, access) if attempt < LAST_CONFLICT else []
            if not outdated:
                raise _named(failed, actions, access) from None
            for value in outdated:
                yield from _upgrade(value, access)
        except Conflict:
            if attempt == LAST_CONFLICT:
                raise
            if isinstance(request, Transact) and request.again is not None:
                request = replace(request, actions=request.again())
                ensure_own_keys(request, access)
                actions, call = request.actions, call_of(request, access)
    raise AssertionError("unreachable")  # pragma: no cover


def _outdated(
    failed: ConditionFailed, actions: tuple[Action, ...], access: Access
) -> list[msgspec.Struct]:
    """The items of an older schema version that updates met, as the present one."""
    found: list[msgspec.Struct] = []
    for index, item in failed.stored.items():
        action = actions[index]
        keys = keys_of(item)
        if isinstance(action, Update) and lives(keys):
            entity = entity_of(cast("type[msgspec.Struct]", action.item))
            if schema_version_of(item) < entity.schema_version:
                ensure_own_item(keys, access)
                found.append(entity.decode(item))
    return found


def _upgrade(value: msgspec.Struct, access: Access) -> Program:
    try:
        yield Step(call_of(upgrade(value), access))
    except ConditionFailed:
        # Somebody else has changed or upgraded the item: the next attempt will see.
        return


def _named(failed: ConditionFailed, actions: tuple[Action, ...], access: Access) -> ConditionFailed:
    """The transport's error with labels and typed items; those that have expired are not there."""
    stored: dict[int, Any] = {}
    for index, item in failed.stored.items():
        keys = keys_of(item)
        ensure_own_item(keys, access)
        if not lives(keys):
            continue
        action = actions[index]
        kind = type(action.value) if isinstance(action, Create | Put) else action.item
        stored[index] = entity_of(kind).decode(item)
    labels = tuple(actions[index].label for index in failed.failed)
    return ConditionFailed(failed.failed, labels, stored)
