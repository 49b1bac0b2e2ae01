"""Resolvers of the operators' endpoint: arguments in, a read of the control table out."""

from typing import Any, Final

from tenantql.accounts import usage
from tenantql.engine.binding import EnumType, ObjectType, QueryType
from tenantql.engine.context import Info
from tenantql.table.entity import entity_of
from tenantql.table.keys import is_tenant_id
from tenantql.table.requests import Get
from tenantql.tenancy.routing import RoutingRecord, Status, Tier

_query = QueryType()
_tenant = ObjectType("Tenant")


@_query.field("tenant")
async def _resolve_tenant(_parent: None, _info: Info, *, id: str) -> RoutingRecord | None:
    if not is_tenant_id(id):
        return None
    return await Get(RoutingRecord, entity_of(RoutingRecord).key(tenant=id))


@_tenant.field("usage")
def _resolve_usage(record: RoutingRecord, info: Info, **days: str) -> Any:
    read = usage.between(record.tenant, days["from"], days["to"])
    return info.context.at(record.table, read, record.tenant)


@_tenant.field("id")
def _resolve_id(record: RoutingRecord, _info: Info) -> str:
    return record.tenant


bindables: Final = [
    _query,
    _tenant,
    EnumType("Tier", {tier.name: tier for tier in Tier}),
    EnumType("TenantStatus", {status.name: status for status in Status}),
]
