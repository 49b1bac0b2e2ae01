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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from functools import cached_property
from types import NoneType
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

import msgspec
import msgspec.structs

from tenantql.table.adjacency import is_ahead, stands_between
from tenantql.table.attributes import RawItem, decode_item, encode_item, fields_of, is_there
from tenantql.table.decoding import Reading, StoredItem, schema_version_of, shape_of
from tenantql.table.errors import InvalidItem, ModelError
from tenantql.table.keys import SORT_KEY_BYTES, TENANT_LEAD, KeyTemplate, joined, tenant_prefix
from tenantql.table.shards import shard_of

TENANT_INDEXES: Final = ("GSI1", "GSI2", "GSI3")
"""The generic indexes of a tenant table, each with `<name>PK` and `<name>SK`."""

PLATFORM_INDEX: Final = "platform"
"""The index across tenants; its keys lead with none, and a tenant's credentials cannot name it."""

INDEX_ATTRIBUTES: Final[Mapping[str, tuple[str, str]]] = {
    **{index: (f"{index}PK", f"{index}SK") for index in TENANT_INDEXES},
    "directory": ("DIRPK", "PK"),
    PLATFORM_INDEX: ("PLATPK", "PLATSK"),
}
"""The partition and the sort key of each index of a tenant table."""

KEYS_ONLY: Final = frozenset({"directory", PLATFORM_INDEX})
"""Indexes that hold an item's keys and no other attribute."""

KEY_ATTRIBUTES: Final = frozenset(
    {"SK", "type", "schema_version", *(name for keys in INDEX_ATTRIBUTES.values() for name in keys)}
)
"""Attributes that the model writes and no entity may use as a field."""

type Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


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


class Key(msgspec.Struct, frozen=True):
    """A table key of one item."""

    pk: str
    sk: str


class Index(msgspec.Struct, frozen=True):
    """The key that an entity has in an index: two templates, and when it is there.

    An item is left out of the index while a field of the templates is absent, and while `when`
    says so: a sparse index.
    """

    pk: KeyTemplate
    sk: KeyTemplate
    when: Callable[[Any], bool] | None = None

    def keys(self, name: str, value: msgspec.Struct, found: Mapping[str, object]) -> dict[str, str]:
        """The attributes of `value` for the index `name`; none if it is not in the index."""
        if self.when is not None and not self.when(value):
            return {}
        if any(found.get(field) is None for field in self.fields):
            return {}
        pk, sk = INDEX_ATTRIBUTES[name]
        return {pk: self.pk.format(found), sk: self.sk.format(found)}

    @property
    def fields(self) -> frozenset[str]:
        """What the key is made of."""
        return frozenset((*self.pk.fields, *self.sk.fields))

    def is_sparse(self, item: type[msgspec.Struct]) -> bool:
        """Whether an item of this class can be left out."""
        infos = msgspec.structs.fields(item)
        optional = {info.name for info in infos if info.default is None}
        return self.when is not None or not optional.isdisjoint(self.fields)


@dataclass(frozen=True)
class Entity[T: msgspec.Struct]:
    """The declaration of one type of item: its class, name, keys, unique fields and upgrades."""

    name: str
    item: type[T]
    pk: KeyTemplate
    sk: KeyTemplate
    indexes: Mapping[str, Index]
    directory: bool
    unique: Mapping[str, str]
    upgrades: tuple[Upgrade, ...]
    spread: Mapping[str, str]
    follows: str | None = None
    _readings: dict[Any, Reading[T]] = dataclass_field(init=False, default_factory=dict[Any, Any])

    @cached_property
    def id_fields(self) -> tuple[str, ...]:
        """The fields that make the table key, in order."""
        return tuple(dict.fromkeys((*self.pk.fields, *self.sk.fields)))

    @cached_property
    def digits(self) -> Mapping[str, int]:
        """How many those of them have that are numbers."""
        return {**self.pk.numbers, **self.sk.numbers}

    @cached_property
    def id_text(self) -> Callable[[Any], str]:
        """What writes the name, and these fields of an object, as they stand in a global id."""
        return joined(self.name, self.id_fields, self.digits)

    def key(self, **values: str | int) -> Key:
        """The table key made of `values`. Raises KeyValueError."""
        return Key(self.pk.format(values), self.sk.format(values))

    def key_of(self, value: T) -> Key:
        """The table key of `value`. Raises KeyValueError."""
        return self.key(**{name: getattr(value, name) for name in self.id_fields})

    def index(self, name: str) -> Index:
        """The entity's key in an index. Raises ModelError if it does not fill it."""
        found = self.indexes.get(name)
        if found is None:
            raise ModelError(f"{self.item.__name__} does not fill {name}; declare it in indexes=")
        return found

    def attributes(self, value: T) -> dict[str, Any]:
        """The fields of `value` with all its keys, absent ones left out.

        The directory's key is not among them: it is chosen when the item is created.
        """
        found = {name: content for name, content in fields_of(value).items() if is_there(content)}
        key = self.key_of(value)
        keys = {"PK": key.pk, "SK": key.sk, "type": self.name}
        for name, index in self.indexes.items():
            keys |= index.keys(name, value, found)
        for field, prefix in self.spread.items():
            entries = cast("dict[str, Any]", found.pop(field, {}))
            found |= {prefix + name: content for name, content in entries.items()}
        if self.upgrades:
            found["schema_version"] = self.schema_version
        return found | keys

    def encoded(self, value: T, directory_shards: int = 1) -> dict[str, Any]:
        """The attributes of `value` as a new item, with its key in a shard of the directory."""
        found = self.attributes(value)
        if self.directory:
            shard = shard_of(f"{found['PK']}|{found['SK']}", directory_shards)
            found["DIRPK"] = self.directory_key(found["tenant"], shard)
        return found

    def directory_key(self, tenant: str, shard: str) -> str:
        """The partition key of the directory under which `shard` of these items is listed."""
        return f"{tenant_prefix(tenant)}TYPE#{self.name}#{shard}"

    @property
    def schema_version(self) -> int:
        """What a new item is written as: 1, and one more for each upgrade."""
        return len(self.upgrades) + 1

    def encode(self, value: T, directory_shards: int = 1) -> RawItem:
        """`value` as a new item, as DynamoDB takes it."""
        return encode_item(self.encoded(value, directory_shards))

    def decode(self, item: StoredItem) -> T:
        """The typed value of a stored item, of any schema version up to the present one.

        Raises InvalidItem if it is not one of this entity.
        """
        reading = self.reading(())
        return reading.value(reading.keys(item), item)

    def reading(self, names: tuple[str, ...]) -> Reading[T]:
        """What reads stored items, with the attributes of an index that have these names."""
        found = self._readings.get(names)
        if found is None:
            shape = shape_of(self.item, self.name, self.schema_version, names)
            # What is spread has no names that a shape could have.
            shape = None if self.spread else shape
            found = self._readings[names] = Reading(self.item, shape, names, self.general)
        return found

    def general(self, item: RawItem) -> T:
        """As `decode`, attribute by attribute, and from any schema version."""
        try:
            values = decode_item(item)
        except (ArithmeticError, TypeError, ValueError):
            raise InvalidItem(f"{self.name}: an attribute has no value of its type") from None
        if values.get("type") != self.name:
            raise InvalidItem(f"expected an item of type {self.name}")
        stored_as = schema_version_of(item)
        if stored_as > self.schema_version:
            raise InvalidItem(f"{self.name}: the item was written by a newer version of this code")
        for upgrade in self.upgrades[stored_as - 1 :]:
            values = upgrade(values)
        for field, prefix in self.spread.items():
            names = [name for name in values if name.startswith(prefix)]
            values[field] = {name.removeprefix(prefix): values.pop(name) for name in names}
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
    return cast("Entity[T]", found)


def entity_named(name: str) -> Entity[Any] | None:
    """The declaration of this name, if there is one."""
    return next((found for found in _DECLARED.values() if found.name == name), None)


def declared() -> Mapping[str, Entity[Any]]:
    """Every entity that was declared, by name."""
    return {found.name: found for found in _DECLARED.values()}


def entity[T: msgspec.Struct](
    *,
    name: str,
    pk: str,
    sk: str,
    indexes: Mapping[str, tuple[str, str] | tuple[str, str, Callable[[Any], bool]]] | None = None,
    unique: Mapping[str, str] | None = None,
    upgrades: Sequence[Upgrade] = (),
    spread: Mapping[str, str] | None = None,
    follows: str | None = None,
    lead: str = TENANT_LEAD,
    directory: bool = True,
) -> Callable[[type[T]], type[T]]:
    """Declares a class as the item type `name`.

    `indexes` maps an index to its partition and sort key template and, for a sparse one, a rule
    that says of an item whether it is there. `unique` maps a word to the field whose value no
    other item of the tenant may have (`tenantql.table.unique`). `upgrades` are functions from the
    attributes of schema version 1, 2, ... to those of the next, used when an old item is read.
    `spread` maps a dict field to a prefix: its entries are attributes of their own, so that one
    update can add to an entry, or make it, without knowing which.
    `follows` is how the sort keys begin that come right ahead of this one in its item collection:
    those of one entity, so that one Query reads its last items with this one.
    `lead` is how each partition key starts: the tenant and a delimiter, except in the control
    table. `directory` items can be enumerated by type. Raises ModelError.
    """

    def declare(item: type[T]) -> type[T]:
        found = Entity(
            name=name,
            item=item,
            pk=KeyTemplate(pk),
            sk=KeyTemplate(sk, SORT_KEY_BYTES),
            indexes={
                index: Index(KeyTemplate(key[0]), KeyTemplate(key[1], SORT_KEY_BYTES), *key[2:])
                for index, key in (indexes or {}).items()
            },
            directory=directory,
            unique=unique or {},
            upgrades=tuple(upgrades),
            spread=spread or {},
            follows=follows,
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
        if index not in (*TENANT_INDEXES, PLATFORM_INDEX):
            raise ModelError(f"{where}: no index {index}; use one of {', '.join(TENANT_INDEXES)}")
    for place, key in ({"table": Index(entity.pk, entity.sk)} | dict(entity.indexes)).items():
        if place != PLATFORM_INDEX:
            _check_partition_key(key.pk, lead, f"{where}: the partition key of {place}")
        _check_fields(key, hints, f"{where}: the key of {place}", optional=place != "table")
    _check_values(entity, hints, where)
    _check_spread(entity, hints, where)
    _check_neighbours(entity, where)


def _check_neighbours(new: Entity[Any], where: str) -> None:
    everyone = [*_DECLARED.values(), new]
    for entity in everyone:
        if entity.follows is None or (entity is not new and entity.pk.shape != new.pk.shape):
            continue
        shape = entity.pk.shape
        beside = [each for each in everyone if each is not entity and each.pk.shape == shape]
        ahead = [each.name for each in beside if is_ahead(each.sk, entity.follows)]
        between = [
            each.name for each in beside if stands_between(each.sk, entity.follows, entity.sk.text)
        ]
        if between or len(ahead) > 1:
            raise ModelError(
                f"{where}: {entity.name} is read with what begins with {entity.follows!r}, so one "
                f"entity begins so and none sorts between; found {', '.join(ahead + between)}"
            )


def _check_values(entity: Entity[Any], hints: Mapping[str, Any], where: str) -> None:
    for field in entity.unique.values():
        if not _is(str, hints.get(field), optional=True):
            raise ModelError(f"{where}: unique {field!r} must be a str field, or str | None")
    for info in msgspec.structs.fields(entity.item):
        if info.required and NoneType in get_args(hints[info.name]):
            raise ModelError(f"{where}: {info.name!r} needs a default, since None is not stored")


def _check_spread(entity: Entity[Any], hints: Mapping[str, Any], where: str) -> None:
    """Each spread attribute must be found again: by a prefix that nothing else begins with."""
    others = (hints.keys() - entity.spread.keys()) | KEY_ATTRIBUTES
    for field, prefix in entity.spread.items():
        if get_origin(hints.get(field)) is not dict:
            raise ModelError(f"{where}: spread {field!r} must be a dict field with str keys")
        beside = [other for name, other in entity.spread.items() if name != field]
        if not prefix or any(name.startswith(prefix) for name in (*others, *beside)):
            raise ModelError(
                f"{where}: the prefix {prefix!r} of {field!r} begins another attribute's name too"
            )


def _check_fields(key: Index, hints: Mapping[str, Any], where: str, *, optional: bool) -> None:
    for template in (key.pk, key.sk):
        for field in template.fields:
            kind = int if field in template.numbers else str
            if not _is(kind, hints.get(field), optional=optional):
                sparse = " (or None, for a sparse index)" if optional else ""
                raise ModelError(
                    f"{where} uses {field!r}, which must be a {kind.__name__} field{sparse}"
                )


def _check_partition_key(pk: KeyTemplate, lead: str, where: str) -> None:
    if not pk.text.startswith(lead):
        raise ModelError(f"{where} must start with {lead!r}")
    if pk.text.startswith(f"{TENANT_LEAD}{{"):
        # `SYS` there opens a key to credentials for reading: no value may choose it.
        raise ModelError(f"{where} needs a word after the tenant")


def _is(kind: type, hint: object, *, optional: bool) -> bool:
    """Whether a field of this type is a `kind` in the item, always or (`optional`) sometimes."""
    if isinstance(hint, type):
        return issubclass(hint, kind)
    return optional and hint == kind | None
