"""Writes demonstration data with the package's own writes and each tenant's own credentials.

Runs as a function of the platform's role: it registers a tenant in the control table, then
assumes the tenant role for it, as any write of the tenant does.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from local.demo.writing import Writing, moment
from tenantql.accounts.model import Organisation, User
from tenantql.commerce import fulfilments
from tenantql.commerce.model import Category, Fulfilment, Invoice, Order, Product, Review
from tenantql.settings import TenantSettings
from tenantql.table import calls, global_ids
from tenantql.table.entity import Item, entity_of, timestamp
from tenantql.table.writes import Create
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.routing import Routes, RoutingRecord, ShardCount, Status, Tier
from tenantql.tenancy.sts import sts_over
from tenantql.tenancy.uploads import Bucket

_settings = TenantSettings.from_environment()
_transport = _settings.wire.transport()
_control = admission.control_access(_settings.control_table, _settings.wire.own_credentials())
_images = _settings.images
_bucket = _images and Bucket(_images.bucket, _settings.region, _images.url, _images.shown_at)
_role = TenantRole(_settings.tenant_role_arn, _settings.region, _settings.kms_key_arn, _bucket)
_admit = admission.tenants(
    Routes(_transport, _control), Vendor(_role, sts_over(_settings.wire)), _bucket
)


_tenants: Final[dict[str, Writing]] = {}


class InvoiceId(msgspec.Struct, frozen=True):
    """What the global id of an invoice is made of."""

    tenant: str
    shard: str
    issued_at: str
    id: str


def handler(event: dict[str, Any], context: object) -> list[dict[str, Any]]:
    """One step of `local.demo.steps` in, the ids of the objects that it made out."""
    del context
    if event["do"] == "tenant":
        organisation = _register(event)
        return [_named(Organisation, organisation, organisation.tenant)]
    return _write(_tenants[event["tenant"]], event["do"], event["items"])


def _write(tenant: Writing, what: str, items: list[Any]) -> list[dict[str, Any]]:
    match what:
        case "people":
            users = [tenant.person(**item) for item in items]
            return [_named(User, user, user.id) for user in users]
        case "categories":
            categories = [tenant.category(**item) for item in items]
            return [_named(Category, category, category.id) for category in categories]
        case "products":
            products = [tenant.product(**item) for item in items]
            return [
                {**_named(Product, product, product.id), "images": list(product.images)}
                for product in products
            ]
        case "trade":
            return [made for item in items for made in _trade(tenant, **item)]
        case "reviews":
            reviews = [tenant.review(**item) for item in items]
            return [_named(Review, review, review.product) for review in reviews]
        case "carts":
            for item in items:
                tenant.fill_cart(**item)
        case _:
            tenant.rank(items)
    return []


def _trade(tenant: Writing, what: str, position: int, **details: Any) -> list[dict[str, str]]:
    """An order gives its own ids, those of its invoice, and those of a seller's part of it."""
    match what:
        case "order":
            order = tenant.order(position, **details)
            invoice = InvoiceId(order.tenant, order.invoice_shard, order.placed_at, order.id)
            part = fulfilments.part_of(order, min(order.sellers))
            return [
                _named(Order, order, order.id),
                _named(Invoice, invoice, invoice.id),
                _named(Fulfilment, part, part.order),
            ]
        case "pay":
            tenant.pay(position, **details)
        case "fulfil":
            tenant.fulfil(position, **details)
        case "cancel":
            tenant.cancel(position, **details)
        case _:
            tenant.refund(position, **details)
    return []


def _named(kind: type[Item], item: msgspec.Struct, id: str) -> dict[str, str]:
    return {"id": id, "global_id": global_ids.encode(entity_of(kind), item)}


def _register(event: Mapping[str, Any]) -> Organisation:
    """The routing record, then the organisation under the tenant's own credentials."""
    founded = moment(event["founded_at"])
    shards: Mapping[str, int] = event["shards"]
    record = RoutingRecord(
        tenant=event["tenant"],
        name=event["name"],
        tier=Tier(event["tier"]),
        status=Status.ACTIVE,
        table=event["table"],
        created_at=timestamp(founded),
        shards={kind: ShardCount(read=count, write=count) for kind, count in shards.items()},
        # Of no use to anybody but this tenant, and only until the next start.
        cursor_keys=(secrets.token_hex(32),),
        time_zone=event["time_zone"],
    )
    calls.run(_transport, Create(record), _control())
    _tenants[record.tenant] = writing = Writing(record.tenant, _admit, _transport)
    return writing.organisation(record.name, event["currency"], record.time_zone, founded)
