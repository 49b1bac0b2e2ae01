"""The endpoint of the tenants' schema, over a transport that holds a few items."""

import pytest

from tenantql.engine.operations import Engine
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.builders import holding, organisation, user
from tests.unit.http.site import Site
from tests.unit.schemas import SHIPPED


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA]))


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine, holding(organisation(), user()))
