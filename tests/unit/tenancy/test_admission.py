"""Admission: who is served at which status and level, with which access."""

from typing import Any

import pytest

from tenantql.errors import Code, TenantqlError
from tenantql.table.access import Access
from tenantql.tenancy import admission
from tenantql.tenancy.admission import Admission
from tenantql.tenancy.credentials import Vendor
from tenantql.tenancy.errors import TenantMoving, TenantRefused
from tenantql.tenancy.identity import Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes, ShardCount, Status
from tests.unit.builders import CREDENTIALS, TABLE, holding, identity, route

CONTROL = admission.control_access("shop-control", lambda: CREDENTIALS)


class Vending(Vendor):
    """A vendor that asks nobody, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Level]] = []

    def access(self, tenant: str, table: str, level: Level) -> Access:
        self.asked.append((tenant, table, level))
        return Access(table, f"TENANT#{tenant}#", CREDENTIALS)


@pytest.fixture
def vendor() -> Vending:
    return Vending()


def tenants(vendor: Vendor, **record: Any) -> Admission:
    return admission.tenants(Routes(holding(route(**record)), CONTROL), vendor)


@pytest.mark.parametrize(
    ("status", "level", "refusal"),
    [
        (Status.ACTIVE, Level.READ, None),
        (Status.ACTIVE, Level.WRITE, None),
        (Status.ACTIVE, Level.ADMINISTER, None),
        (Status.MOVING, Level.READ, None),
        (Status.MOVING, Level.WRITE, TenantMoving),
        (Status.MOVING, Level.ADMINISTER, TenantMoving),
        (Status.SUSPENDED, Level.READ, TenantRefused),
        (Status.SUSPENDED, Level.WRITE, TenantRefused),
        (Status.SUSPENDED, Level.ADMINISTER, TenantRefused),
    ],
)
def test_status_and_level(
    vendor: Vending, status: Status, level: Level, refusal: type[TenantqlError] | None
) -> None:
    admit = tenants(vendor, status=status)
    if refusal is not None:
        with pytest.raises(refusal):
            admit(identity(Role.ADMIN)).right(level)
        assert vendor.asked == []
    else:
        assert admit(identity(Role.ADMIN)).right(level).access().lead == "TENANT#acme#"
        assert vendor.asked == [("acme", TABLE, level)]


def test_a_refusal_has_a_code() -> None:
    assert TenantMoving("").code is Code.TENANT_MOVING
    assert TenantRefused("").code is Code.FORBIDDEN


def test_credentials_are_asked_for_when_they_are_needed(vendor: Vending) -> None:
    right = tenants(vendor)(identity(Role.CUSTOMER)).right(Level.READ)
    assert vendor.asked == []
    right.access()
    assert vendor.asked == [("acme", TABLE, Level.READ)]


def test_the_table_and_the_shards_are_the_records(vendor: Vending) -> None:
    admit = tenants(vendor, table="shop-data-premium-03", shards=4)
    admitted = admit(identity(Role.STAFF))
    access = admitted.right(Level.WRITE).access()
    assert (access.table, access.directory_shards) == ("shop-data-premium-03", 4)
    assert admitted.shards["users"] == ShardCount(read=4, write=4)
    assert admitted.cursor_keys == (bytes.fromhex("c0" * 32),)
    assert admitted.time_zone == "UTC"


def test_an_unknown_tenant_is_refused(vendor: Vending) -> None:
    with pytest.raises(TenantRefused, match="not known"):
        tenants(vendor)(identity(Role.ADMIN, tenant="globex"))


def test_an_operator_is_no_member(vendor: Vending) -> None:
    transport = holding(route())
    admit = admission.tenants(Routes(transport, CONTROL), vendor)
    with pytest.raises(TenantRefused, match="members of an organisation"):
        admit(identity(Role.PLATFORM, tenant=None))
    assert transport.calls == []
    assert vendor.asked == []


@pytest.mark.parametrize("level", Level)
def test_an_operator_gets_the_control_table_with_the_functions_own_role(
    vendor: Vending, level: Level
) -> None:
    admit = admission.operators("shop-control", lambda: CREDENTIALS, vendor)
    admitted = admit(identity(Role.PLATFORM, tenant=None))
    assert admitted.right(level).access() == Access("shop-control", "TENANT#", CREDENTIALS)
    assert admitted.shards == {}
    assert vendor.asked == []


def test_an_operator_reads_a_tenant_table_for_no_tenant(vendor: Vending) -> None:
    admit = admission.operators("shop-control", lambda: CREDENTIALS, vendor)
    admit(identity(Role.PLATFORM, tenant=None)).tables(TABLE, "")
    assert vendor.asked == [("", TABLE, Level.READ)]


def test_a_member_reads_no_table_by_name(vendor: Vending) -> None:
    admitted = tenants(vendor)(identity(Role.ADMIN))
    with pytest.raises(TenantRefused):
        admitted.tables(TABLE, "")
    assert vendor.asked == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLATFORM])
def test_a_member_is_no_operator(vendor: Vending, role: Role) -> None:
    admit = admission.operators("shop-control", lambda: CREDENTIALS, vendor)
    with pytest.raises(TenantRefused, match="platform's operators"):
        admit(identity(role))
