"""What unit tests build from: people, items, accesses, and transports that do no I/O."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from tenantql.accounts.model import Organisation, User, comparable
from tenantql.commerce.model import Invoice, InvoiceStatus
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds
from tenantql.engine.ulids import ulid
from tenantql.table import calls
from tenantql.table.access import Access, Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import entity_of
from tenantql.table.requests import AnyRequest
from tenantql.table.transport import OneByOne
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.routing import RoutingRecord, ShardCount, Status, Tier

NOW = datetime(2026, 11, 21, 9, 30, 0, 123_000, tzinfo=UTC)
AT = "2026-11-21T09:30:00.123Z"
ISSUED = "2026-11-01T08:00:00.000Z"
TABLE = "shop-data-basic-01"
USER_ID = "01J00000000000000000000001"
INVOICE_ID = "01J00000000000000000000002"
AUDIT = {"created_at": AT, "created_by": "maker", "updated_at": AT, "updated_by": "maker"}

CREDENTIALS = Credentials("AKIDTENANT", "secret-of-the-tenant", "token-of-the-tenant")


def access(tenant: str = "acme") -> Access:
    """The right to the keys of a tenant."""
    return Access(TABLE, f"TENANT#{tenant}#", CREDENTIALS)


def identity(*roles: Role, tenant: str | None = "acme", subject: str = "somebody") -> Identity:
    return Identity(tenant, subject, frozenset(roles))


def user(tenant: str = "acme", **changed: Any) -> User:
    values: dict[str, Any] = {
        "tenant": tenant,
        **AUDIT,
        "id": USER_ID,
        "shard": "00",
        "email": "Ada@Example.com",
        "username": "Ada",
        "display_name": "Ada Abt",
        "roles": frozenset({"customer"}),
        **changed,
    }
    values.setdefault("email_key", comparable(values["email"]))
    values.setdefault("username_key", comparable(values["username"]))
    return User(**values)


def invoice(tenant: str = "acme", **changed: Any) -> Invoice:
    values: dict[str, Any] = {
        "tenant": tenant,
        **AUDIT,
        "id": INVOICE_ID,
        "shard": "00",
        "number": "A-1",
        "status": InvoiceStatus.OPEN,
        "customer": USER_ID,
        "total": 1250,
        "currency": "EUR",
        "issued_at": ISSUED,
        "due_at": AT,
        **changed,
    }
    return Invoice(**values)


def organisation(tenant: str = "acme") -> Organisation:
    return Organisation(
        tenant=tenant,
        name="Acme Trading",
        currency="EUR",
        time_zone="Europe/Berlin",
        created_at=AT,
        created_by="maker",
        updated_at=AT,
        updated_by="maker",
    )


COLLECTIONS = ("users", "orders", "invoices", "revenue", "spend", "directory")


def route(
    tenant: str = "acme",
    status: Status = Status.ACTIVE,
    shards: int = 1,
    table: str = TABLE,
    **changed: Any,
) -> RoutingRecord:
    values: dict[str, Any] = {
        "name": "Acme Trading",
        "tier": Tier.BASIC,
        "created_at": AT,
        "cursor_keys": ("c0" * 32,),
        "shards": dict.fromkeys(COLLECTIONS, ShardCount(read=shards, write=shards)),
        **changed,
    }
    return RoutingRecord(tenant=tenant, status=status, table=table, **values)


def stored(value: msgspec.Struct) -> RawItem:
    """An item as the table holds it."""
    return entity_of(type(value)).encode(value)


class Scripted(OneByOne):
    """A transport that answers each call with a function, and remembers the calls."""

    def __init__(self, answer: Callable[[Call], Mapping[str, Any]] = lambda _call: {}) -> None:
        self._answer = answer
        self.calls: list[Call] = []
        self.credentials: list[Credentials] = []

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self.calls.append(call)
        self.credentials.append(credentials)
        return self._answer(call)

    @property
    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]


def call_made(request: AnyRequest) -> Call:
    """The first call that `request` makes."""
    transport = Scripted()
    with suppress(KeyError):  # The answer, which is empty, may not do.
        calls.run(transport, request, replace(access(), lead=""))
    return transport.calls[0]


def holding(*values: msgspec.Struct) -> Scripted:
    """A transport that finds these items by their keys, and takes every write."""
    items = [stored(value) for value in values]

    def at(key: RawItem) -> list[RawItem]:
        return [each for each in items if each | key == each]

    def answer(call: Call) -> Mapping[str, Any]:
        match call.operation:
            case "GetItem":
                found = at(call.parameters["Key"])
                return {"Item": found[0]} if found else {}
            case "BatchGetItem":
                keys = call.parameters["RequestItems"][TABLE]["Keys"]
                # DynamoDB answers in any order.
                return {"Responses": {TABLE: [each for key in reversed(keys) for each in at(key)]}}
            case "Query":
                wanted = call.parameters["ExpressionAttributeValues"][":pk"]
                name = call.parameters["ExpressionAttributeNames"]["#pk"]
                return {"Items": [each for each in items if each.get(name) == wanted]}
            case _:
                return {}

    return Scripted(answer)


def context(
    *roles: Role,
    tenant: str | None = "acme",
    subject: str = "somebody",
    shards: Mapping[str, ShardCount] | None = None,
    transport: Scripted | None = None,
) -> Context:
    """A context at `NOW`, in which ids have the randomness 1."""
    rounds = Rounds(transport or Scripted(), access)
    who = identity(*roles, tenant=tenant, subject=subject)
    return Context(who, rounds, shards or {}, NOW, lambda moment: ulid(moment, 1))


@dataclass
class Play:
    """Drives a coroutine with a table of answers; an exception in it is raised where awaited."""

    answers: list[object]
    asked: list[AnyRequest] = field(default_factory=list[AnyRequest])

    def run[R](self, coroutine: Coroutine[AnyRequest, Any, R]) -> R:
        """What the coroutine returns, when it has asked for every answer of the table."""
        answer: object = None
        answers = iter(self.answers)
        while True:
            try:
                if isinstance(answer, Exception):
                    request = coroutine.throw(answer)
                else:
                    request = coroutine.send(answer)
            except StopIteration as stop:
                assert len(self.asked) == len(self.answers), "an answer was not asked for"
                return stop.value
            self.asked.append(request)
            answer = next(answers)
