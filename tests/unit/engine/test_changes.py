"""Dispatching changes: to the consumers of the type, as the tenant of the key, or to nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tenantql.accounts.model import Organisation, User
from tenantql.engine.changes import Change, Consumers, Dispatcher
from tenantql.table.attributes import RawItem
from tenantql.table.calls import Call
from tenantql.table.entity import entity_of
from tenantql.table.errors import InvalidItem, KeyValueError
from tenantql.table.requests import Get
from tenantql.tenancy.admission import control_access
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes, RoutingRecord, Status
from tests.unit.builders import (
    CREDENTIALS,
    TABLE,
    Scripted,
    access,
    organisation,
    route,
    stored,
    user,
)


@dataclass
class Vending:
    """A vendor that remembers for whom it was asked."""

    asked: list[tuple[str, str, Level]] = field(default_factory=list[tuple[str, str, Level]])

    def access(self, tenant: str, table: str, level: Level) -> Any:
        self.asked.append((tenant, table, level))
        return access(tenant)


class Site:
    """A dispatcher with one consumer of users, and what reached it."""

    def __init__(self, record: RoutingRecord | None) -> None:
        self.seen: list[Change[User]] = []
        self.vendor = Vending()
        self.transport = Scripted(self._answer)
        self._record = record
        control = control_access("shop-control", lambda: CREDENTIALS)
        routes = Routes(self.transport, control)
        consumers: Consumers = {User: (self._consume,)}
        self._dispatcher = Dispatcher([consumers], routes, self.vendor, self.transport)  # pyright: ignore[reportArgumentType]

    def dispatch(
        self, before: RawItem | None = None, after: RawItem | None = None, table: str = TABLE
    ) -> None:
        self._dispatcher.dispatch(table, before, after)

    async def _consume(self, change: Change[User]) -> None:
        await Get(Organisation, entity_of(Organisation).key(tenant=change.route.tenant))
        self.seen.append(change)

    def _answer(self, call: Call) -> Mapping[str, Any]:
        if call.parameters["Key"]["SK"] == {"S": "ROUTE"} and self._record is not None:
            return {"Item": stored(self._record)}
        return {}


def test_a_consumer_gets_the_item_before_and_after() -> None:
    site, old, new = Site(route()), user(), user(version=2)
    site.dispatch(None, stored(old))
    site.dispatch(stored(old), stored(new))
    site.dispatch(stored(new), None)
    found = [(change.before, change.after) for change in site.seen]
    assert found == [(None, old), (old, new), (new, None)]


def test_it_acts_as_the_tenant_of_the_key_and_may_write() -> None:
    site = Site(route("globex"))
    site.dispatch(None, stored(user("globex")))
    assert site.vendor.asked == [("globex", TABLE, Level.WRITE)]
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    "record",
    [None, route(table="shop-data-premium-01"), route(consumers=False)],
    ids=["unknown tenant", "lives elsewhere", "consumers off"],
)
def test_a_change_that_is_nobodys_business(record: RoutingRecord | None) -> None:
    site = Site(record)
    site.dispatch(None, stored(user()))
    assert site.seen == []
    assert site.vendor.asked == []


def test_a_suspended_tenants_items_are_kept_up_to_date() -> None:
    site = Site(route(status=Status.SUSPENDED))
    site.dispatch(None, stored(user()))
    assert len(site.seen) == 1


def test_a_type_without_consumers_costs_nothing() -> None:
    site = Site(route())
    site.dispatch(None, stored(organisation()))
    site.dispatch(None, None)
    assert site.transport.calls == []


def test_what_no_tenant_owns_or_no_type_fits_fails() -> None:
    site = Site(route())
    with pytest.raises(KeyValueError):
        site.dispatch(None, stored(user()) | {"PK": {"S": "ORDERS#00"}})
    broken = stored(user())
    del broken["email"]
    with pytest.raises(InvalidItem):
        site.dispatch(None, broken)
    assert site.seen == []
