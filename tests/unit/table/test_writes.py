"""Writes: what may not be asked for, and how one item becomes another."""

from typing import Any

import pytest

from tenantql.accounts.model import User
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import KeyValueError, ModelError
from tenantql.table.expressions import (
    Change,
    Exclude,
    Include,
    Increase,
    Remove,
    Set,
    SetIfAbsent,
    all_of,
    equals,
    exists,
)
from tenantql.table.writes import (
    MAX_BATCH_WRITES,
    BatchWrite,
    Check,
    Create,
    Delete,
    Put,
    Transact,
    Update,
    index_change,
    key_of,
    revise,
    upgrade,
)
from tests.unit.builders import user
from tests.unit.table.packages import Contact, Package, Stop, Tally, contact, package, tally

KEY = Key("TENANT#acme#PACKAGE#1", "PACKAGE")
TALLY = Key("TENANT#acme#TALLY#sales", "TALLY")


@pytest.mark.parametrize(
    "name", ["PK", "SK", "DIRPK", "type", "tenant", "id", ("type", "x"), ("id",)]
)
def test_what_a_key_is_made_of_never_changes(name: Any) -> None:
    with pytest.raises(ModelError, match="never change"):
        Update(Package, KEY, (Set(name, "x"),))


@pytest.mark.parametrize(
    ("change", "index"),
    [
        (Set("place", "x"), "GSI1"),
        (Increase("weight", 1), "GSI1"),
        (Set("status", "x"), "platform"),
    ],
)
def test_a_change_under_an_index_brings_its_key_along(change: Change, index: str) -> None:
    with pytest.raises(ModelError, match=f"part of the key of {index}; use revise"):
        Update(Package, KEY, (change,))


def test_an_index_key_that_is_made_of_known_values() -> None:
    key = index_change(Package, "GSI1", {"tenant": "acme", "place": "x y", "weight": 7, "id": "1"})
    assert key == (Set("GSI1PK", "TENANT#acme#PLACE#x%20y"), Set("GSI1SK", "000007#1"))
    assert Update(Package, KEY, (Set("place", "x y"), Set("weight", 7), *key)).changes[2:] == key
    with pytest.raises(KeyValueError, match="'weight'"):
        index_change(Package, "GSI1", {"tenant": "acme", "place": "x", "id": "1"})
    with pytest.raises(ModelError, match="Package does not fill GSI3"):
        index_change(Package, "GSI3", {})


def test_one_key_of_an_index_follows_what_it_is_made_of() -> None:
    key = entity_of(User).key_of(user())
    moved = index_change(User, "GSI3", {"tenant": "acme", "shard": "01"}, "pk")
    assert moved == (Set("GSI3PK", "TENANT#acme#USERS#01"),)
    assert Update(User, key, (Set("shard", "01"), *moved)).changes[1:] == moved
    with pytest.raises(ModelError, match="User: created_at is part of the key of GSI3"):
        Update(User, key, (Set("shard", "01"), Set("created_at", "x"), *moved))
    with pytest.raises(ModelError, match="might not be in GSI1; give it both keys"):
        index_change(Package, "GSI1", {"tenant": "acme", "place": "x"}, "pk")


def test_the_key_of_each_write() -> None:
    writes = (
        Create(package()),
        Put(package()),
        Update(Package, KEY, (Set("code", "x"),)),
        Delete(Package, KEY),
        Check(Package, KEY, exists("PK")),
    )
    assert {key_of(write) for write in writes} == {KEY}


def test_a_batch_has_no_conditions_and_names_an_item_once() -> None:
    writes = tuple(Put(package(str(n))) for n in range(MAX_BATCH_WRITES))
    assert BatchWrite(writes).writes == writes
    with pytest.raises(ModelError, match="1 to 25 writes"):
        BatchWrite((*writes, Delete(Package, KEY)))
    with pytest.raises(ModelError, match="1 to 25 writes"):
        BatchWrite(())
    with pytest.raises(ModelError, match="no conditions; use Transact"):
        BatchWrite((Put(package(), exists("PK")),))
    with pytest.raises(ModelError, match="names an item twice"):
        BatchWrite((Put(package()), Delete(Package, KEY)))


@pytest.mark.parametrize("token", ["", "t" * 37])
def test_a_token_has_the_length_that_dynamodb_takes(token: str) -> None:
    with pytest.raises(ModelError, match="1 to 36 characters"):
        Transact((Create(package()),), token=token)


def test_transactions_of_the_same_actions_are_equal_whenever_they_were_made() -> None:
    one, other = Transact((Create(package()),), at=1), Transact((Create(package()),), at=2)
    assert one == other


class TestOtherwise:
    """An update that makes the item means the same for one that is there."""

    def test_is_the_item_of_the_key(self) -> None:
        for otherwise in (tally("other"), package()):
            with pytest.raises(ModelError, match="otherwise is to be the Tally of this key"):
                Update(Tally, TALLY, (Increase("total", 1),), otherwise=otherwise)  # pyright: ignore[reportArgumentType]

    def test_is_not_changed_inside_of_a_map(self) -> None:
        change = Increase(("pieces", "berlin"), 1)
        with pytest.raises(ModelError, match=r"'pieces' cannot be made .* declare spread="):
            Update(Package, KEY, (change,), otherwise=package())

    @pytest.mark.parametrize(
        "change",
        [
            Include("members", frozenset("b")),
            Exclude("members", frozenset("b")),
            SetIfAbsent("note", "x"),
        ],
    )
    def test_does_not_have_what_depends_on_what_is_there(self, change: Change) -> None:
        made = tally(members=frozenset("a"), note="n")
        with pytest.raises(ModelError, match="is changed, so leave it out of otherwise"):
            Update(Tally, TALLY, (change,), otherwise=made)
        assert Update(Tally, TALLY, (change,), otherwise=tally()).otherwise == tally()

    def test_does_not_bring_an_item_into_an_index_that_it_may_be_out_of(self) -> None:
        change = Set("code", "x")
        with pytest.raises(ModelError, match="might not be in GSI2, and would get into it"):
            Update(Package, KEY, (change,), otherwise=package())
        with pytest.raises(ModelError, match="might not be in GSI1"):
            Update(Package, KEY, (change,), otherwise=package(place="x", status="SENT"))
        index = (Remove("GSI2PK"), Remove("GSI2SK"))
        assert Update(Package, KEY, (change, *index), otherwise=package()).changes[1:] == index


def changes(before: Any, after: Any) -> dict[object, object]:
    """What `revise` writes: a value for each path, None for those removed."""
    found = revise(before, after)
    assert all(isinstance(each, Set | Remove) for each in found.changes)
    return {each.path: getattr(each, "value", None) for each in found.changes}


class TestRevise:
    """Only what differs is written, with the keys of indexes."""

    def test_writes_what_differs_if_nobody_else_has(self) -> None:
        update = revise(package(version=4), package(version=4, code="x"), label="coded")
        assert update.changes == (Set("code", "x"),)
        assert update.condition == equals("version", 4)
        assert (update.key, update.label, update.otherwise) == (KEY, "coded", None)

    def test_has_a_condition_beside_the_version(self) -> None:
        own = equals("status", "OPEN")
        update = revise(package(), package(code="x"), own)
        assert update.condition == all_of(equals("version", 1), own)

    def test_moves_an_item_within_an_index(self) -> None:
        assert changes(package(place="a"), package(place="b", weight=12)) == {
            "place": "b",
            "weight": 12,
            "GSI1PK": "TENANT#acme#PLACE#b",
            "GSI1SK": "000012#1",
        }

    def test_moves_an_item_by_one_of_its_two_keys(self) -> None:
        """The other one stays, so it is not written."""
        one, other = package(place="a"), package(place="b")
        assert changes(one, other) == {"place": "b", "GSI1PK": "TENANT#acme#PLACE#b"}
        assert changes(one, package(place="a", weight=1)) == {"weight": 1, "GSI1SK": "000001#1"}

    def test_takes_an_item_out_of_a_sparse_index(self) -> None:
        gone = {"place": None, "GSI1PK": None, "GSI1SK": None}
        assert changes(package(place="a"), package()) == gone
        closed = changes(package(), package(status="SENT"))
        assert closed == {
            "status": "SENT",
            "GSI2PK": None,
            "GSI2SK": None,
            "PLATPK": "PACKAGES#SENT",
        }

    def test_brings_an_item_into_a_sparse_index(self) -> None:
        opened = changes(package(status="SENT"), package())
        assert opened["GSI2PK"] == "TENANT#acme#OPEN#00"
        assert "DIRPK" not in opened

    def test_removes_what_became_empty(self) -> None:
        full = package(tags=frozenset("ab"), code="x", expires_at=1)
        assert changes(full, package()) == {"tags": None, "code": None, "expires_at": None}

    def test_sees_into_structs_and_maps(self) -> None:
        stop = Stop(place="a")
        assert changes(package(), package(stops=(stop,))) == {"stops": (stop,)}
        with pytest.raises(ModelError, match="nothing differs"):
            revise(package(stops=(stop,)), package(stops=(Stop(place="a"),)))
        assert changes(package(pieces={"a": 1}), package(pieces={"a": 2})) == {"pieces": {"a": 2}}

    def test_writes_spread_entries_one_by_one(self) -> None:
        before, after = tally(days={"1": 1, "2": 2}), tally(days={"2": 3, "3": 4})
        assert changes(before, after) == {"day_1": None, "day_2": 3, "day_3": 4}

    def test_counts_the_version_by_itself(self) -> None:
        with pytest.raises(ModelError, match="nothing differs; there is nothing to revise"):
            revise(package(version=1), package(version=2))

    def test_does_not_change_a_key_or_a_type(self) -> None:
        for after in (package("2"), package(tenant="globex"), user()):
            with pytest.raises(ModelError, match="one of the same type and key"):
                revise(package(), after)

    def test_writes_the_whole_item_of_a_type_that_has_older_versions(self) -> None:
        """What was read as version 3 can be stored as version 1: nothing of it may stay."""
        found = changes(contact(), contact(last="Berg"))
        assert found["last"] == "Berg"
        assert found["schema_version"] == 3
        assert found["first"] == "Ada"
        assert found["GSI1PK"] == "TENANT#acme#CONTACTS"
        assert found["GSI1SK"] == "Berg#1"
        assert [name for name, value in found.items() if value is None] == [
            *("expires_at", "GSI2PK", "GSI2SK", "GSI3PK", "GSI3SK", "PLATPK", "PLATSK")
        ]
        assert not {"PK", "SK", "DIRPK", "type", "tenant", "id", "version"} & found.keys()


def test_an_upgrade_keeps_the_version() -> None:
    update = upgrade(contact(version=7))
    assert Set("version", 7) in update.changes
    assert Set("schema_version", 3) in update.changes
    assert update.key == entity_of(Contact).key_of(contact())


def test_a_user_is_never_made_by_an_update_of_another_type() -> None:
    with pytest.raises(ModelError, match="User: otherwise is to be the User of this key"):
        Update(User, KEY, (Set("display_name", "x"),), otherwise=user())
