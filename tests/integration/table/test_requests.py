"""Each request against real answers of the service: results, conditions, positions."""

import time
from typing import Any

import pytest

from tenantql.table.collections import first_of, last_of
from tenantql.table.entity import Entity, Item, Key, entity_of
from tenantql.table.errors import ConditionFailed
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
    smaller_than,
)
from tenantql.table.requests import BatchGet, Get, ListedKey, Query
from tenantql.table.writes import (
    BatchWrite,
    Check,
    Create,
    Delete,
    Put,
    Transact,
    Update,
    index_change,
    revise,
)
from tests.integration.services import TABLE, Service
from tests.integration.table.conftest import Tenant
from tests.unit.table.packages import (
    Contact,
    Entry,
    Package,
    PackageEvent,
    Stop,
    Tally,
    contact,
    event,
    made,
    package,
    tally,
)


def key(value: Item) -> Key:
    found: Entity[Any] = entity_of(type(value))
    return found.key_of(value)


def failure(tenant: Tenant, request: Any) -> ConditionFailed:
    with pytest.raises(ConditionFailed) as raised:
        tenant.run(request)
    return raised.value


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
    request = Transact((Update(Tally, key(counter), (Increase("total", 1),)),), token="only-once")
    tenant.run(request)
    tenant.run(request)
    found = tenant.run(Get(Tally, key(counter)))
    assert found is not None
    assert found.total == 1


def test_a_collection_of_several_types(tenant: Tenant) -> None:
    rows = [*(event(n, tenant=tenant.id) for n in (1, 2, 10)), package(tenant=tenant.id)]
    tenant.run(BatchWrite(tuple(Put(row) for row in rows)))
    pk = key(rows[0]).pk
    types = (Package, PackageEvent)
    assert tenant.run(Query(types, pk)).items == tuple(rows), "by number, not by letter"
    assert tenant.run(Query(types, pk, descending=True)).items == tuple(reversed(rows))
    assert tenant.run(Query(PackageEvent, pk, sk_begins="EVENT#")).items == tuple(rows[:3])
    middle = ("EVENT#000002", "EVENT#000010")
    assert tenant.run(Query(PackageEvent, pk, sk_between=middle)).items == tuple(rows[1:3])
    assert tenant.run(Query(types, pk, sk="PACKAGE", consistent=True)).items == (rows[3],)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("index", [None, "GSI1"])
def test_pages_go_on_where_the_last_ended(
    tenant: Tenant, descending: bool, index: str | None
) -> None:
    entries = [
        made(Entry, tenant=tenant.id, id=f"{n}", shard="00", name=name)
        for n, name in enumerate(["a", "a b", "a!", "b", "é", "\U0001f600", "ﬁ"])
    ]
    tenant.run(BatchWrite(tuple(Put(each) for each in entries)))
    word = "ENTRIES" if index is None else "LISTED"
    query = Query(
        Entry, f"TENANT#{tenant.id}#{word}#00", index=index, descending=descending, limit=3
    )
    wanted = sorted(entries, key=lambda each: key(each).sk.encode(), reverse=descending)
    first = tenant.run(query)
    assert list(first.items) == wanted[:3]
    tenant.run(Delete(Entry, key(first.items[-1])))
    rest = tenant.run(
        Query(Entry, query.pk, index=index, descending=descending, after=first.positions[-1])
    )
    assert list(rest.items) == wanted[3:], "the item that the position names may be gone"
    assert rest.resume is None


@pytest.mark.parametrize("index", [None, "GSI1"])
def test_shards_are_merged_in_order_while_their_number_grows(
    tenant: Tenant, index: str | None
) -> None:
    def entry(n: int, shard: int) -> Entry:
        return made(Entry, tenant=tenant.id, id=f"{n:02d}", shard=f"{shard:02d}", name="n")

    def queries(shards: int) -> list[Query[Entry]]:
        word = "ENTRIES" if index is None else "LISTED"
        keys = [f"TENANT#{tenant.id}#{word}#{shard:02d}" for shard in range(shards)]
        return [Query(Entry, pk, index=index) for pk in keys]

    tenant.run(BatchWrite(tuple(Put(entry(n, n % 3)) for n in range(20))))
    first = tenant.drive(first_of(queries(3), 7))
    assert [each.id for each in first.items] == [f"{n:02d}" for n in range(7)]
    tenant.run(BatchWrite(tuple(Put(entry(n, 3)) for n in (90, 91))))
    second = tenant.drive(first_of(queries(4), 50, first.positions[-1]))
    assert [each.id for each in second.items] == [*(f"{n:02d}" for n in range(7, 20)), "90", "91"]
    assert second.has_next is False
    before = tenant.drive(last_of(queries(4), 4, second.positions[0]))
    assert [each.id for each in before.items] == ["03", "04", "05", "06"]
    assert before.has_previous


def test_an_item_moves_through_its_indexes_as_it_changes(tenant: Tenant) -> None:
    def listed(index: str, key: str) -> list[str]:
        page = tenant.run(Query(Package, f"TENANT#{tenant.id}#{key}", index=index))
        return [each.id for each in page.items]

    heavy = package("h", tenant=tenant.id, place="x", weight=100)
    light = package("l", tenant=tenant.id, place="x", weight=20)
    tenant.run(BatchWrite((Put(heavy), Put(light))))
    assert listed("GSI1", "PLACE#x") == ["l", "h"]
    moved = package("h", tenant=tenant.id, place="y", weight=100, status="SENT")
    after = tenant.run(revise(heavy, moved))
    assert (listed("GSI1", "PLACE#x"), listed("GSI1", "PLACE#y")) == (["l"], ["h"])
    assert listed("GSI2", "OPEN#00") == ["l"]
    gone = package("h", tenant=tenant.id, status="SENT", version=after.version)
    tenant.run(revise(after, gone))
    assert listed("GSI1", "PLACE#y") == []
    values = {"tenant": tenant.id, "place": "z", "weight": 1, "id": "l"}
    change = (Set("place", "z"), Set("weight", 1), *index_change(Package, "GSI1", values))
    tenant.run(Update(Package, key(light), change))
    assert listed("GSI1", "PLACE#z") == ["l"]
    assert failure(tenant, revise(heavy, moved)).stored[0].version == 3


def test_an_index_lists_keys(tenant: Tenant) -> None:
    one = package(tenant=tenant.id)
    tenant.run(Create(one))
    pk = f"TENANT#{tenant.id}#OPEN#00"
    page = tenant.run(Query(ListedKey, pk, index="GSI2"))
    assert page.items == (ListedKey(key(one), pk, f"{one.created_at}#1"),)


def old_contact(service: Service, tenant: Tenant, id: str) -> Contact:
    """A contact as the first release stored it, and as this one reads it."""
    now = contact(id, tenant=tenant.id, version=4)
    item = entity_of(Contact).encode(now)
    for name in ("first", "last", "title", "schema_version", "GSI1PK", "GSI1SK"):
        del item[name]
    service.client.put_item(TableName=TABLE, Item=item | {"name": {"S": "Ada Abt"}})
    return now


def test_an_old_item_is_upgraded_when_it_is_read_and_when_it_changes(
    service: Service, tenant: Tenant
) -> None:
    one, two, three = (old_contact(service, tenant, id) for id in "123")
    assert tenant.run(Get(Contact, key(one))) == one
    changed = tenant.run(Update(Contact, key(one), (Increase("calls", 1),)))
    assert changed == contact("1", tenant=tenant.id, calls=1, version=5)
    revised = contact("2", tenant=tenant.id, last="Berg", version=4)
    tenant.run(Transact((Update(Contact, key(three), (Set("title", "Dr."),)),)))
    assert tenant.run(revise(two, revised)).last == "Berg"
    assert tenant.run(Get(Contact, key(two))) == contact(
        "2", tenant=tenant.id, last="Berg", version=5
    )
    listed = tenant.run(Query(Contact, f"TENANT#{tenant.id}#CONTACTS", index="GSI1"))
    assert [(each.id, each.title) for each in listed.items] == [
        ("1", "ADA ABT"),
        ("3", "Dr."),
        ("2", "ADA ABT"),
    ]
