"""Unique values: no two items of a tenant have the same one, whatever the timing.

An entity names its unique fields: `unique={"EMAIL": "email_key"}`. For each value that an item has,
a claim stands in the table under a key made of it; whoever creates the claim first has the value.
Claims are written in the transaction of the item itself, so neither is there without the other. A
failed claim has the label `unique:<field>`.
"""

import msgspec

from tenantql.table.entity import Entity, Item, Key, entity, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Condition, Remove, Set, all_of, equals
from tenantql.table.writes import Action, Create, Delete, Update, revise

LABEL = "unique:"


@entity(name="UniqueClaim", pk="TENANT#{tenant}#UNIQUE#{attribute}#{value}", sk="UNIQUE")
class UniqueClaim(Item, frozen=True, kw_only=True):
    """Holds a value for one item, whose table key is `owner_pk` and `owner_sk`.

    It is outside of `SYS#`, where credentials for reading may write. It expires with the item.
    """

    attribute: str
    value: str
    owner_pk: str
    owner_sk: str


def creation(value: Item) -> tuple[Action, ...]:
    """Creates `value` and claims its unique values."""
    return Create(value), *(_claim(value, word) for word in _claimed(value))


def change(before: Item, after: Item) -> tuple[Action, ...]:
    """Turns `before` into `after`, unless it has changed meanwhile; see `writes.revise`.

    Claims its new unique values and gives up those that it no longer has.
    """
    old, new = _claimed(before), _claimed(after)
    words = [word for word in {**old, **new} if old.get(word) != new.get(word)]
    given_up = [_release(before, word) for word in words if word in old]
    claimed = [_claim(after, word) for word in words if word in new]
    kept = [] if before.expires_at == after.expires_at else [word for word in old if word in new]
    prolonged = [_prolong(after, word) for word in kept if word not in words]
    return revise(before, after), *given_up, *claimed, *prolonged


def exchange(
    item: type[Item], owner: Key, field: str, old: str, new: str, *, tenant: str, at: str, by: str
) -> tuple[Action, Action]:
    """Gives up the value that an item has in `field` and claims another, without a look at it.

    For a write that knows both, and whose own condition on the item tests the old one. `at` and
    `by` say when and by whom.
    """
    (word,) = [word for word, name in entity_of(item).unique.items() if name == field]
    claim = UniqueClaim(
        tenant=tenant,
        created_at=at,
        created_by=by,
        updated_at=at,
        updated_by=by,
        attribute=word,
        value=new,
        owner_pk=owner.pk,
        owner_sk=owner.sk,
    )
    given_up = entity_of(UniqueClaim).key(tenant=tenant, attribute=word, value=old)
    return Delete(UniqueClaim, given_up, _owned_by(owner)), Create(claim, label=LABEL + field)


def deletion(value: Item) -> tuple[Action, ...]:
    """Deletes `value`, unless it has changed meanwhile, and gives up its unique values."""
    unchanged = equals("version", value.version)
    return (
        Delete(type(value), entity_of(type(value)).key_of(value), unchanged),
        *(_release(value, word) for word in _claimed(value)),
    )


def taken(failed: ConditionFailed) -> list[str]:
    """The fields whose values other items have, when a transaction failed."""
    return [label.removeprefix(LABEL) for label in failed.labels if label.startswith(LABEL)]


def _claimed(value: Item) -> dict[str, str]:
    """The unique values that an item has, by their word."""
    declared = entity_of(type(value)).unique
    found = {word: getattr(value, field) for word, field in declared.items()}
    return {word: content for word, content in found.items() if content is not None}


def _claim(value: Item, word: str) -> Create:
    owner = _owner(value)
    claim = UniqueClaim(
        tenant=value.tenant,
        created_at=value.updated_at,
        created_by=value.updated_by,
        updated_at=value.updated_at,
        updated_by=value.updated_by,
        expires_at=value.expires_at,
        attribute=word,
        value=_claimed(value)[word],
        owner_pk=owner.pk,
        owner_sk=owner.sk,
    )
    return Create(claim, label=LABEL + entity_of(type(value)).unique[word])


def _release(value: Item, word: str) -> Delete:
    return Delete(UniqueClaim, _claim_key(value, word), _held_by(value))


def _prolong(value: Item, word: str) -> Update[UniqueClaim]:
    """Lets a claim that is kept expire with its item."""
    changes = (
        Remove("expires_at") if value.expires_at is None else Set("expires_at", value.expires_at),
        Set("updated_at", value.updated_at),
        Set("updated_by", value.updated_by),
    )
    return Update(UniqueClaim, _claim_key(value, word), changes, _held_by(value))


def _claim_key(value: Item, word: str) -> Key:
    claim = entity_of(UniqueClaim)
    return claim.key(tenant=value.tenant, attribute=word, value=_claimed(value)[word])


def _held_by(value: Item) -> Condition:
    return _owned_by(_owner(value))


def _owned_by(owner: Key) -> Condition:
    return all_of(equals("owner_pk", owner.pk), equals("owner_sk", owner.sk))


def _owner(value: Item) -> Key:
    found: Entity[msgspec.Struct] = entity_of(type(value))
    return found.key_of(value)
