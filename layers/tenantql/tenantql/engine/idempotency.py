"""Idempotency keys: a write repeated with the same key answers with the first result.

The record of a key is created in the transaction of the write itself, so either both exist or
none. It expires after a day.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from tenantql.engine.context import Context
from tenantql.table.entity import Item, Key, entity, entity_of
from tenantql.table.requests import Get

LIFETIME: Final = timedelta(days=1)
MAX_LENGTH: Final = 255


@entity(name="IdempotencyRecord", pk="TENANT#{tenant}#IDEMPOTENCY#{digest}", sk="IDEMPOTENCY")
class IdempotencyRecord(Item, frozen=True, kw_only=True):
    """That a key was used: by what input (a digest), and the table key of the result."""

    digest: str
    fingerprint: str
    result_pk: str
    result_sk: str


def record(
    context: Context, operation: str, key: str, fields: msgspec.Struct, result: Key
) -> IdempotencyRecord:
    """The record of `key`, to be created in the transaction that creates `result`.

    A key belongs to one subject and one operation: another user's equal key is another key.
    """
    owned = msgspec.json.encode([operation, context.identity.subject, key])
    return IdempotencyRecord(
        **context.audit(),
        expires_at=int((context.now + LIFETIME).timestamp()),
        digest=sha256(owned).hexdigest(),
        fingerprint=sha256(msgspec.json.encode(fields)).hexdigest(),
        result_pk=result.pk,
        result_sk=result.sk,
    )


def earlier(record: IdempotencyRecord) -> Get[IdempotencyRecord]:
    """Reads the record that took the key before `record` could."""
    found = entity_of(IdempotencyRecord).key(tenant=record.tenant, digest=record.digest)
    return Get(IdempotencyRecord, found)
