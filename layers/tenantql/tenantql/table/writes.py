"""Writes: what to put, change or delete, and under which condition.

    await Create(user)
    stock = await Update(Stock, key, (Increase("available", -3),), at_least("available", 3))
    await Transact((Create(order), Update(...), Delete(Cart, key, equals("version", 4))))

A write whose condition does not hold raises ConditionFailed, which has the stored item; an action
of a transaction can have a `label`, by which that error names it. `version` counts by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tenantql.table.entity import INDEX_ATTRIBUTES, Entity, Key, entity_of
from tenantql.table.errors import ModelError
from tenantql.table.expressions import Change, Condition, Path, Remove, Set, all_of, equals
from tenantql.table.requests import Request

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ACTIONS: Final = 100
MAX_BATCH_WRITES: Final = 25

BASE_KEYS: Final = frozenset({"PK", "SK", "DIRPK", "type", "tenant"})
"""Attributes that never change."""


@dataclass(frozen=True, slots=True)
class Create(Request[None]):
    """Puts an item that does not exist yet.

    An item past its `expires_at` does not take its key.
    """

    value: msgspec.Struct
    label: str = ""


@dataclass(frozen=True, slots=True)
class Put(Request[None]):
    """Puts an item in the place of whatever is there, if `condition` holds of that."""

    value: msgspec.Struct
    condition: Condition | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Update[T: msgspec.Struct](Request[T]):
    """Changes an item and answers with it as it then is (in a transaction: nothing).

    Without `otherwise` the item has to exist. With it, an item that is absent is made of its
    attributes, and `changes` apply to that. A change of a field that an index's key is made of
    needs the index's key as well: `revise` does that. Raises ModelError.
    """

    item: type[T]
    key: Key
    changes: tuple[Change, ...]
    condition: Condition | None = None
    otherwise: T | None = None
    label: str = ""

    def __post_init__(self) -> None:
        entity = entity_of(self.item)
        names = {_name(change.path) for change in self.changes}
        if fixed := sorted(names & (BASE_KEYS | set(entity.id_fields))):
            raise ModelError(f"{entity.name}: {', '.join(fixed)} never change")
        for index, key in entity.indexes.items():
            touched = sorted(names & key.fields)
            if touched and not names.issuperset(INDEX_ATTRIBUTES[index]):
                raise ModelError(
                    f"{entity.name}: {', '.join(touched)} is part of the key of {index}; "
                    "use revise(before, after), or index_change(entity, index, values)"
                )


@dataclass(frozen=True, slots=True)
class Delete(Request[None]):
    """Deletes an item, if `condition` holds of it; without one, also an item that is not there."""

    item: type[msgspec.Struct]
    key: Key
    condition: Condition | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """In a transaction: nothing happens unless `condition` holds of this item."""

    item: type[msgspec.Struct]
    key: Key
    condition: Condition
    label: str = ""


type Write = Create | Put | Update[Any] | Delete
type Action = Write | Check


@dataclass(frozen=True, slots=True)
class Transact(Request[None]):
    """Writes that succeed or fail together; ConditionFailed tells which action did not hold.

    `token` (1 to 36 characters) makes a repetition within ten minutes the same transaction; each
    call has one of its own otherwise. A conflict with another transaction is tried again a few
    times, then Conflict. Raises ModelError for more than 100 actions, and for two of one item.
    """

    actions: tuple[Action, ...]
    token: str | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.actions) <= MAX_ACTIONS:
            raise ModelError(f"a transaction has 1 to {MAX_ACTIONS} actions")
        if len({key_of(action) for action in self.actions}) < len(self.actions):
            raise ModelError("a transaction names an item twice")


@dataclass(frozen=True, slots=True)
class BatchWrite(Request[None]):
    """Puts and deletes without conditions, each by itself: some may be done when it fails.

    One call for at most 25 items. What DynamoDB does not process is sent again; Throttled if it
    stays so. Raises ModelError for a condition, and for two writes of one item.
    """

    writes: tuple[Put | Delete, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.writes) <= MAX_BATCH_WRITES:
            raise ModelError(f"a batch has 1 to {MAX_BATCH_WRITES} writes")
        if any(write.condition is not None for write in self.writes):
            raise ModelError("a batch has no conditions; use Transact")
        if len({key_of(write) for write in self.writes}) < len(self.writes):
            raise ModelError("a batch names an item twice")


def key_of(action: Action) -> Key:
    """The table key of the item that `action` names."""
    if isinstance(action, Create | Put):
        return entity_of(type(action.value)).key_of(action.value)
    return action.key


def revise[T: msgspec.Struct](
    before: T, after: T, condition: Condition | None = None, label: str = ""
) -> Update[T]:
    """Turns the stored item `before` into `after`, unless it has changed meanwhile.

    Only what differs is written, index keys with it. Raises ModelError if nothing differs, or if
    the items have different keys.
    """
    entity: Entity[T] = entity_of(type(before))
    old, new = entity.attributes(before), entity.attributes(after)
    changes: list[Change] = [
        Set(name, value) for name, value in new.items() if old.get(name) != value
    ]
    changes += [Remove(name) for name in old if name not in new]
    changes = [change for change in changes if change.path != "version"]
    unchanged = equals("version", getattr(before, "version"))  # noqa: B009
    return Update(
        type(before),
        entity.key_of(before),
        tuple(changes),
        unchanged if condition is None else all_of(unchanged, condition),
        label=label,
    )


def index_change(
    item: type[msgspec.Struct], index: str, values: Mapping[str, str | int]
) -> tuple[Change, ...]:
    """Gives an item the key in `index` that `values` make, without a look at the item.

    For a write that knows all of them. Raises ModelError and KeyValueError.
    """
    key = entity_of(item).index(index)
    pk, sk = INDEX_ATTRIBUTES[index]
    return Set(pk, key.pk.format(values)), Set(sk, key.sk.format(values))


def _name(path: Path) -> str:
    return path if isinstance(path, str) else path[0]
