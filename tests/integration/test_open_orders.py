"""Open orders across tenants (O9): keys alone, one query for each shard, for operators only."""

from typing import Any

import pytest

from tenantql.commerce.model import Order, OrderStatus
from tenantql.commerce.orders import PLATFORM_SHARDS, platform_shard
from tenantql.tenancy.identity import Identity, Role
from tests.integration.installation import Installation, Instance, member
from tests.unit.builders import AUDIT

OPERATOR = Identity(None, "operator", frozenset({Role.PLATFORM}))
TEXT = """query($table: String!, $status: OpenOrderStatus!, $after: String, $first: Int! = 20) {
  openOrders(table: $table, status: $status, after: $after, first: $first) {
    tenant order placedAt position
  }
}"""


AT = "2026-11-20T09:00:00.000Z"


def order(
    tenant: str,
    number: int,
    status: OrderStatus = OrderStatus.PROCESSING,
    placed_at: str | None = None,
) -> Order:
    id = f"01J0000000000000000000{number:04d}"
    audit: dict[str, Any] = {**AUDIT}
    return Order(
        tenant=tenant,
        **audit,
        id=id,
        customer="01J00000000000000000000012",
        placed_at=placed_at or f"2026-11-21T09:00:00.{number:03d}Z",
        shard="00",
        platform_shard=platform_shard(id),
        invoice_shard="00",
        number=id[-10:],
        status=status,
        lines=(),
        sellers=frozenset(),
        total=0,
        currency="EUR",
    )


@pytest.fixture(scope="module")
def tenants(installation: Installation) -> tuple[str, str]:
    first, second = installation.new_tenant(), installation.new_tenant()
    for number in range(12):
        installation.write(order((first, second)[number % 2], number))
    installation.write(order(first, 90, OrderStatus.DELIVERED))
    return first, second


@pytest.mark.pattern("O9")
def test_the_oldest_of_all_tenants_come_first(
    installation: Installation, operators: Instance, tenants: tuple[str, str]
) -> None:
    asked: dict[str, Any] = {"table": installation.stack.data_table, "status": "PROCESSING"}
    answer = operators.ask(OPERATOR, TEXT, **asked, first=100)
    # The index is the platform's: orders of other tests are in it as well.
    found = [entry for entry in answer.data["openOrders"] if entry["tenant"] in tenants][:5]
    assert [entry["tenant"] for entry in found] == [tenants[n % 2] for n in range(5)]
    assert [entry["placedAt"][-4:-1] for entry in found] == [f"{n:03d}" for n in range(5)]
    assert answer.operations == ["Query"] * PLATFORM_SHARDS
    assert answer.line["calls"] == PLATFORM_SHARDS
    rest = operators.ask(OPERATOR, TEXT, **asked, after=found[-1]["position"])
    own = [entry for entry in rest.data["openOrders"] if entry["tenant"] in tenants]
    assert [entry["placedAt"][-4:-1] for entry in own] == [f"{n:03d}" for n in range(5, 12)]


@pytest.mark.pattern("O9")
def test_orders_of_one_moment_are_all_listed(
    installation: Installation, operators: Instance
) -> None:
    tenant, paid = installation.new_tenant(), OrderStatus.PAID
    orders = [order(tenant, number, paid, placed_at=AT) for number in range(6)]
    installation.write(*orders)
    asked: dict[str, Any] = {"table": installation.stack.data_table, "status": "PAID", "first": 2}
    found: list[dict[str, Any]] = []
    while page := operators.ask(OPERATOR, TEXT, **asked).data["openOrders"]:
        found += page
        asked["after"] = page[-1]["position"]
    # Other tests' tenants have paid orders in this table too.
    own = [entry["order"] for entry in found if entry["tenant"] == tenant]
    assert own == [each.id for each in orders]


@pytest.mark.parametrize("after", ["", "2026", "a#b#c", "2026-11-21T09:00:00.000Z#ACME#1"])
def test_what_is_no_position_is_refused(
    installation: Installation, operators: Instance, after: str
) -> None:
    table = installation.stack.data_table
    answer = operators.ask(OPERATOR, TEXT, table=table, status="PAID", after=after)
    assert answer.codes == ["BAD_USER_INPUT"]


def test_tenants_have_no_such_field(endpoint: Instance, tenants: tuple[str, str]) -> None:
    admin = member(tenants[0], Role.ADMIN)
    answer = endpoint.ask(admin, TEXT, table="x", status="PROCESSING")
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert answer.calls == ()


@pytest.mark.parametrize("table", ["another-stack-data-basic-01", "../control", ""])
def test_another_table_is_out_of_reach(operators: Instance, table: str) -> None:
    answer = operators.ask(OPERATOR, TEXT, table=table, status="PROCESSING")
    assert answer.body["data"] is None
    assert set(answer.codes) <= {"FORBIDDEN", "INTERNAL", "UNAVAILABLE"}


def test_the_control_table_is_not_read_by_this_field(
    installation: Installation, operators: Instance
) -> None:
    answer = operators.ask(
        OPERATOR, TEXT, table=installation.stack.control_table, status="PROCESSING"
    )
    assert answer.codes == ["FORBIDDEN"]
