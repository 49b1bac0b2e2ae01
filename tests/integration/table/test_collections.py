"""Collections, indexes and old items against real answers of the service."""

import pytest

from tenantql.table.collections import first_of, last_of
from tenantql.table.entity import entity_of
from tenantql.table.expressions import (
    Increase,
    Set,
)
from tenantql.table.requests import Get, ListedKey, Query
from tenantql.table.writes import (
    BatchWrite,
    Create,
    Delete,
    Put,
    Transact,
    Update,
    index_change,
    revise,
)
from tests.integration.services import TABLE, Service
from tests.integration.table.conftest import Tenant, failure, key
from tests.unit.table.packages import (
    Contact,
    Entry,
    Package,
    PackageEvent,
    contact,
    event,
    made,
    package,
)


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
