"""Writes: what to put, change or delete, and under which condition.

    await Create(user)
    stock = await Update(Stock, key, (Increase("available", -3),), at_least("available", 3))
    await Transact((Create(order), Update(...), Delete(Cart, key, equals("version", 4))))

A write whose condition does not hold raises ConditionFailed, which has the stored item; an action
of a transaction can have a `label`, by which that error names it. `version` counts by itself.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from tenantql.table.entity import (
    INDEX_ATTRIBUTES,
    PLATFORM_INDEX,
    TENANT_INDEXES,
    Entity,
    Index,
    Key,
    entity_of,
)
from tenantql.table.errors import ModelError
from tenantql.table.expressions import (
    Append,
    Change,
    Condition,
    Exclude,
    Include,
    Remove,
    Set,
    SetIfAbsent,
    absent,
    all_of,
    any_of,
    below,
    equals,
    parts_of,
)
from tenantql.table.requests import Request

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ACTIONS: Final = 100
MAX_BATCH_WRITES: Final = 25
MAX_TOKEN: Final = 36

KEPT_INDEXES: Final = (*TENANT_INDEXES, PLATFORM_INDEX)
"""The indexes whose keys change with the item."""

BASE_KEYS: Final = frozenset({"PK", "SK", "DIRPK", "type", "tenant"})
"""Attributes that never change."""


class Create(Request[None], msgspec.Struct, frozen=True):
    """Puts an item that does not exist yet.

    An item past its `expires_at` does not take its key.
    """

    value: msgspec.Struct
    label: str = ""


class Put(Request[None], msgspec.Struct, frozen=True):
    """Puts an item in the place of whatever is there, if `condition` holds of that."""

    value: msgspec.Struct
    condition: Condition | None = None
    label: str = ""


class Update[T: msgspec.Struct](Request[T], msgspec.Struct, frozen=True):
    """Changes an item and answers with it as it then is (in a transaction: nothing).

    Without `otherwise` the item has to exist. With it, an item that is absent is made of its
    attributes, and `changes` apply to that; an item that is there gets those of its attributes
    that it lacks. `condition` is of the item as stored, so of an absent one too:
    `any_of(absent("PK"), ...)`. An item that has expired is not changed: the condition fails,
    and there is nothing stored. A change of a field that an index's key is made of, or that its
    rule looks at, needs the index's key as well: `revise` does that, and says so by `rekeyed`.
    Raises ModelError.
    """

    item: type[T]
    key: Key
    changes: tuple[Change, ...]
    condition: Condition | None = None
    otherwise: T | None = None
    label: str = ""
    rekeyed: bool = False

    def __post_init__(self) -> None:
        entity = entity_of(self.item)
        names = {parts_of(change.path)[0] for change in self.changes}
        if fixed := sorted(names & (BASE_KEYS | set(entity.id_fields))):
            raise ModelError(f"{entity.name}: {', '.join(fixed)} never change")
        for index, key in entity.indexes.items():
            if not self.rekeyed and (touched := _unkeyed(entity, index, key, names)):
                raise ModelError(
                    f"{entity.name}: {', '.join(touched)} is part of the key of {index}; "
                    "use revise(before, after), or index_change(entity, index, values)"
                )
        if self.otherwise is not None:
            _check_otherwise(entity, self.key, self.otherwise, self.changes, names)


class Delete(Request[None], msgspec.Struct, frozen=True):
    """Deletes an item, if `condition` holds of it; without one, also an item that is not there."""

    item: type[msgspec.Struct]
    key: Key
    condition: Condition | None = None
    label: str = ""


class Check(msgspec.Struct, frozen=True):
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

    `token` (1 to 36 characters) makes this value, awaited again within ten minutes, the same
    transaction: it happens once. Each call has a token of its own otherwise. Expiry is judged at
    `at` (epoch seconds), so that the repetition is equal to the letter. A conflict with another
    transaction is tried again a few times, then Conflict; with `again`, it gives the actions of the
    next attempt, as many and in the same order, such as with another shard. Raises ModelError for
    more than 100 actions, for two of one item, and for `again` beside a token.
    """

    actions: tuple[Action, ...]
    token: str | None = None
    at: int = field(default_factory=lambda: int(time.time()), compare=False)
    again: Callable[[], tuple[Action, ...]] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.token is not None and self.again is not None:
            raise ModelError("a transaction with a token is the same each time")
        if not 0 < len(self.actions) <= MAX_ACTIONS:
            raise ModelError(f"a transaction has 1 to {MAX_ACTIONS} actions")
        if self.token is not None and not 0 < len(self.token) <= MAX_TOKEN:
            raise ModelError(f"a token has 1 to {MAX_TOKEN} characters")
        if len({key_of(action) for action in self.actions}) < len(self.actions):
            raise ModelError("a transaction names an item twice")


class BatchWrite(Request[None], msgspec.Struct, frozen=True):
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
    if type(after) is not type(before) or entity.key_of(after) != entity.key_of(before):
        raise ModelError(f"{entity.name}: revise turns an item into one of the same type and key")
    old, new = entity.attributes(before), entity.attributes(after)
    if (old | {"version": None}) == (new | {"version": None}):
        raise ModelError(f"{entity.name}: nothing differs; there is nothing to revise")
    unchanged = equals("version", getattr(before, "version"))  # noqa: B009
    return Update(
        type(before),
        entity.key_of(before),
        _differences(entity, old, new),
        unchanged if condition is None else all_of(unchanged, condition),
        label=label,
        rekeyed=True,
    )


def upgrade[T: msgspec.Struct](value: T) -> Update[T]:
    """Writes an item that was read as an old schema version in the present one; nothing else.

    Its `version` stays: what it says has not changed.
    """
    entity: Entity[T] = entity_of(type(value))
    attributes = entity.attributes(value)
    changes = _differences(entity, attributes, attributes)
    old = any_of(absent("schema_version"), below("schema_version", entity.schema_version))
    if "version" in attributes:
        changes = (*changes, Set("version", attributes["version"]))
        old = all_of(old, equals("version", attributes["version"]))
    return Update(type(value), entity.key_of(value), changes, old)


def _differences(
    entity: Entity[Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[Change, ...]:
    """The changes from one to the other, without `version`.

    With upgrades, `old` is perhaps not what is stored: then everything is written.
    """
    fixed = BASE_KEYS | {"version", *entity.id_fields}
    everything = bool(entity.upgrades)
    changes: list[Change] = [
        Set(name, value)
        for name, value in new.items()
        if name not in fixed and (everything or old.get(name) != value)
    ]
    gone = dict.fromkeys(old)
    if everything:
        keys = [name for index in KEPT_INDEXES for name in INDEX_ATTRIBUTES[index]]
        gone |= dict.fromkeys([*entity.item.__struct_fields__, *keys])
        gone = {name: None for name in gone if name not in entity.spread}
    changes += [Remove(name) for name in gone if name not in new and name not in fixed]
    return tuple(changes)


def index_change(
    item: type[msgspec.Struct],
    index: str,
    values: Mapping[str, str | int],
    part: Literal["pk", "sk"] | None = None,
) -> tuple[Change, ...]:
    """Gives an item the key in `index` that `values` make, without a look at the item.

    For a write that knows all of them. `part` changes one of the two keys and needs the values of
    that one: for an item that surely is in the index. Raises ModelError and KeyValueError.
    """
    key = entity_of(item).index(index)
    if part is not None and key.is_sparse(item):
        raise ModelError(f"an item might not be in {index}; give it both keys, or use revise")
    pk, sk = INDEX_ATTRIBUTES[index]
    both = {"pk": (pk, key.pk), "sk": (sk, key.sk)}
    chosen = both.values() if part is None else (both[part],)
    return tuple(Set(name, template.format(values)) for name, template in chosen)


def _unkeyed(entity: Entity[Any], index: str, key: Index, names: set[str]) -> list[str]:
    """The fields in `names` that a key of the index is made of, if that key is not in `names`."""
    attributes = INDEX_ATTRIBUTES[index]
    if key.is_sparse(entity.item):
        return [] if names.issuperset(attributes) else sorted(names & key.fields)
    parts = zip((key.pk, key.sk), attributes, strict=True)
    return sorted(
        {name for part, attribute in parts if attribute not in names for name in part.fields}
        & names
    )


def _check_otherwise(
    entity: Entity[Any],
    key: Key,
    otherwise: msgspec.Struct,
    changes: tuple[Change, ...],
    names: set[str],
) -> None:
    """One update of DynamoDB's must mean the same for an item that is there and one that is not."""
    if type(otherwise) is not entity.item or entity.key_of(otherwise) != key:
        raise ModelError(f"{entity.name}: otherwise is to be the {entity.name} of this key")
    new = entity.attributes(otherwise)
    for change in changes:
        name, *inside = parts_of(change.path)
        if inside:
            raise ModelError(
                f"{entity.name}: {name!r} cannot be made and changed inside of at once; "
                f"declare spread={{{name!r}: ...}}, so that its entries are attributes"
            )
        if isinstance(change, SetIfAbsent | Append | Include | Exclude) and name in new:
            raise ModelError(f"{entity.name}: {name!r} is changed, so leave it out of otherwise")
    for index, declared in entity.indexes.items():
        made = INDEX_ATTRIBUTES[index]
        if declared.is_sparse(entity.item) and made[0] in new and not names.issuperset(made):
            raise ModelError(
                f"{entity.name}: an item that is there might not be in {index}, and would get "
                "into it; add index_change(entity, index, values) to the changes"
            )
