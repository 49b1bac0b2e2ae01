"""A shop of its own for each test."""

import pytest

from tests.integration.commerce.categories import Categories
from tests.integration.commerce.market import Market
from tests.integration.commerce.shop import Shop
from tests.integration.commerce.world import World
from tests.integration.installation import Installation, Instance


@pytest.fixture
def shop(installation: Installation, endpoint: Instance) -> Shop:
    """A shop with one shard of everything."""
    return Shop(installation, endpoint)


@pytest.fixture(scope="session", params=[1, 3], ids=["one-shard", "three-shards"])
def world(request: pytest.FixtureRequest, installation: Installation) -> World:
    """A tenant to read from, which no test changes."""
    return World(installation, request.param)


@pytest.fixture
def categories(shop: Shop) -> Categories:
    """Kitchen (pans (woks), knives) and garden."""
    made = Categories(shop).add("Kitchen", "Garden")
    return made.add("Pans", "Knives", under="Kitchen").add("Woks", under="Pans")


@pytest.fixture
def market(shop: Shop) -> Market:
    return Market(shop.with_people())
