"""The canary: two tenants of nobody's, each of which tries to read what is the other's.

It gets credentials as a request of a tenant does, from the same code, and sends calls for the
other's keys past every check of ours: so what refuses them is IAM. That the keys are there, and the
credentials good, its reads of its own items show.
"""

from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from typing import Any, Final

import msgspec

from tenantql.errors import TenantqlError
from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.entity import timestamp
from tenantql.table.errors import AccessDenied
from tenantql.table.keys import tenant_prefix
from tenantql.table.transport import Transport, send
from tenantql.tenancy.credentials import Vendor
from tenantql.tenancy.identity import CANARIES
from tenantql.tenancy.policy import BOOKKEEPING, Level

INDEX: Final = "GSI1"
WRITER: Final = "system:canary"


class Read(StrEnum):
    """The reads that are tried."""

    GET = "GetItem"
    QUERY = "Query"
    INDEX = f"Query of {INDEX}"


class Watch(msgspec.Struct, frozen=True):
    """What a round of attempts found.

    `breaches` are the reads of another tenant's keys that were answered. `unproven` is what says
    nothing of them: an own item that could not be read, a refusal by something else than IAM.
    """

    breaches: tuple[str, ...]
    unproven: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether everything own was read and everything foreign was refused by IAM."""
        return not self.breaches and not self.unproven


def watch(transport: Transport, vendor: Vendor, table: str) -> Watch:
    """Tries every read, by each tenant at each level of requests. Never raises TenantqlError.

    `vendor` should have no sessions yet: those of an hour ago know nothing of what has changed.
    """
    breaches: list[str] = []
    unproven: list[str] = []
    for tenant, level in product(CANARIES, (Level.READ, Level.WRITE)):
        try:
            credentials = vendor.access(tenant, table, level).credentials
        except TenantqlError as error:
            unproven.append(f"credentials of {tenant}@{level}: {type(error).__name__}")
            continue
        for owner, kind in product(CANARIES, Read):
            what = f"{kind} of {owner} by {tenant}@{level}"
            found = _attempt(transport, _call(kind, table, owner), credentials)
            if owner == tenant:
                if found.empty:
                    found = _planted(transport, kind, table, owner, credentials)
                if not found.items:
                    unproven.append(f"{what}: {found.reason}")
            elif found.error is None:
                breaches.append(what)
            elif not isinstance(found.error, AccessDenied):
                unproven.append(f"{what}: {found.reason}")
    return Watch(tuple(breaches), tuple(unproven))


class _Found(msgspec.Struct, frozen=True):
    """What came of a read: how many items, or the error."""

    items: int = 0
    error: TenantqlError | None = None

    @property
    def empty(self) -> bool:
        return not self.items and self.error is None

    @property
    def reason(self) -> str:
        return type(self.error).__name__ if self.error else "no item"


def _attempt(transport: Transport, call: Call, credentials: Credentials) -> _Found:
    try:
        answer = send(transport, call, credentials)
    except TenantqlError as error:
        return _Found(error=error)
    return _Found(len(answer.get("Items") or ([answer["Item"]] if answer.get("Item") else [])))


def _planted(
    transport: Transport, kind: Read, table: str, tenant: str, credentials: Credentials
) -> _Found:
    """The same read after the item was written, as credentials for reading may under its key."""
    put = Call("PutItem", {"TableName": table, "Item": _item(tenant)})
    try:
        send(transport, put, credentials)
    except TenantqlError as error:
        return _Found(error=error)
    return _attempt(transport, _call(kind, table, tenant), credentials)


def _call(kind: Read, table: str, tenant: str) -> Call:
    """A read of the tenant's item."""
    item = _item(tenant)
    if kind is Read.GET:
        key = {name: item[name] for name in ("PK", "SK")}
        return Call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
    index = {"IndexName": INDEX} if kind is Read.INDEX else {}
    name = f"{INDEX}PK" if index else "PK"
    condition = {
        "KeyConditionExpression": f"{name} = :key",
        "ExpressionAttributeValues": {":key": item[name]},
    }
    return Call("Query", {"TableName": table, **index, **condition})


def _item(tenant: str) -> dict[str, Any]:
    now = timestamp(datetime.now(UTC))
    values = {
        "PK": f"{tenant_prefix(tenant)}{BOOKKEEPING}CANARY",
        "SK": "CANARY",
        f"{INDEX}PK": f"{tenant_prefix(tenant)}CANARY",
        f"{INDEX}SK": "CANARY",
        "type": "Canary",
        "tenant": tenant,
        "created_at": now,
        "updated_at": now,
        "created_by": WRITER,
        "updated_by": WRITER,
    }
    return {name: {"S": value} for name, value in values.items()}
