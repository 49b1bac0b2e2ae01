"""The demonstration's tenants in a stack: whether they are there, written, and taken away again."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from itertools import batched
from typing import Any, Final

from cli.stack import Stack, StackError
from local.demo import DemoTenant, PlannedTenant, load
from local.demo.plan import FOUNDED
from tenantql.accounts.model import Organisation, User
from tenantql.commerce.model import Category, Order, Product, Review
from tenantql.engine.rebuilds import Watcher
from tenantql.engine.rebuilds.walking import listed
from tenantql.table import calls
from tenantql.table.boto import BotoTransport, OwnCredentials
from tenantql.table.driving import drive
from tenantql.table.entity import Item, Key, declared, entity_of, timestamp
from tenantql.table.requests import Get, Request
from tenantql.table.writes import MAX_BATCH_WRITES, BatchWrite, Delete
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.routing import Routes, RoutingRecord
from tenantql.tenancy.sts import BotoSts

WRITER: Final = "demonstration"
"""Who made the organisation, in `local.demo.writing`: how a tenant of ours is told apart."""

_WITHOUT: Final = Watcher()


class State(StrEnum):
    """How much of a tenant is there."""

    ABSENT = "absent"
    PARTIAL = "partial"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Demonstration:
    """A stack's tables, written with the rights of whoever runs the command."""

    region: str
    data_table: str
    control_table: str
    tenant_role_arn: str
    kms_key_arn: str
    images_bucket: str = ""

    @cached_property
    def _stack(self) -> Stack:
        transport = BotoTransport(self.region)
        control = admission.control_access(self.control_table, OwnCredentials())
        role = TenantRole(self.tenant_role_arn, self.region, self.kms_key_arn or None)
        vendor = Vendor(role, lambda: BotoSts.of(self.region))
        return Stack(transport, Routes(transport, control), vendor)

    def state(self, tenant: PlannedTenant) -> State:
        """How much of a tenant is there. Raises StackError for one of another origin."""
        route = self._stack.routes.record(tenant.id)
        if route is None:
            return State.ABSENT
        organisation = self._run(route, Get(Organisation, _organisation(tenant.id)))
        counted = {kind: self._count(route, kind) for kind in _planned(tenant)}
        # The record is written first, the organisation next, all else after it.
        begun = route.created_at == timestamp(FOUNDED) and not any(counted.values())
        ours = begun if organisation is None else organisation.created_by == WRITER
        if not ours:
            raise StackError(f"{tenant.id} is a tenant that no demonstration made; leave it out")
        whole = all(counted[kind] >= count for kind, count in _planned(tenant).items())
        return State.COMPLETE if whole else State.PARTIAL

    def remove(self, tenant: PlannedTenant) -> None:
        """Delete everything of a tenant, its routing record last, so that it can be done again."""
        route = self._stack.route(tenant.id)
        self.state(tenant)  # Never one of another origin.
        kinds = [each.item for each in declared().values() if each.directory]
        # The organisation last: by it, what is left is known as ours.
        for kind in sorted(kinds, key=lambda kind: kind is Organisation):
            for keys in list(self._keys(route, kind)):
                for part in batched(keys, MAX_BATCH_WRITES, strict=False):
                    self._run(route, BatchWrite(tuple(Delete(kind, key) for key in part)))
        access = admission.control_access(self.control_table, OwnCredentials())()
        record = Delete(RoutingRecord, entity_of(RoutingRecord).key(tenant=tenant.id))
        calls.run(self._stack.transport, record, access)

    async def load(self, tenant: PlannedTenant, advance: Callable[[int], None]) -> DemoTenant:
        """Write a tenant, telling `advance` how many items each step had."""
        handler = self._handler()

        async def invoke(step: Mapping[str, Any], _id: str) -> Any:
            return handler(dict(step), None)

        return (await load((tenant,), self.data_table, invoke, advance)).tenants[0]

    def _handler(self) -> Callable[[dict[str, Any], None], Any]:
        """The function of `local.demo`, which reads where it is from the environment."""
        os.environ |= {
            "AWS_REGION": self.region,
            "TENANTQL_CONTROL_TABLE": self.control_table,
            "TENANTQL_TENANT_ROLE_ARN": self.tenant_role_arn,
            "TENANTQL_KMS_KEY_ARN": self.kms_key_arn,
            "TENANTQL_IMAGES_BUCKET": self.images_bucket,
            "TENANTQL_IMAGES_DOMAIN": f"{self.images_bucket}.s3.{self.region}.amazonaws.com",
            # It knows profiles; the direct one knows functions.
            "TENANTQL_TRANSPORT": "boto3",
        }
        return import_module("local.demo.handler").handler

    def _count(self, route: RoutingRecord, kind: type[Item]) -> int:
        return sum(len(keys) for keys in self._keys(route, kind))

    def _keys(self, route: RoutingRecord, kind: type[Item]) -> list[tuple[Key, ...]]:
        async def walk() -> list[tuple[Key, ...]]:
            return [keys async for keys in listed(kind, route, _WITHOUT)]

        return drive(walk(), lambda request: self._run(route, request))

    def _run[R](self, route: RoutingRecord, request: Request[R]) -> R:
        return calls.run(self._stack.transport, request, self._stack.access(route))


def _planned(tenant: PlannedTenant) -> dict[type[Item], int]:
    """How many of each kind a tenant has, of those that are written in this order."""
    return {
        User: len(tenant.people) + len(tenant.leavers),
        Category: len(tenant.categories),
        Product: len(tenant.products),
        Order: len(tenant.orders),
        Review: len(tenant.reviews),
    }


def _organisation(tenant: str) -> Key:
    return entity_of(Organisation).key(tenant=tenant)
