"""Answers: stored items as typed results, and what has expired as good as deleted."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tenantql.table import calls
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, ForeignItem, ForeignKey, InvalidItem
from tenantql.table.expressions import Set
from tenantql.table.requests import AnyRequest, BatchGet, Get, ListedKey, Query
from tenantql.table.retries import CONFLICT_ATTEMPTS
from tenantql.table.writes import Create, Delete, Put, Transact, Update
from tests.unit.builders import TABLE, Scripted, access, stored
from tests.unit.table.memory import MemoryTable
from tests.unit.table.packages import (
    Contact,
    Package,
    PackageEvent,
    Stop,
    contact,
    event,
    package,
)

KEY = Key("TENANT#acme#PACKAGE#1", "PACKAGE")
PAST = int(time.time()) - 1


def answered(request: AnyRequest, answer: Mapping[str, Any]) -> Any:
    return calls.run(Scripted(lambda _call: answer), request, access())


def test_everything_that_an_item_can_hold_comes_back() -> None:
    full = package(
        place="Zürich #1",
        weight=12,
        tags=frozenset({"b", "a"}),
        pieces={"a.b": 1, "": 2},
        stops=(Stop(place="x"), Stop(place="y", note="n")),
    )
    assert answered(Get(Package, KEY), {"Item": stored(full)}) == full
    assert stored(full)["tags"] == {"SS": ["a", "b"]}
    assert stored(full)["stops"]["L"][0] == {"M": {"place": {"S": "x"}}}


def test_a_batch_answers_in_the_order_that_was_asked() -> None:
    keys = [entity_of(Package).key(tenant="acme", id=id) for id in "3121"]
    found = [stored(package("1")), stored(package("3")), stored(package("2", expires_at=PAST))]
    answer = {"Responses": {TABLE: found}}
    items = answered(BatchGet(Package, tuple(keys)), answer)
    assert items == (package("3"), package("1"), None, package("1"))


def test_a_collection_of_several_types_is_read_as_each() -> None:
    rows = [event(1), event(2), package()]
    request = Query((Package, PackageEvent), KEY.pk)
    page = answered(request, {"Items": [stored(row) for row in rows]})
    assert page.items == tuple(rows)
    assert page.positions == (("EVENT#000001",), ("EVENT#000002",), ("PACKAGE",))


def test_a_type_that_was_not_expected_fails_the_page() -> None:
    rows = [stored(event(1)), stored(contact())]
    with pytest.raises(InvalidItem, match="none of the expected types"):
        answered(Query((Package, PackageEvent), KEY.pk), {"Items": rows})
    with pytest.raises(InvalidItem, match="expected an item of type PackageEvent"):
        answered(Query(PackageEvent, KEY.pk), {"Items": rows})


def test_a_page_leaves_expired_items_out_and_goes_on_behind_them() -> None:
    rows = [stored(event(1, expires_at=PAST)), stored(event(2)), stored(event(3, expires_at=PAST))]
    last = {"PK": {"S": KEY.pk}, "SK": {"S": "EVENT#000003"}}
    page = answered(Query(PackageEvent, KEY.pk), {"Items": rows, "LastEvaluatedKey": last})
    assert page.items == (event(2),)
    assert page.positions == (("EVENT#000002",),)
    assert page.resume == ("EVENT#000003",)


def test_an_update_answers_with_the_item_as_it_then_is() -> None:
    update = Update(Package, KEY, (Set("code", "x"),))
    changed = package(code="x", version=2)
    assert answered(update, {"Attributes": stored(changed)}) == changed


@pytest.mark.parametrize("write", [Create(package()), Put(package()), Delete(Package, KEY)])
def test_other_writes_answer_nothing(write: AnyRequest) -> None:
    assert answered(write, {}) is None


def refused(*items: RawItem | None) -> ConditionFailed:
    """What the transport raises when a condition fails and these items are stored."""
    stored_by_index = {index: item for index, item in enumerate(items) if item is not None}
    return ConditionFailed(tuple(range(len(items))), stored=stored_by_index)


def scripted(*answers: Mapping[str, Any] | Exception) -> Scripted:
    """A transport that gives these answers, the last of them for ever."""
    left = [*answers]

    def answer(_call: Call) -> Mapping[str, Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    return Scripted(answer)


class TestFailedConditions:
    """ConditionFailed tells which actions failed, by label, and what is stored."""

    def test_of_a_single_write(self) -> None:
        put = Put(package(), label="mine")
        with pytest.raises(ConditionFailed, match="does not hold: mine") as raised:
            calls.run(scripted(refused(stored(package(code="x")))), put, access())
        assert raised.value.stored == {0: package(code="x")}
        assert (raised.value.failed, raised.value.labels) == ((0,), ("mine",))

    def test_of_a_transaction(self) -> None:
        actions = (
            Create(package("1"), label="a"),
            Delete(PackageEvent, entity_of(PackageEvent).key_of(event(1)), label="b"),
            Update(Package, entity_of(Package).key(tenant="acme", id="2"), (Set("code", "x"),)),
        )
        error = refused(stored(package("1")), stored(event(1)), None)
        with pytest.raises(ConditionFailed, match=r"does not hold: a, b$") as raised:
            calls.run(scripted(error), Transact(actions), access())
        assert raised.value.labels == ("a", "b", "")
        assert raised.value.stored == {0: package("1"), 1: event(1)}

    def test_by_an_item_that_has_expired(self) -> None:
        error = refused(stored(package(expires_at=PAST)))
        with pytest.raises(ConditionFailed) as raised:
            calls.run(scripted(error), Update(Package, KEY, (Set("code", "x"),)), access())
        assert raised.value.stored == {}

    def test_by_an_item_of_another_tenant(self) -> None:
        error = refused(stored(package(tenant="globex")))
        with pytest.raises(ForeignItem):
            calls.run(scripted(error), Put(package()), access())


DIRECTORY = "TENANT#acme#TYPE#Package#00"


class TestListedKeys:
    """The indexes that hold keys alone are queried for those."""

    def test_the_directory_lists_the_items_of_a_type(self) -> None:
        table = MemoryTable()
        for id in "231":
            table.put(package(id))
        table.put(contact())
        page = calls.run(table, Query(ListedKey, DIRECTORY, index="directory", limit=2), access())
        keys = [entity_of(Package).key(tenant="acme", id=id) for id in "123"]
        assert page.items == tuple(ListedKey(key, DIRECTORY, key.pk) for key in keys[:2])
        assert page.resume == (keys[1].pk, "PACKAGE")
        rest = Query(ListedKey, DIRECTORY, index="directory", after=page.resume)
        assert [item.key for item in calls.run(table, rest, access()).items] == [keys[2]]

    def test_the_key_of_a_type_in_the_directory(self) -> None:
        assert entity_of(Package).directory_key("acme", "00") == DIRECTORY

    def test_the_platforms_index_leads_with_no_tenant(self) -> None:
        table = MemoryTable()
        table.put(package())
        table.put(package(tenant="globex"))
        everyone = access()
        platform = type(everyone)(everyone.table, "TENANT#", everyone.credentials)
        request = Query(ListedKey, "PACKAGES#OPEN", index="platform")
        found = calls.run(table, request, platform).items
        assert [item.key.pk for item in found] == [
            "TENANT#acme#PACKAGE#1",
            "TENANT#globex#PACKAGE#1",
        ]
        assert [item.sk.split("#")[1] for item in found] == ["acme", "globex"]
        with pytest.raises(ForeignItem):
            calls.run(table, request, access())

    def test_a_tenants_index_is_asked_for_the_tenants_keys(self) -> None:
        table = MemoryTable()
        for index in ("directory", "GSI1"):
            request = Query(ListedKey, "TENANT#globex#TYPE#Package#00", index=index)
            with pytest.raises(ForeignKey):
                calls.run(table, request, access())
        assert table.calls == []


class TestUpgrades:
    """Old items are upgraded when they are read, and before they are updated."""

    def old(self, version: int | None = None, **changed: Any) -> RawItem:
        item = stored(contact(**changed))
        del item["title"]
        if version is None:
            del item["schema_version"]
            item["name"] = {"S": f"{item.pop('first')['S']} {item.pop('last')['S']}"}
        else:
            item["schema_version"] = {"N": str(version)}
        return item

    @pytest.mark.parametrize("version", [None, 2])
    def test_when_read(self, version: int | None) -> None:
        key = entity_of(Contact).key_of(contact())
        assert answered(Get(Contact, key), {"Item": self.old(version)}) == contact()

    def test_not_for_an_item_of_now(self) -> None:
        item = stored(contact(title="Dr."))
        assert item["schema_version"] == {"N": "3"}
        assert entity_of(Contact).decode(item).title == "Dr."

    def test_not_for_an_item_of_a_later_release(self) -> None:
        item = stored(contact()) | {"schema_version": {"N": "4"}}
        with pytest.raises(InvalidItem, match="written by a newer version of this code"):
            entity_of(Contact).decode(item)

    def test_before_an_update(self) -> None:
        key = entity_of(Contact).key_of(contact())
        update = Update(Contact, key, (Set("title", "Dr."),))
        done = {"Attributes": stored(contact(title="Dr."))}
        transport = scripted(refused(self.old()), {}, done)
        assert calls.run(transport, update, access()) == contact(title="Dr.")
        first, upgrading, again = transport.calls
        assert transport.operations == ["UpdateItem"] * 3
        assert first == again
        written = upgrading.parameters["ExpressionAttributeValues"].values()
        assert {"S": "ADA ABT"} in written
        assert {"N": "3"} in written

    def test_in_a_transaction_each_that_needs_it(self) -> None:
        keys = [entity_of(Contact).key(tenant="acme", id=id) for id in "12"]
        updates = tuple(Update(Contact, key, (Set("title", "Dr."),)) for key in keys)
        transport = scripted(refused(self.old(id="1"), self.old(2, id="2")), {})
        calls.run(transport, Transact(updates), access())
        assert transport.operations == [
            "TransactWriteItems",
            "UpdateItem",
            "UpdateItem",
            "TransactWriteItems",
        ]

    def test_end_if_somebody_else_writes_old_items_for_ever(self) -> None:
        key = entity_of(Contact).key_of(contact())
        transport = scripted(refused(self.old()))
        with pytest.raises(ConditionFailed):
            calls.run(transport, Update(Contact, key, (Set("title", "Dr."),)), access())
        assert len(transport.calls) == 2 * CONFLICT_ATTEMPTS - 1

    def test_do_not_hide_a_condition_that_fails(self) -> None:
        key = entity_of(Contact).key_of(contact())
        transport = scripted(refused(stored(contact())))
        with pytest.raises(ConditionFailed) as raised:
            calls.run(transport, Update(Contact, key, (Set("title", "Dr."),)), access())
        assert raised.value.stored == {0: contact()}
        assert len(transport.calls) == 1
