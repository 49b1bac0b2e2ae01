"""Entities: a type of item, declared once, from which keys, indexes and ids follow.

    @entity(
        name="User",
        pk="TENANT#{tenant}#USER#{id}",
        sk="PROFILE",
        indexes={"GSI1": ("TENANT#{tenant}#EMAIL#{email_key}", "USER")},
    )
    class User(Item): ...

What is wrong with a declaration is found when the class is defined: a partition key that does
not lead with its tenant, a field that the class does not have or that may be absent.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast, get_type_hints

import msgspec

from tenantql.table.attributes import RawItem, decode_item, encode_item
from tenantql.table.errors import InvalidItem, ModelError
from tenantql.table.keys import SORT_KEY_BYTES, TENANT_LEAD, KeyTemplate
from tenantql.table.shards import shard_of

TENANT_INDEXES: Final = ("GSI1", "GSI2", "GSI3")
"""The generic indexes of a tenant table, each with `<name>PK` and `<name>SK`."""

KEY_ATTRIBUTES: Final = frozenset(
    {"PK", "SK", "DIRPK", "PLATPK", "PLATSK", "type"}
    | {f"{index}{suffix}" for index in TENANT_INDEXES for suffix in ("PK", "SK")}
)
"""Attributes that the model writes and no entity may use as a field."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What every item of a tenant carries: its tenant, who wrote it and when.

    Times are UTC in ISO 8601 with milliseconds (`timestamp`). `version` counts the changes,
    starting at 1. `expires_at` is DynamoDB's TTL, in epoch seconds.
    """

    tenant: str
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str
    version: int = 1
    expires_at: int | None = None


def timestamp(moment: datetime) -> str:
    """`moment` as items hold it: UTC, ISO 8601, always 24 characters, so text sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Key:
    """A table key of one item."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Entity[T: msgspec.Struct]:
    """The declaration of one type of item: its class, name and key templates."""

    name: str
    item: type[T]
    pk: KeyTemplate
    sk: KeyTemplate
    indexes: Mapping[str, tuple[KeyTemplate, KeyTemplate]]
    directory: bool

    @property
    def id_fields(self) -> tuple[str, ...]:
        """The fields that make the table key, in order: what a global id of this entity holds."""
        return tuple(dict.fromkeys((*self.pk.fields, *self.sk.fields)))

    def key(self, **values: str) -> Key:
        """The table key made of `values`. Raises KeyValueError."""
        return Key(self.pk.format(values), self.sk.format(values))

    def encode(self, value: T) -> RawItem:
        """`value` with all its keys, as DynamoDB takes it.

        An index whose fields are absent is left out (a sparse index).
        """
        # A decimal stays one: it is stored as a number.
        fields = cast(dict[str, Any], msgspec.to_builtins(value, builtin_types=(Decimal,)))
        keys: dict[str, str] = {"PK": self.pk.format(fields), "SK": self.sk.format(fields)}
        for index, (pk, sk) in self.indexes.items():
            if all(fields.get(name) is not None for name in (*pk.fields, *sk.fields)):
                keys |= {f"{index}PK": pk.format(fields), f"{index}SK": sk.format(fields)}
        if self.directory:
            lead = TENANT_LEAD.format(tenant=fields["tenant"])
            shard = shard_of(f"{keys['PK']}|{keys['SK']}", 1)
            keys["DIRPK"] = f"{lead}TYPE#{self.name}#{shard}"
        return encode_item(fields | keys | {"type": self.name})

    def decode(self, item: RawItem) -> T:
        """The typed value of a stored item. Raises InvalidItem if it is not one of this entity."""
        values = decode_item(item)
        if values.get("type") != self.name:
            raise InvalidItem(f"expected an item of type {self.name}")
        try:
            return msgspec.convert(values, self.item)
        except msgspec.ValidationError as error:
            # The message names fields and types, never contents.
            raise InvalidItem(f"{self.name}: {error}") from None


def entity_of[T: msgspec.Struct](item: type[T]) -> Entity[T]:
    """The declaration of a class. Raises ModelError if it has none."""
    found = _DECLARED.get(item)
    if found is None:
        raise ModelError(f"{item.__name__} is not an entity: decorate it with @entity(...)")
    return cast(Entity[T], found)


def declared() -> Mapping[str, Entity[Any]]:
    """Every entity that was declared, by name."""
    return {found.name: found for found in _DECLARED.values()}


def entity[T: msgspec.Struct](
    *,
    name: str,
    pk: str,
    sk: str,
    indexes: Mapping[str, tuple[str, str]] | None = None,
    lead: str = TENANT_LEAD,
    directory: bool = True,
) -> Callable[[type[T]], type[T]]:
    """Declares a class as the item type `name`.

    `indexes` maps an index name to its partition and sort key template. `lead` is how each
    partition key starts: the tenant and a delimiter, except in the control table. `directory`
    items can be enumerated by type. Raises ModelError.
    """

    def declare(item: type[T]) -> type[T]:
        found = Entity(
            name=name,
            item=item,
            pk=KeyTemplate(pk),
            sk=KeyTemplate(sk, SORT_KEY_BYTES),
            indexes={
                index: (KeyTemplate(key[0]), KeyTemplate(key[1], SORT_KEY_BYTES))
                for index, key in (indexes or {}).items()
            },
            directory=directory,
        )
        _check(found, lead)
        _DECLARED[item] = found
        return item

    return declare


_DECLARED: dict[type[msgspec.Struct], Entity[Any]] = {}
_NAME = re.compile(r"[A-Za-z_]{1,30}")


def _check(entity: Entity[Any], lead: str) -> None:
    where = f"entity {entity.name} ({entity.item.__module__}.{entity.item.__qualname__})"
    if not _NAME.fullmatch(entity.name):
        raise ModelError(f"{where}: a name is 1 to 30 letters and underscores; keys hold it")
    if any(other.name == entity.name for other in _DECLARED.values()):
        raise ModelError(f"{where}: another entity has this name; names are stored, so choose one")
    hints = get_type_hints(entity.item)
    if taken := KEY_ATTRIBUTES & hints.keys():
        raise ModelError(f"{where}: {sorted(taken)} are written by the model; rename the fields")
    for index in entity.indexes:
        if index not in TENANT_INDEXES:
            raise ModelError(f"{where}: no index {index}; use one of {', '.join(TENANT_INDEXES)}")
    tables = {"table": (entity.pk, entity.sk)}
    for place, (pk, sk) in (tables | dict(entity.indexes)).items():
        _check_partition_key(pk, lead, f"{where}: the partition key of {place}")
        for field in (*pk.fields, *sk.fields):
            optional = place != "table"
            if not _is_text(hints.get(field), optional=optional):
                raise ModelError(
                    f"{where}: the key of {place} uses {field!r}, which must be a str field"
                    + (" (or str | None, for a sparse index)" if optional else "")
                )


def _check_partition_key(pk: KeyTemplate, lead: str, where: str) -> None:
    if not pk.text.startswith(lead):
        raise ModelError(f"{where} must start with {lead!r}")
    if pk.text.startswith(f"{TENANT_LEAD}{{"):
        # `SYS` there opens a key to credentials for reading: no value may choose it.
        raise ModelError(f"{where} needs a word after the tenant")


def _is_text(hint: object, *, optional: bool) -> bool:
    """Whether a field of this type is a string in the item, always or (`optional`) sometimes."""
    if isinstance(hint, type):
        return issubclass(hint, str)
    return optional and hint == str | None
