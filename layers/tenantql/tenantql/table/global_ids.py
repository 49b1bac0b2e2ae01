"""Opaque global ids: the type of an item and the fields of its full table key.

A read by id is therefore one GetItem. An id is input: it is decoded against the declared
entities, and must be exactly what `encode` makes, so one item has one id.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tenantql.table.entity import Entity, Key, entity_named
from tenantql.table.errors import KeyValueError
from tenantql.table.keys import DELIMITER, escape, is_tenant_id, number_of, unescape
from tenantql.table.opaque import opaque, raw_of

MAX_LENGTH = 1024
"""Characters; longer ids are refused before decoding."""


def encode(entity: Entity[Any], item: msgspec.Struct) -> str:
    """The global id of `item`."""
    return _named(entity, [getattr(item, name) for name in entity.id_fields])


def naming(entity: Entity[Any], values: Mapping[str, Any]) -> str:
    """The global id of the item whose table key is made of `values`."""
    return _named(entity, [values[name] for name in entity.id_fields])


def _named(entity: Entity[Any], values: Iterable[Any]) -> str:
    digits = entity.digits
    text = entity.name
    for name, value in zip(entity.id_fields, values, strict=True):
        text += DELIMITER + (f"{value:0{digits[name]}d}" if name in digits else escape(value))
    return opaque(text.encode())


def decode(text: str) -> tuple[Entity[Any], Key, str]:
    """The entity, table key and tenant that `text` names. Raises KeyValueError if malformed."""
    malformed = KeyValueError("this is not an id of TenantQL")
    if len(text) > MAX_LENGTH:
        raise malformed
    try:
        name, *parts = raw_of(text).decode().split(DELIMITER)
    except ValueError:
        raise malformed from None
    entity = entity_named(name)
    if entity is None or len(parts) != len(entity.id_fields):
        raise malformed
    digits = entity.digits
    values: dict[str, Any] = {}
    for name, part in zip(entity.id_fields, parts, strict=True):
        value = number_of(part, digits[name]) if name in digits else unescape(part)
        if value is None or (name not in digits and (not part or escape(str(value)) != part)):
            raise malformed
        values[name] = value
    tenant = str(values.get("tenant", ""))
    if not is_tenant_id(tenant):
        raise malformed
    return entity, entity.key(**values), tenant
