"""Status: a suspension or a move takes effect within the time of the routing cache."""

import pytest

from tenantql.tenancy.identity import Role
from tenantql.tenancy.routing import FRESH_SECONDS, Status
from tests.integration.installation import Installation, Instance, member
from tests.unit.builders import organisation

READ = "{ organisation { slug } }"
WRITE = (
    'mutation { createUser(input: {email: "%s@example.com", username: "%s", displayName: "A"})'
    " { user { email } } }"
)


@pytest.fixture
def tenant(installation: Installation) -> str:
    tenant = installation.new_tenant()
    installation.write(organisation(tenant))
    return tenant


def test_a_suspended_tenant_is_not_served(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    admin = member(tenant, Role.ADMIN)
    assert endpoint.ask(admin, READ).data == {"organisation": {"slug": tenant}}
    installation.register(tenant, Status.SUSPENDED)
    installation.now += FRESH_SECONDS - 0.1
    assert endpoint.ask(admin, READ).status == 200, "the cache's time is not over"
    installation.now += 0.1
    for text in (READ, WRITE % ("ada", "ada")):
        answer = endpoint.ask(admin, text)
        assert (answer.status, answer.codes, answer.operations) == (403, ["FORBIDDEN"], [])
        assert "suspended" in answer.body["errors"][0]["message"]
    assert len(installation.items(tenant)) == 1
    installation.register(tenant)
    installation.now += FRESH_SECONDS
    assert endpoint.ask(admin, READ).data == {"organisation": {"slug": tenant}}


def test_a_moving_tenant_reads_and_does_not_write(
    endpoint: Instance, installation: Installation, tenant: str
) -> None:
    installation.register(tenant, Status.MOVING)
    admin = member(tenant, Role.ADMIN)
    assert endpoint.ask(admin, READ).data == {"organisation": {"slug": tenant}}
    answer = endpoint.ask(admin, WRITE % ("ada", "ada"))
    assert (answer.status, answer.codes, answer.operations) == (503, ["TENANT_MOVING"], [])
    assert len(installation.items(tenant)) == 1


def test_an_unknown_tenant_is_not_served(endpoint: Instance) -> None:
    answer = endpoint.ask(member("nobody-knows", Role.ADMIN), READ)
    assert (answer.status, answer.codes, answer.operations) == (403, ["FORBIDDEN"], [])
    assert "not known" in answer.body["errors"][0]["message"]


def test_an_operation_without_data_needs_the_tenant_all_the_same(
    endpoint: Instance, installation: Installation
) -> None:
    suspended = installation.new_tenant(status=Status.SUSPENDED)
    assert endpoint.ask(member(suspended, Role.ADMIN), "{ __typename }").status == 403
