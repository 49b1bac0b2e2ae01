"""An issuer of tokens for the tests of a module."""

from collections.abc import Iterator

import pytest

from local.issuer import Issuer, serving


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving(audience="tests") as served:
        yield served
