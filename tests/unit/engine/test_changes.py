"""Dispatching changes: to the consumers of the type, as the tenant of the key, or to nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tenantql.accounts.model import Organisation, User
from tenantql.engine.changes import Change, Consumers, Dispatcher, Gathered, Record
from tenantql.engine.markers import mark
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import entity_of
from tenantql.table.errors import InvalidItem, KeyValueError, Throttled
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

    def __init__(self, record: RoutingRecord | None, *more: Gathered) -> None:
        self.seen: list[Change[User]] = []
        self.vendor = Vending()
        self.transport = Scripted(self._answer)
        self._record = record
        control = control_access("shop-control", lambda: CREDENTIALS)
        routes = Routes(self.transport, control)
        consumers: Consumers = {User: (self._consume, *more)}
        self.dispatcher = Dispatcher([consumers], routes, self.vendor, self.transport)  # pyright: ignore[reportArgumentType]

    def dispatch(
        self, before: RawItem | None = None, after: RawItem | None = None, table: str = TABLE
    ) -> None:
        batch = self.dispatcher.batch()
        batch.take(Record("1", table, before, after))
        assert batch.finish() == {}

    async def _consume(self, change: Change[User]) -> None:
        await Get(Organisation, entity_of(Organisation).key(tenant=change.route.tenant))
        self.seen.append(change)

    def _answer(self, call: Call) -> Mapping[str, Any]:
        key = call.parameters.get("Key", {})
        if key.get("SK") == {"S": "ROUTE"} and self._record is not None:
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


def _name(change: Change[User]) -> str:
    assert change.after is not None
    return change.after.display_name


class Counting:
    """A consumer of several changes that gathers by name, and fails when it meets some."""

    def __init__(self, *poison: str, error: type[Exception] = InvalidItem) -> None:
        self.groups: list[list[str]] = []
        self.gathered = Gathered(_name, self._consume)
        self._poison = poison
        self._error = error

    async def _consume(self, changes: Sequence[Change[User]]) -> None:
        found = [change.event for change in changes]
        self.groups.append(found)
        if not set(self._poison).isdisjoint(found):
            raise self._error


def batch_of(counting: Counting, *users: User, record: RoutingRecord | None = None) -> set[str]:
    """The events that failed; they are numbered from 1."""
    batch = Site(record or route(), counting.gathered).dispatcher.batch()
    for number, each in enumerate(users, 1):
        batch.take(Record(str(number), TABLE, None, stored(each)))
    return {*batch.finish()}


def person(number: int, name: str = "Ada", tenant: str = "acme") -> User:
    return user(tenant, id=f"01J{number:023d}", display_name=name)


def test_changes_are_gathered_by_tenant_and_what_they_agree_in() -> None:
    counting = Counting()
    people = person(1), person(2, "Bea"), person(3), person(4, "Bea")
    assert batch_of(counting, *people) == set()
    assert counting.groups == [["1", "3"], ["2", "4"]]


def test_one_that_never_succeeds_keeps_no_other_from_being_counted() -> None:
    counting = Counting("2")
    people = person(1), person(2), person(3), person(4, "Bea")
    assert batch_of(counting, *people) == {"2"}
    assert counting.groups == [["1", "2", "3"], ["1"], ["2"], ["3"], ["4"]]


def test_later_changes_of_an_item_wait_for_the_one_that_failed() -> None:
    counting = Counting("1")
    assert batch_of(counting, person(1), person(2), person(1)) == {"1", "3"}
    assert counting.groups == [["1", "2", "3"], ["1"], ["2"]]


def test_a_busy_table_gets_the_whole_group_again() -> None:
    counting = Counting("1", error=Throttled)
    assert batch_of(counting, person(1), person(2), person(3, "Bea")) == {"1", "2"}
    assert counting.groups == [["1", "2"], ["3"]]


def test_what_failed_before_is_not_gathered() -> None:
    counting = Counting()
    batch = Site(route(), counting.gathered).dispatcher.batch()
    with pytest.raises(InvalidItem):
        batch.take(Record("1", TABLE, None, {**stored(person(1)), "email": {"N": "1"}}))
    batch.take(Record("2", TABLE, None, stored(person(2))))
    assert batch.finish() == {}
    assert counting.groups == [["2"]]
    assert batch.finish() == {}, "each batch is finished once"


def test_what_consumers_create_is_spread_over_the_directory() -> None:
    async def consume(changes: Sequence[Change[User]]) -> None:
        for change in changes:
            await mark(change, "counter")

    site = Site(route(shards=8), Gathered(lambda _: "", consume))
    batch = site.dispatcher.batch()
    for number in range(20):
        batch.take(Record(str(number), TABLE, None, stored(person(number))))
    assert batch.finish() == {}
    puts = [call.parameters["Item"] for call in site.transport.calls if "Item" in call.parameters]
    assert len(puts) == 20
    assert {item["PK"]["S"] for item in puts} == {
        f"TENANT#acme#SYS#ONCE#{number}" for number in range(20)
    }
    assert len({item["DIRPK"]["S"] for item in puts}) > 2
