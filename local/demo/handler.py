"""Writes demonstration data with the package's own writes and each tenant's own credentials.

Runs as a function of the platform's role: it registers a tenant in the control table, then
assumes the tenant role for it, as any write of the tenant does.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any, Final

from tenantql.accounts import users
from tenantql.accounts.model import Organisation
from tenantql.accounts.users import NewUser
from tenantql.commerce.model import Invoice, InvoiceStatus
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds
from tenantql.engine.ulids import ulid
from tenantql.settings import TenantSettings
from tenantql.table import calls, global_ids
from tenantql.table.boto import BotoTransport, OwnCredentials
from tenantql.table.entity import Item, entity_of, timestamp
from tenantql.table.writes import Create, Transact
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import RoutingRecord, ShardCount, Status, Tier

COLLECTIONS: Final = ("users", "invoices")

_settings = TenantSettings.from_environment()
_transport = BotoTransport(_settings.region)
_control = admission.control_access(_settings.control_table, OwnCredentials())
_vendor = Vendor(TenantRole(_settings.tenant_role_arn, _settings.region, _settings.kms_key_arn))
_tenants: dict[str, RoutingRecord] = {}
_people: dict[str, list[str]] = {}


def handler(event: dict[str, Any], context: object) -> list[dict[str, str]]:
    """One step of `local.demo.steps` in, the ids of what it wrote out."""
    del context
    match event["do"]:
        case "tenant":
            written: list[Item] = [_register(event)]
        case "people":
            written = [_person(event["tenant"], **person) for person in event["items"]]
        case _:
            written = _invoices(event["tenant"], event["items"])
    return [
        {
            "id": getattr(item, "id", item.tenant),
            "global_id": global_ids.encode(entity_of(type(item)), item),
        }
        for item in written
    ]


def _register(event: dict[str, Any]) -> Organisation:
    """The routing record, then the organisation under the tenant's own credentials."""
    founded = datetime.fromisoformat(event["founded_at"])
    shards = ShardCount(read=event["shards"], write=event["shards"])
    record = RoutingRecord(
        tenant=event["tenant"],
        name=event["name"],
        tier=Tier(event["tier"]),
        status=Status.ACTIVE,
        table=event["table"],
        created_at=timestamp(founded),
        shards=dict.fromkeys(COLLECTIONS, shards),
    )
    calls.run(_transport, Create(record), _control())
    _tenants[record.tenant], _people[record.tenant] = record, []
    context = _context(record.tenant, founded, 0)
    organisation = Organisation(
        **context.audit(),
        name=event["name"],
        currency=event["currency"],
        time_zone=event["time_zone"],
    )
    access = _vendor.access(record.tenant, record.table, Level.WRITE)
    calls.run(_transport, Create(organisation), access)
    return organisation


def _person(
    tenant: str,
    *,
    name: str,
    username: str,
    email: str,
    role: str,
    created_at: str,
    randomness: int,
) -> Item:
    context = _context(tenant, datetime.fromisoformat(created_at), randomness)
    new = NewUser(email=email, username=username, display_name=name, roles=[Role(role)])
    user = asyncio.run(context.rounds.drive(users.create(context, new)))
    _people[tenant].append(user.id)
    return user


def _invoices(tenant: str, items: list[dict[str, Any]]) -> list[Item]:
    invoices = [_invoice(tenant, **item) for item in items]
    record = _tenants[tenant]
    writes = Transact(tuple(Create(invoice) for invoice in invoices))
    calls.run(_transport, writes, _vendor.access(tenant, record.table, Level.WRITE))
    return [*invoices]


def _invoice(
    tenant: str,
    *,
    number: str,
    status: str,
    customer: int,
    total: int,
    currency: str,
    issued_at: str,
    due_at: str,
    randomness: int,
) -> Invoice:
    issued = datetime.fromisoformat(issued_at)
    context = _context(tenant, issued, randomness)
    id = context.new_id(issued)
    return Invoice(
        **context.audit(),
        id=id,
        shard=context.shard("invoices", id),
        number=number,
        status=InvoiceStatus(status),
        customer=_people[tenant][customer],
        total=total,
        currency=currency,
        issued_at=timestamp(issued),
        due_at=timestamp(datetime.fromisoformat(due_at)),
    )


def _context(tenant: str, now: datetime, randomness: int) -> Context:
    """An administrator's context, in which the next id has this randomness."""
    record = _tenants[tenant]
    access = partial(_vendor.access, tenant, record.table, Level.WRITE)
    return Context(
        Identity(tenant, "demonstration", frozenset({Role.ADMIN})),
        Rounds(_transport, access),
        record.shards,
        now,
        lambda moment: ulid(moment, randomness),
    )
