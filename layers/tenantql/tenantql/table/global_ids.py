"""Opaque global ids: the type of an item and the fields of its full table key.

A read by id is therefore one GetItem. An id is input: it is decoded against the declared
entities, and must be exactly what `encode` makes, so one item has one id.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import msgspec

from tenantql.table.entity import Entity, Key, entity_named
from tenantql.table.errors import KeyValueError
from tenantql.table.keys import DELIMITER, escape, is_tenant_id, number_of, unescape

MAX_LENGTH = 1024
"""Characters; longer ids are refused before decoding."""


def encode(entity: Entity[Any], item: msgspec.Struct) -> str:
    """The global id of `item`."""
    return naming(entity, {name: getattr(item, name) for name in entity.id_fields})


def naming(entity: Entity[Any], values: Mapping[str, Any]) -> str:
    """The global id of the item whose table key is made of `values`."""
    digits = entity.digits
    parts = [entity.name]
    for name in entity.id_fields:
        value = values[name]
        parts.append(f"{value:0{digits[name]}d}" if name in digits else escape(value))
    return urlsafe_b64encode(DELIMITER.join(parts).encode()).rstrip(b"=").decode()


def decode(text: str) -> tuple[Entity[Any], Key, str]:
    """The entity, table key and tenant that `text` names. Raises KeyValueError if malformed."""
    malformed = KeyValueError("this is not an id of TenantQL")
    if len(text) > MAX_LENGTH:
        raise malformed
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        name, *parts = raw.decode().split(DELIMITER)
    except ValueError:
        raise malformed from None
    entity = entity_named(name)
    if entity is None or len(parts) != len(entity.id_fields):
        raise malformed
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
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
