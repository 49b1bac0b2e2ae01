"""Opaque global ids: the type of an item and the fields of its full table key.

A read by id is therefore one GetItem. An id is input: it is decoded against the declared
entities, and must be exactly what `encode` makes, so one item has one id.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from tenantql.table.entity import Entity, Key, declared
from tenantql.table.errors import KeyValueError
from tenantql.table.keys import DELIMITER, escape, is_tenant_id, unescape

MAX_LENGTH = 1024
"""Characters; longer ids are refused before decoding."""


def encode(entity: Entity[Any], item: msgspec.Struct) -> str:
    """The global id of `item`."""
    parts = (entity.name, *(escape(getattr(item, name)) for name in entity.id_fields))
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
    entity = declared().get(name)
    if entity is None or len(parts) != len(entity.id_fields):
        raise malformed
    values = dict(zip(entity.id_fields, map(unescape, parts), strict=True))
    canonical = urlsafe_b64encode(raw).rstrip(b"=").decode()
    if canonical != text or [escape(value) for value in values.values() if value] != parts:
        raise malformed
    if not is_tenant_id(values.get("tenant", "")):
        raise malformed
    return entity, entity.key(**values), values["tenant"]
