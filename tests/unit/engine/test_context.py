"""The context of an operation: whose it is, and what its items have in common."""

import pytest

from tenantql.engine.errors import Forbidden
from tenantql.tenancy.identity import Role
from tenantql.tenancy.routing import ShardCount
from tests.unit.builders import AT, NOW, USER_ID, context


def test_what_an_item_is_created_with() -> None:
    assert context(subject="ada").audit() == {
        "tenant": "acme",
        "created_at": AT,
        "created_by": "ada",
        "updated_at": AT,
        "updated_by": "ada",
    }
    assert context().now == NOW


def test_an_operator_has_no_tenant() -> None:
    operator = context(Role.PLATFORM, tenant=None)
    with pytest.raises(Forbidden, match="belongs to an organisation"):
        _ = operator.tenant
    with pytest.raises(Forbidden):
        operator.audit()


def test_one_of_the_roles_is_enough() -> None:
    found = context(Role.SELLER, Role.CUSTOMER)
    assert found.has(Role.STAFF, Role.SELLER)
    assert not found.has(Role.STAFF, Role.ADMIN)
    assert not found.has()


def test_a_new_item_goes_to_a_shard_that_is_written() -> None:
    found = context(shards={"users": ShardCount(read=100, write=2)})
    assert found.shard("users", USER_ID) == "01"
    assert found.shard("invoices", USER_ID) == "00", "a collection that is not named has one"
