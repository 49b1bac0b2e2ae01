"""Running a request: checked, called, checked again; the same for every transport."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import msgspec

from tenantql.table.access import Access, Credentials
from tenantql.table.answers import decoded, lives, result_of
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call, call_of
from tenantql.table.entity import (
    INDEX_ATTRIBUTES,
    PLATFORM_INDEX,
    entity_of,
    schema_version_of,
)
from tenantql.table.errors import (
    ConditionFailed,
    Conflict,
    ForeignItem,
    ForeignKey,
    ModelError,
    TableError,
    Throttled,
)
from tenantql.table.expressions import Set, SetIfAbsent, parts_of
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query, Request
from tenantql.table.writes import (
    Action,
    BatchWrite,
    Create,
    Delete,
    Put,
    Transact,
    Update,
    key_of,
    upgrade,
)

ATTEMPTS: Final = 5
"""How often a conflict, or what a batch left over, is tried before the request fails."""

FIRST_PAUSE: Final = 0.025
"""Seconds; each further pause is up to twice as long, at random (full jitter)."""


class Transport(Protocol):
    """Sends calls. Raises TableError and nothing else; retries what may be retried."""

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        """The answer to `call`, signed with `credentials` and no others."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call consumed, in DynamoDB's capacity units."""

    operation: str
    units: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a request runs in besides its access: who is told of units, and how to wait.

    `pause` waits for some seconds, or raises if there is no time left for that.
    """

    spent: Callable[[Spent], None] = lambda _spent: None
    pause: Callable[[float], None] = time.sleep


PLAIN: Final = Surroundings()


def run[R](
    transport: Transport, request: Request[R], access: Access, around: Surroundings = PLAIN
) -> R:
    """What `request` becomes under `access`.

    Raises ForeignKey before a call for a key outside of it, ForeignItem after one that answers
    with such an item, ConditionFailed, Conflict and Throttled when trying again did not help, and
    what the transport raises.
    """
    ensure_own_keys(request, access)
    match cast(AnyRequest, request):
        case BatchGet() as batch:
            answer: Any = _all_of_batch_get(transport, batch, access, around)
        case BatchWrite() as batch:
            answer = _all_of_batch_write(transport, batch, access, around)
        case Get() | Query():
            answer = _send(transport, call_of(request, access), access, around)
        case Transact() as transaction:
            answer = _written(transport, request, transaction.actions, access, around)
        case write:
            answer = _written(transport, request, (cast(Action, write),), access, around)
    for item in _items(answer):
        ensure_own_item(item, access)
    return cast(R, result_of(request, answer, access.table))


def ensure_own_keys(request: AnyRequest, access: Access) -> None:
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


_LEADS: Final = frozenset(
    pk for index, (pk, _) in INDEX_ATTRIBUTES.items() if index != PLATFORM_INDEX
)


def _partition_keys(request: AnyRequest) -> list[str]:
    match request:
        case Get():
            return [request.key.pk]
        case BatchGet():
            return [key.pk for key in request.keys]
        case Query():
            # The one index whose keys lead with no tenant: IAM names who may use it.
            return [] if request.index == PLATFORM_INDEX else [request.pk]
        case Transact():
            return [pk for action in request.actions for pk in _keys_of(action)]
        case BatchWrite():
            return [pk for write in request.writes for pk in _keys_of(write)]
        case Create() | Put() | Update() | Delete():
            return _keys_of(request)
        case _:
            raise ModelError(f"{type(request).__name__} is not a request of one call")


def _keys_of(action: Action) -> list[str]:
    """The partition key of the table and of each index that the written item is found under."""
    match action:
        case Create() | Put():
            made = entity_of(type(action.value)).encoded(action.value)
        case Update():
            made = {
                parts_of(change.path)[0]: change.value
                for change in action.changes
                if isinstance(change, Set | SetIfAbsent)
            }
            if action.otherwise is not None:
                made = entity_of(action.item).encoded(action.otherwise) | made
        case _:
            made = {}
    return [key_of(action).pk, *(str(made[name]) for name in _LEADS if name in made)]


def _items(answer: Mapping[str, Any]) -> list[RawItem]:
    single = [answer[name] for name in ("Item", "Attributes") if answer.get(name)]
    batches = cast(dict[str, list[RawItem]], answer.get("Responses") or {})
    return [
        *single,
        *answer.get("Items", ()),
        *(item for found in batches.values() for item in found),
    ]


def _send(
    transport: Transport, call: Call, access: Access, around: Surroundings
) -> Mapping[str, Any]:
    try:
        answer = transport.send(call, access.credentials)
    except TableError:
        # DynamoDB does not tell what a refused call consumed; that it was made counts.
        around.spent(Spent(call.operation, 0.0))
        raise
    consumed: Any = answer.get("ConsumedCapacity") or ()
    tables = cast(list[dict[str, Any]], [consumed] if isinstance(consumed, dict) else consumed)
    around.spent(Spent(call.operation, sum(float(one.get("CapacityUnits", 0)) for one in tables)))
    return answer


def _all_of_batch_get(
    transport: Transport, request: BatchGet[Any], access: Access, around: Surroundings
) -> Mapping[str, Any]:
    call = call_of(request, access)
    found: list[RawItem] = []
    for attempt in range(ATTEMPTS):
        _wait(attempt, around)
        answer = _send(transport, call, access, around)
        found += answer.get("Responses", {}).get(access.table, ())
        left = answer.get("UnprocessedKeys")
        if not left:
            return {"Responses": {access.table: found}}
        call = Call(call.operation, {**call.parameters, "RequestItems": left})
    raise Throttled("the table is busy, and left reads undone; try again")


def _all_of_batch_write(
    transport: Transport, request: BatchWrite, access: Access, around: Surroundings
) -> Mapping[str, Any]:
    call = call_of(request, access)
    for attempt in range(ATTEMPTS):
        _wait(attempt, around)
        left = _send(transport, call, access, around).get("UnprocessedItems")
        if not left:
            return {}
        call = Call(call.operation, {**call.parameters, "RequestItems": left})
    raise Throttled("the table is busy, and left writes undone; try again")


def _written(
    transport: Transport,
    request: AnyRequest,
    actions: tuple[Action, ...],
    access: Access,
    around: Surroundings,
) -> Mapping[str, Any]:
    """The answer to a write or a transaction, tried again after a conflict and an upgrade.

    Trying again is safe: DynamoDB has refused the call before, as a whole.
    """
    call = call_of(request, access)
    for attempt in range(ATTEMPTS):
        try:
            return _send(transport, call, access, around)
        except ConditionFailed as failed:
            outdated = _outdated(failed, actions, access) if attempt < ATTEMPTS - 1 else []
            if not outdated:
                raise _named(failed, actions, access) from None
            for value in outdated:
                _upgrade(transport, value, access, around)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            _wait(attempt + 1, around)
    raise AssertionError("unreachable")  # pragma: no cover


def _outdated(
    failed: ConditionFailed, actions: tuple[Action, ...], access: Access
) -> list[msgspec.Struct]:
    """The items of an older schema version that updates met, as the present one."""
    found: list[msgspec.Struct] = []
    for index, item in failed.stored.items():
        action = actions[index]
        if isinstance(action, Update) and lives(item):
            entity = entity_of(cast(type[msgspec.Struct], action.item))
            if schema_version_of(item) < entity.schema_version:
                ensure_own_item(item, access)
                found.append(entity.decode(item))
    return found


def _upgrade(
    transport: Transport, value: msgspec.Struct, access: Access, around: Surroundings
) -> None:
    # If it fails, somebody else has changed or upgraded the item: the next attempt will see.
    with suppress(ConditionFailed):
        _send(transport, call_of(upgrade(value), access), access, around)


def _wait(attempt: int, around: Surroundings) -> None:
    if attempt:
        # No secret: it only keeps two that collided from colliding again.
        around.pause(random.uniform(0, FIRST_PAUSE * 2**attempt))  # noqa: S311


def _named(failed: ConditionFailed, actions: tuple[Action, ...], access: Access) -> ConditionFailed:
    """The transport's error with labels and typed items; those that have expired are not there."""
    stored: dict[int, Any] = {}
    for index, item in failed.stored.items():
        ensure_own_item(item, access)
        if not lives(item):
            continue
        action = actions[index]
        kind = type(action.value) if isinstance(action, Create | Put) else action.item
        stored[index] = decoded((kind,), item)
    labels = tuple(actions[index].label for index in failed.failed)
    return ConditionFailed(failed.failed, labels, stored)
