"""What tests of several folders share: the running local cloud, and the template's stack in it."""

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from local.provision import Provisioned, provision, token_parameters


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """One local cloud for each test process."""
    with LocalCloud() as running:
        yield running


@pytest.fixture(scope="session")
def stack(cloud: LocalCloud) -> Provisioned:
    """The tables and roles of template.yaml, as CloudFormation made them in the local cloud."""
    parameters = token_parameters("https://issuer.example", "tests", "https://issuer.example/jwks")
    return provision(cloud.client("cloudformation"), parameters)
