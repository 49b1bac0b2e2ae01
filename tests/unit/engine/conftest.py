"""Engines for the tests of this folder."""

from collections.abc import Callable, Sequence

import pytest

from tenantql.engine.binding import Bindable
from tenantql.engine.operations import Engine
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.schemas import SHIPPED

type Bind = Callable[[str, Sequence[Bindable]], Engine]


@pytest.fixture
def bind() -> Bind:
    """Makes an engine of a schema and its resolvers."""
    return lambda text, bindables: Engine(bind_schema(text, bindables))


@pytest.fixture
def tenants(bind: Bind) -> Engine:
    """The tenants' schema with its own resolvers."""
    return bind(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])


@pytest.fixture
def operators(bind: Bind) -> Engine:
    """The operators' schema with its own resolvers."""
    return bind(read_schema(PLATFORM_SCHEMA), SHIPPED[PLATFORM_SCHEMA])
