"""The installation that the tests of this folder share, and an instance for each of them."""

import pytest

from local.cloud import LocalCloud
from local.provision import Provisioned
from tests.integration.installation import Installation, Instance


@pytest.fixture(scope="session")
def installation(cloud: LocalCloud, stack: Provisioned) -> Installation:
    """The layer and the stack of the local cloud."""
    return Installation(cloud, stack)


@pytest.fixture
def endpoint(installation: Installation) -> Instance:
    """A new instance of the tenants' endpoint."""
    return installation.endpoint()


@pytest.fixture
def operators(installation: Installation) -> Instance:
    """A new instance of the platform's endpoint."""
    return installation.operators()
