"""The stack that the matrix is run against, and the rows of it once for all tests."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from local.cloud import LocalCloud
from local.isolation.sessions import BROAD, UNCHANGED, Change
from local.isolation.temporary import Temporary
from local.isolation.verification import Verification, verification
from local.provision import Provisioned
from tenantql.tenancy import credentials
from tests.isolation.world import Endpoint, World, build_world, load_endpoint

type Verify = Callable[[Change], Verification]


@pytest.fixture(scope="session")
def deployed(cloud: LocalCloud, stack: Provisioned) -> Iterator[Verification]:
    """The stack with its own roles, and the functions' own credentials."""
    with _opened(cloud, stack, as_deployed=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def copied(cloud: LocalCloud, stack: Provisioned) -> Iterator[Verification]:
    """The stack by copies of its roles, as the matrix is run on AWS."""
    with _opened(cloud, stack, as_deployed=False) as opened:
        yield opened


@pytest.fixture
def changed(cloud: LocalCloud, stack: Provisioned) -> Iterator[Verify]:
    """Makes copies of the stack's roles with a safeguard taken off."""
    with ExitStack() as opened:

        def verify(change: Change) -> Verification:
            return opened.enter_context(_opened(cloud, stack, as_deployed=False, change=change))

        yield verify


@pytest.fixture(scope="session")
def world(cloud: LocalCloud, stack: Provisioned) -> Iterator[World]:
    """Two tenants with look-alike ids, registered and with data."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
        patched.setenv("NO_PROXY", "127.0.0.1")
        yield build_world(cloud, stack)


@pytest.fixture
def endpoint(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The tenants' endpoint as it is deployed: its role's credentials, IAM as it is."""
    with load_endpoint(world, monkeypatch, world.function_credentials("graphql")) as loaded:
        yield loaded


@pytest.fixture
def open_endpoint(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The endpoint with IAM wide open: its role, the tenant role and session policies allow all."""
    cloud = world.cloud
    root = {
        "aws_access_key_id": cloud.access_key,
        "aws_secret_access_key": cloud.secret_key,
    }

    def allow_everything(*_: object) -> str:
        return json.dumps(BROAD)

    monkeypatch.setattr(credentials, "session_policy", allow_everything)
    with Temporary(cloud.client, "isolation-open") as temporary:
        role = temporary.role("tenant", [BROAD])
        arn = {"TENANTQL_TENANT_ROLE_ARN": role.arn}
        with load_endpoint(world, monkeypatch, root, **arn) as loaded:
            yield loaded


def _opened(
    cloud: LocalCloud, stack: Provisioned, *, as_deployed: bool, change: Change = UNCHANGED
) -> AbstractContextManager[Verification]:
    return verification(
        cloud.client, stack.stack, cloud.region, as_deployed=as_deployed, change=change
    )
