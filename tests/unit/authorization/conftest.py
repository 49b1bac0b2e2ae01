"""The tenants' and the operators' endpoint over a table in memory that has a small shop."""

import pytest

from tenantql.engine.operations import Engine
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.authorization.town import Town
from tests.unit.schemas import SHIPPED


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """An engine for each schema, by its name."""
    return {
        name: Engine(bind_schema(read_schema(name), SHIPPED[name]))
        for name in (TENANT_SCHEMA, PLATFORM_SCHEMA)
    }


@pytest.fixture
def town(engines: dict[str, Engine]) -> Town:
    return Town(engines)
