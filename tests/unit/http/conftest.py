"""The endpoint of the tenants' schema, over a transport that holds a few items."""

from collections.abc import Iterator

import pytest

from tenantql import accounts, commerce
from tenantql.engine import nodes
from tenantql.engine.operations import Engine
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.builders import holding, organisation, user
from tests.unit.http.site import Site


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = nodes.bindables([*accounts.nodes, *commerce.nodes])
    bindables = [*found, *accounts.bindables, *commerce.bindables]
    made = Engine(bind_schema(read_schema(TENANT_SCHEMA), bindables))
    yield made
    made._runner.close()


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine, holding(organisation(), user()))
