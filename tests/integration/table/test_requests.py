"""Each request against real answers of the service: results, conditions, positions."""

import time
from typing import Any
from uuid import uuid4

import pytest

from tenantql.table.expressions import (
    Condition,
    Exclude,
    Include,
    Increase,
    Remove,
    Set,
    SetIfAbsent,
    above,
    absent,
    all_of,
    any_of,
    at_least,
    at_most,
    below,
    contains,
    differs,
    equals,
    exists,
    lacks,
    smaller_than,
)
from tenantql.table.requests import BatchGet, Get
from tenantql.table.writes import (
    BatchWrite,
    Check,
    Create,
    Delete,
    Put,
    Transact,
    Update,
)
from tests.integration.services import Service
from tests.integration.table.conftest import Tenant, failure, key
from tests.unit.table.packages import (
    Package,
    Stop,
    Tally,
    package,
    tally,
)


def not_with_moto(service: Service, reason: str) -> None:
    if service.access.credentials.access_key == "testing":
        pytest.skip(reason)


def test_put_replaces_and_tells_what_stood_in_its_way(tenant: Tenant) -> None:
    one = package(tenant=tenant.id, tags=frozenset("ab"), stops=(Stop(place="x"),))
    other = package(tenant=tenant.id, code="x", version=2)
    tenant.run(Put(one))
    tenant.run(Put(other, equals("version", 1)))
    assert tenant.run(Get(Package, key(one))) == other
    error = failure(tenant, Put(one, equals("version", 1), label="mine"))
    assert (error.failed, error.labels, error.stored) == ((0,), ("mine",), {0: other})
    absent_one = package("9", tenant=tenant.id)
    assert failure(tenant, Put(absent_one, exists("PK"))).stored == {}


def test_update_makes_an_item_and_then_changes_it(tenant: Tenant) -> None:
    made_of = tally(tenant=tenant.id, total=10, note="first", days={"1": 5})
    update = Update(
        Tally,
        key(made_of),
        (
            Increase("total", 3),
            Increase("day_1", 1),
            Increase("day_2", 2),
            Include("members", frozenset("a")),
        ),
        otherwise=made_of,
    )
    first = tally(
        tenant=tenant.id,
        total=13,
        note="first",
        members=frozenset("a"),
        days={"1": 6, "2": 2},
        version=1,
    )
    assert tenant.run(update) == first
    assert tenant.run(Get(Tally, key(made_of))) == first
    again = tenant.run(update)
    assert (again.total, again.days, again.version) == (16, {"1": 7, "2": 4}, 2)
    assert again.created_at == made_of.created_at


def test_a_condition_beside_otherwise_is_of_what_is_stored(tenant: Tenant) -> None:
    made_of = tally(tenant=tenant.id)
    change = (Increase("total", 5),)
    bounded = at_most("total", 5)
    error = failure(tenant, Update(Tally, key(made_of), change, bounded, made_of))
    assert error.stored == {}, "an absent item does not fulfil it"
    free = any_of(absent("PK"), bounded)
    for total in (5, 10):
        assert tenant.run(Update(Tally, key(made_of), change, free, made_of)).total == total
    error = failure(tenant, Update(Tally, key(made_of), change, free, made_of))
    assert error.stored[0].total == 10


def test_update_needs_its_item(tenant: Tenant) -> None:
    one = package(tenant=tenant.id)
    update = Update(Package, key(one), (Set("code", "x"),))
    assert failure(tenant, update).stored == {}
    assert tenant.run(Get(Package, key(one))) is None
    tenant.run(Create(one))
    assert tenant.run(update) == package(tenant=tenant.id, code="x", version=2)


def test_an_expired_item_is_not_changed_and_not_told(tenant: Tenant) -> None:
    past, future = int(time.time()) - 1, int(time.time()) + 600
    old = tally(tenant=tenant.id, total=7, expires_at=past)
    tenant.run(Create(old))
    update = Update(Tally, key(old), (Increase("total", 1),))
    assert failure(tenant, update).stored == {}
    assert failure(tenant, Update(Tally, key(old), update.changes, otherwise=old)).stored == {}
    assert failure(tenant, Transact((update,))).stored == {}
    assert failure(tenant, Put(old, exists("nothing"))).stored == {}
    tenant.run(Create(tally(tenant=tenant.id, total=1, expires_at=future)))
    assert tenant.run(update).total == 2


def test_numbers_and_sets_inside_and_outside_of_maps(tenant: Tenant) -> None:
    one = package(tenant=tenant.id, pieces={"a.b": 1}, tags=frozenset("xy"), place="p")
    tenant.run(Create(one))

    def change(*changes: Any) -> Package:
        return tenant.run(Update(Package, key(one), changes))

    assert change(Increase(("pieces", "a.b"), 4), Increase(("pieces", "c"), -2)).pieces == {
        "a.b": 5,
        "c": -2,
    }
    assert change(Include("tags", frozenset("yz"))).tags == frozenset("xyz")
    assert change(Exclude("tags", frozenset("xz"))).tags == frozenset("y")
    assert change(Exclude("tags", frozenset("y"))).tags == frozenset()
    assert change(SetIfAbsent("code", "first")).code == "first"
    assert change(SetIfAbsent("code", "second")).code == "first"
    assert change(Remove("code"), Remove(("pieces", "c"))).pieces == {"a.b": 5}
    assert change(Set("stops", (Stop(place="s", note="n"),))).stops == (Stop(place="s", note="n"),)
    assert tenant.run(Get(Package, key(one))) == package(
        tenant=tenant.id,
        pieces={"a.b": 5},
        place="p",
        stops=(Stop(place="s", note="n"),),
        version=9,
    )


HOLD: list[Condition] = [
    equals("status", "OPEN"),
    differs("status", "SENT"),
    differs("alias", "x"),
    below("weight", 6),
    above("weight", 4),
    at_most("weight", 5),
    at_least("weight", 5),
    at_least(("pieces", "a"), 1),
    exists(("pieces", "a")),
    absent(("pieces", "b")),
    absent("alias"),
    contains("tags", "t"),
    lacks("tags", "x"),
    lacks("alias", "x"),
    smaller_than("tags", 2),
    smaller_than("pieces", 2),
    all_of(exists("PK"), any_of(equals("weight", 9), equals("weight", 5))),
]
FAIL: list[Condition] = [
    equals("alias", "x"),
    differs("status", "OPEN"),
    below("alias", "x"),
    above("weight", 5),
    smaller_than("tags", 1),
    contains("tags", "x"),
    contains("alias", "x"),
    lacks("tags", "t"),
    at_least(("pieces", "b"), 0),
    at_least(("nothing", "b"), 0),
]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [*((each, True) for each in HOLD), *((each, False) for each in FAIL)],
    ids=repr,
)
def test_what_conditions_say_of_an_item(tenant: Tenant, condition: Condition, holds: bool) -> None:
    one = package(tenant=tenant.id, weight=5, pieces={"a": 1}, tags=frozenset("t"))
    tenant.run(Create(one))
    delete = Delete(Package, key(one), condition, label="tested")
    if holds:
        tenant.run(delete)
        assert tenant.run(Get(Package, key(one))) is None
    else:
        error = failure(tenant, delete)
        assert (error.labels, error.stored) == (("tested",), {0: one})


def test_what_is_absent_is_not_smaller_than_anything(tenant: Tenant, service: Service) -> None:
    not_with_moto(service, "moto fails at the size of an absent attribute, DynamoDB says no")
    one = package(tenant=tenant.id)
    tenant.run(Create(one))
    error = failure(tenant, Delete(Package, key(one), smaller_than("alias", 99)))
    assert error.stored == {0: one}


def test_delete_without_a_condition_takes_nothing_for_done(tenant: Tenant) -> None:
    one = package(tenant=tenant.id)
    tenant.run(Delete(Package, key(one)))
    tenant.run(Create(one))
    tenant.run(Delete(Package, key(one)))
    assert tenant.run(Get(Package, key(one))) is None


def test_batches_write_and_read(tenant: Tenant) -> None:
    packages = [package(f"{n:03d}", tenant=tenant.id) for n in range(75)]
    for start in range(0, 75, 25):
        tenant.run(BatchWrite(tuple(Put(each) for each in packages[start : start + 25])))
    gone = packages[:5]
    tenant.run(BatchWrite(tuple(Delete(Package, key(each)) for each in gone)))
    asked = (*reversed(packages), *packages[:20])
    found = tenant.run(BatchGet(Package, tuple(key(each) for each in asked)))
    assert found == tuple(None if each in gone else each for each in asked)


def test_a_transaction_of_every_kind_of_action(tenant: Tenant) -> None:
    stays, goes, counts = (package(n, tenant=tenant.id) for n in "123")
    new, over = package("4", tenant=tenant.id), package("5", tenant=tenant.id, code="new")
    tenant.run(BatchWrite((Put(stays), Put(goes), Put(counts))))
    checked = Check(Package, key(stays), equals("version", 1), label="stays")
    actions = (
        checked,
        Delete(Package, key(goes)),
        Update(Package, key(counts), (Set("code", "x"),)),
        Create(new),
        Put(over),
    )
    assert tenant.run(Transact(actions)) is None
    keys = tuple(key(each) for each in (stays, goes, counts, new, over))
    found = tenant.run(BatchGet(Package, keys))
    counted = package("3", tenant=tenant.id, code="x", version=2)
    assert found == (stays, None, counted, new, over)


def test_a_transaction_names_what_failed_and_does_nothing(tenant: Tenant) -> None:
    one, two = package("1", tenant=tenant.id), package("2", tenant=tenant.id, code="x")
    tenant.run(BatchWrite((Put(one), Put(two))))
    missing = package("3", tenant=tenant.id)
    actions = (
        Update(Package, key(one), (Set("code", "y"),), label="fine"),
        Check(Package, key(two), absent("code"), label="checked"),
        Check(Package, key(missing), exists("PK"), label="missing"),
        Create(package("4", tenant=tenant.id), label="new"),
    )
    error = failure(tenant, Transact(actions))
    assert error.failed == (1, 2)
    assert error.labels == ("checked", "missing")
    assert error.stored == {1: two}
    keys = tuple(key(package(n, tenant=tenant.id)) for n in "124")
    assert tenant.run(BatchGet(Package, keys)) == (one, two, None)


def test_a_repeated_token_is_one_transaction(tenant: Tenant, service: Service) -> None:
    not_with_moto(service, "moto does not keep the tokens of transactions")
    counter = tally(tenant=tenant.id)
    tenant.run(Create(counter))
    request = Transact((Update(Tally, key(counter), (Increase("total", 1),)),), token=str(uuid4()))
    tenant.run(request)
    tenant.run(request)
    found = tenant.run(Get(Tally, key(counter)))
    assert found is not None
    assert found.total == 1
