"""The installation that the tests of this folder share, and an instance for each of them."""

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from local.provision import Provisioned
from tests.integration.installation import Installation, Instance


@pytest.fixture(scope="session")
def installation(cloud: LocalCloud, stack: Provisioned) -> Installation:
    """The layer and the stack of the local cloud."""
    return Installation(cloud, stack)


@pytest.fixture
def endpoint(installation: Installation) -> Iterator[Instance]:
    """A new instance of the tenants' endpoint."""
    with installation.endpoint() as instance:
        yield instance


@pytest.fixture
def operators(installation: Installation) -> Iterator[Instance]:
    """A new instance of the platform's endpoint."""
    with installation.operators() as instance:
        yield instance
