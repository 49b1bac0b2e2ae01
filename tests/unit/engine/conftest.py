"""Engines for the tests of this folder: each keeps an event loop, so each is closed."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from ariadne import SchemaBindable

from tenantql.engine.operations import Engine
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.schemas import SHIPPED

type Bind = Callable[[str, Sequence[SchemaBindable]], Engine]


@pytest.fixture
def bind() -> Iterator[Bind]:
    """Makes an engine of a schema and its resolvers."""
    made: list[Engine] = []

    def engine(text: str, bindables: Sequence[SchemaBindable]) -> Engine:
        made.append(Engine(bind_schema(text, bindables)))
        return made[-1]

    yield engine
    for each in made:
        each.close()


@pytest.fixture
def tenants(bind: Bind) -> Engine:
    """The tenants' schema with its own resolvers."""
    return bind(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])
