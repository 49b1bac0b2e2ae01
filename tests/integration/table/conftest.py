"""The entities of the toolkit's tests, and an empty tenant in a table of each service."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import pytest

from tenantql.table import calls
from tenantql.table import entity as entities
from tenantql.table.access import Access
from tenantql.table.driving import drive
from tenantql.table.entity import Entity, Item, Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.requests import Request
from tenantql.table.transport import Transport
from tests.integration.services import CHOICES, Service, chosen_service
from tests.unit.table.packages import DECLARED

NAMES: Final = count(1)


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(entities, "_DECLARED", {**entities._DECLARED, **DECLARED})


@pytest.fixture(scope="module", params=CHOICES, ids=", over ".join)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A table in each service, over each transport."""
    with chosen_service(request.param, request) as found:
        yield found


class Tenant:
    """A tenant's part of a table, and requests that run there."""

    def __init__(self, id: str, transport: Transport, access: Access) -> None:
        self.id = id
        self._transport = transport
        self._access = access

    def run[R](self, request: Request[R]) -> R:
        return calls.run(self._transport, request, self._access)

    def drive(self, coroutine: Any) -> Any:
        return drive(coroutine, self.run)


@pytest.fixture
def tenant(service: Service) -> Tenant:
    """A tenant without data."""
    return Tenant(f"shop-{next(NAMES)}", service.transport, service.access)


def key(value: Item) -> Key:
    """The table key of an item."""
    found: Entity[Any] = entity_of(type(value))
    return found.key_of(value)


def failure(tenant: Tenant, request: Any) -> ConditionFailed:
    """How a request fails whose condition does not hold."""
    with pytest.raises(ConditionFailed) as raised:
        tenant.run(request)
    return raised.value
