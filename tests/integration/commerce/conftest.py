"""A shop of its own for each test."""

import pytest

from tests.integration.commerce.shop import Shop
from tests.integration.installation import Installation, Instance


@pytest.fixture
def shop(installation: Installation, endpoint: Instance) -> Shop:
    """A shop with one shard of everything."""
    return Shop(installation, endpoint)
