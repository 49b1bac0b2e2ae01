"""The stack that the matrix is run against, and the rows of it once for all tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from local.cloud import LocalCloud
from local.isolation.sessions import UNCHANGED, Change
from local.isolation.verification import Verification, verification
from local.provision import Provisioned

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


def _opened(
    cloud: LocalCloud, stack: Provisioned, *, as_deployed: bool, change: Change = UNCHANGED
) -> AbstractContextManager[Verification]:
    return verification(
        cloud.client, stack.stack, cloud.region, as_deployed=as_deployed, change=change
    )
