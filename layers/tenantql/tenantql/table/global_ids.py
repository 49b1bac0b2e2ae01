"""Opaque global ids: the type of an item and the fields of its full table key.

A read by id is therefore one GetItem. An id is input: it is decoded against the declared
entities, and must be exactly what `encode` makes, so one item has one id.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from tenantql.table.entity import Entity, Key, entity_named
from tenantql.table.errors import KeyValueError
from tenantql.table.keys import DELIMITER, is_part_of
from tenantql.table.opaque import opaque, raw_of

MAX_LENGTH = 1024
"""Characters; longer ids are refused before decoding."""


def encode(entity: Entity[Any], item: msgspec.Struct) -> str:
    """The global id of `item`."""
    return opaque(entity.id_text(item).encode())


def naming(entity: Entity[Any], values: Mapping[str, Any]) -> str:
    """The global id of the item whose table key is made of `values`."""
    return opaque(entity.id_text(SimpleNamespace(**values)).encode())


def decode(text: str) -> tuple[Entity[Any], Key, str]:
    """The entity, table key and tenant that `text` names. Raises KeyValueError if malformed."""
    found = _decoded(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise KeyValueError("this is not an id of TenantQL")
    entity, parts = found
    return entity, Key(entity.pk.filled(parts), entity.sk.filled(parts)), parts["tenant"]


def _decoded(text: str) -> tuple[Entity[Any], dict[str, str]] | None:
    """The entity, and the fields of the table key as they stand in it; None if malformed."""
    try:
        name, *found = raw_of(text).decode().split(DELIMITER)
    except ValueError:
        return None
    entity = entity_named(name)
    if entity is None or len(found) != len(entity.id_fields):
        return None
    parts, digits = dict(zip(entity.id_fields, found, strict=True)), entity.digits
    if "tenant" not in parts:
        return None
    for name, part in parts.items():
        if not is_part_of(name, digits.get(name, 0), part):
            return None
    return entity, parts
