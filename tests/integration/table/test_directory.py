"""The directory on the tables of template.yaml: a tenant's items by type, for who administers."""

import pytest

from tenantql.table import calls
from tenantql.table.collections import first_of
from tenantql.table.driving import drive
from tenantql.table.entity import entity_of
from tenantql.table.errors import AccessDenied
from tenantql.table.requests import BatchGet, ListedKey, Query
from tenantql.table.writes import BatchWrite, Put
from tenantql.tenancy.policy import Level
from tests.integration.installation import Installation
from tests.unit.table.packages import Package, package


def test_a_tenants_items_are_listed_by_type_without_a_scan(installation: Installation) -> None:
    tenant = installation.new_tenant()
    packages = [package(f"{n:02d}", tenant=tenant) for n in range(20)]
    write = installation.access(tenant)
    calls.run(installation.transport, BatchWrite(tuple(Put(each) for each in packages)), write)
    queries = [
        Query(ListedKey, entity_of(Package).directory_key(tenant, "00"), index="directory", limit=7)
    ]
    with pytest.raises(AccessDenied):
        calls.run(installation.transport, queries[0], write)
    administer = installation.access(tenant, Level.ADMINISTER)
    found = drive(
        first_of(queries, 50),
        lambda request: calls.run(installation.transport, request, administer),
    )
    assert found.has_next is False
    keys = tuple(each.key for each in found.items)
    assert calls.run(installation.transport, BatchGet(Package, keys), write) == tuple(packages)
