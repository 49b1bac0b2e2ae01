"""What tests of several folders share: the running local cloud, and the template's stack in it."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local.build import BuiltApplication, sam_build
from local.cloud import LocalCloud
from local.provision import Provisioned, provision, token_parameters


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fails where groups would be torn apart: each process would build, and start servers."""
    if config.getoption("loadgroup", default=False):
        grouped = [item for item in items if item.get_closest_marker("xdist_group")]
        if any("@" not in item.nodeid for item in grouped):
            raise pytest.UsageError("pytest-xdist does not group tests with this pytest")


@pytest.fixture(autouse=True)
def process_as_it_was() -> Iterator[None]:
    """A command has its process to itself, and sets it up; here others' tests follow in it."""
    environment, level = dict(os.environ), logging.root.level
    yield
    if os.environ != environment:
        os.environ.clear()
        os.environ.update(environment)
    logging.root.setLevel(level)


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


@pytest.fixture(scope="session")
def built() -> Iterator[BuiltApplication]:
    """What sam build makes for this machine.

    Who takes it is marked xdist_group("build"), so that one test process builds it, once.
    """
    with TemporaryDirectory(prefix="tenantql-built-") as folder:
        yield sam_build(Path(folder))
