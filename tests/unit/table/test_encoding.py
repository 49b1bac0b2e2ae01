"""Encoding: the parameters that each request becomes, as DynamoDB's API reference names them."""

import re
import time
from collections.abc import Mapping
from copy import replace
from typing import Any

import pytest

from tenantql.accounts.model import User
from tenantql.table.encoding import call_of, position_names
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ModelError
from tenantql.table.expressions import (
    Exclude,
    Include,
    Increase,
    Remove,
    Set,
    absent,
    any_of,
    below,
    equals,
    exists,
)
from tenantql.table.requests import AnyRequest, BatchGet, ListedKey, Query, together
from tenantql.table.writes import (
    BatchWrite,
    Check,
    Create,
    Delete,
    Put,
    Transact,
    Update,
    revise,
    upgrade,
)
from tenantql.tenancy.routing import RoutingRecord
from tests.unit.builders import TABLE, access, call_made, stored
from tests.unit.table.packages import (
    Contact,
    Entry,
    Package,
    PackageEvent,
    Tally,
    contact,
    package,
    tally,
)

KEY = Key("TENANT#acme#PACKAGE#1", "PACKAGE")
RAW = {"PK": {"S": KEY.pk}, "SK": {"S": KEY.sk}}
TALLY = Key("TENANT#acme#TALLY#sales", "TALLY")
STORED = "ReturnValuesOnConditionCheckFailure"
NOW = 1_790_000_000


def parameters(request: AnyRequest, operation: str) -> dict[str, Any]:
    call = call_made(request)
    assert call.operation == operation
    assert call.parameters["ReturnConsumedCapacity"] == "TOTAL"
    return {
        name: value for name, value in call.parameters.items() if name != "ReturnConsumedCapacity"
    }


def spelled(found: Mapping[str, Any], expression: str) -> str:
    """An expression with its names and values in the place of the placeholders."""
    names = found.get("ExpressionAttributeNames", {})
    values = found.get("ExpressionAttributeValues", {})

    def meant(match: re.Match[str]) -> str:
        mark = match[0]
        return names[mark] if mark in names else f"{next(iter(values[mark].values()))}"

    return re.sub(r"[#:]\d+", meant, str(found[expression]))


@pytest.fixture(autouse=True)
def _at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(time, "time", lambda: NOW + 0.5)


LIVES = f"(attribute_not_exists(expires_at)) OR (expires_at > {NOW})"


def test_put_writes_over_what_is_there() -> None:
    found = parameters(Put(package()), "PutItem")
    assert found == {"TableName": TABLE, "Item": stored(package()), STORED: "ALL_OLD"}
    found = parameters(Put(package(), equals("version", 3)), "PutItem")
    assert spelled(found, "ConditionExpression") == "version = 3"


def test_delete_by_key() -> None:
    found = parameters(Delete(Package, KEY), "DeleteItem")
    assert found == {"TableName": TABLE, "Key": RAW, STORED: "ALL_OLD"}
    found = parameters(Delete(Package, KEY, equals("version", 3)), "DeleteItem")
    assert spelled(found, "ConditionExpression") == "version = 3"


def test_update_changes_a_living_item_counts_its_version_and_answers_with_it() -> None:
    changes = (Set("code", "x"), Increase(("pieces", "a.b"), -2), Include("tags", frozenset("t")))
    found = parameters(Update(Package, KEY, changes, equals("status", "OPEN")), "UpdateItem")
    assert (found["Key"], found["ReturnValues"], found[STORED]) == (RAW, "ALL_NEW", "ALL_OLD")
    assert spelled(found, "UpdateExpression") == (
        "SET code = x, pieces.a.b = if_not_exists(pieces.a.b, 0) + -2, "
        "version = if_not_exists(version, 0) + 1 ADD tags ['t']"
    )
    assert "a.b" in found["ExpressionAttributeNames"].values(), "a dot in a name leads nowhere"
    assert spelled(found, "ConditionExpression") == (
        f"(attribute_exists(PK)) AND ({LIVES}) AND (status = OPEN)"
    )


def test_update_without_a_condition_needs_the_item() -> None:
    found = parameters(Update(Package, KEY, (Remove("code"),)), "UpdateItem")
    assert spelled(found, "ConditionExpression") == f"(attribute_exists(PK)) AND ({LIVES})"


def test_an_update_that_may_make_its_item() -> None:
    made = tally(total=10, note="n", days={"1": 5})
    changes = (
        Increase("total", 3),
        Increase("day_1", 3),
        Increase("day_2", 3),
        Include("members", frozenset("m")),
        Set("updated_by", "me"),
    )
    condition = any_of(absent("PK"), below("total", 99))
    found = parameters(Update(Tally, TALLY, changes, condition, made), "UpdateItem")
    text = spelled(found, "UpdateExpression")
    sets, adds = text.removeprefix("SET ").split(" ADD ")
    assert adds == "members ['m']"
    assert "total = if_not_exists(total, 10) + 3" in sets, "from what it is made of"
    assert "day_1 = if_not_exists(day_1, 5) + 3" in sets
    assert "day_2 = if_not_exists(day_2, 0) + 3" in sets
    assert "updated_by = me," in sets
    assert "updated_by = if_not_exists" not in sets
    assert "version = if_not_exists(version, 0) + 1" in sets
    for name in (
        "tenant",
        "name",
        "note",
        "created_at",
        "created_by",
        "updated_at",
        "type",
        "DIRPK",
    ):
        assert f"{name} = if_not_exists({name}, " in sets, name
    assert "PK = if_not_exists(PK" not in sets.replace("DIRPK = if_not_exists(DIRPK", "")
    assert spelled(found, "ConditionExpression") == (
        f"({LIVES}) AND ((attribute_not_exists(PK)) OR (total < 99))"
    )


def test_a_new_item_gets_its_shard_of_the_directory() -> None:
    wide = replace(access(), directory_shards=8)
    shards = set[str]()
    for number in range(40):
        name = f"n{number}"
        key = Key(f"TENANT#acme#TALLY#{name}", "TALLY")
        update = Update(Tally, key, (Increase("total", 1),), otherwise=tally(name))
        values = call_of(update, wide).parameters["ExpressionAttributeValues"].values()
        (found,) = [each["S"] for each in values if "#TYPE#" in each.get("S", "")]
        assert found == stored_in(tally(name), 8)
        shards.add(found)
    assert len(shards) > 4


def stored_in(value: Tally, shards: int) -> str:
    return entity_of(Tally).encode(value, shards)["DIRPK"]["S"]


def test_an_update_of_a_type_with_upgrades_meets_the_present_version_only() -> None:
    key = Key("TENANT#acme#CONTACT#1", "CONTACT")
    found = parameters(Update(Contact, key, (Increase("calls", 1),)), "UpdateItem")
    assert spelled(found, "ConditionExpression") == (
        f"(attribute_exists(PK)) AND ({LIVES}) AND (schema_version = 3)"
    )
    made = parameters(
        Update(
            Contact,
            key,
            (Increase("calls", 1),),
            otherwise=contact(),
        ),
        "UpdateItem",
    )
    assert spelled(made, "ConditionExpression") == (
        f"({LIVES}) AND ((attribute_not_exists(PK)) OR (schema_version = 3))"
    )


def test_a_revision_of_a_type_with_upgrades_meets_every_version() -> None:
    found = parameters(revise(contact(), contact(last="Berg")), "UpdateItem")
    assert "schema_version" not in spelled(found, "ConditionExpression")
    assert "schema_version = 3" in spelled(found, "UpdateExpression")
    assert "version = if_not_exists(version, 0) + 1" in spelled(found, "UpdateExpression")


def test_an_upgrade_changes_no_version_and_only_an_older_item() -> None:
    found = parameters(upgrade(contact(version=4)), "UpdateItem")
    assert ", version = 4" in spelled(found, "UpdateExpression")
    assert "if_not_exists(version" not in spelled(found, "UpdateExpression")
    assert spelled(found, "ConditionExpression").endswith(
        "(((attribute_not_exists(schema_version)) OR (schema_version < 3)) AND (version = 4))"
    )


def test_a_batch_of_writes() -> None:
    found = parameters(BatchWrite((Put(package("2")), Delete(Package, KEY))), "BatchWriteItem")
    assert found == {
        "RequestItems": {
            TABLE: [
                {"PutRequest": {"Item": stored(package("2"))}},
                {"DeleteRequest": {"Key": RAW}},
            ]
        }
    }


def test_a_batch_of_reads_names_a_key_once_and_its_consistency() -> None:
    other = Key("TENANT#acme#PACKAGE#2", "PACKAGE")
    for consistent in (True, False):
        found = parameters(BatchGet(Package, (KEY, other, KEY), consistent), "BatchGetItem")
        keys = [RAW, {"PK": {"S": other.pk}, "SK": {"S": other.sk}}]
        assert found == {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": consistent}}}


def test_each_action_of_a_transaction_tells_what_is_stored() -> None:
    """In a transaction the option stands within each action; beside them it is no parameter."""
    actions = (
        Create(package("2")),
        Put(package("3")),
        Update(Package, KEY, (Exclude("tags", frozenset("t")),)),
        Delete(Package, Key("TENANT#acme#PACKAGE#4", "PACKAGE")),
        Check(Tally, TALLY, exists("PK")),
    )
    found = parameters(Transact(actions, at=NOW), "TransactWriteItems")
    assert found.keys() == {"TransactItems", "ClientRequestToken"}
    names = [next(iter(each)) for each in found["TransactItems"]]
    assert names == ["Put", "Put", "Update", "Delete", "ConditionCheck"]
    bodies = [next(iter(each.values())) for each in found["TransactItems"]]
    assert [(body["TableName"], body[STORED]) for body in bodies] == [(TABLE, "ALL_OLD")] * 5
    assert not any("ReturnValues" in body for body in bodies)
    assert spelled(bodies[4], "ConditionExpression") == "attribute_exists(PK)"


def test_a_transaction_with_a_token_is_the_same_call_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB refuses a token that comes with other parameters."""
    update = Update(Package, KEY, (Set("code", "x"),))
    request = Transact((Create(package("2")), update), token="once")
    first = call_of(request, access())
    monkeypatch.setattr(time, "time", lambda: NOW + 60)
    assert call_of(request, access()) == first


PK = "TENANT#acme#ENTRIES#00"


@pytest.mark.parametrize(
    ("narrow", "text"),
    [
        ({}, f"PK = {PK}"),
        ({"sk": "a"}, f"PK = {PK} AND SK = a"),
        ({"sk_begins": "a"}, f"PK = {PK} AND begins_with(SK, a)"),
        ({"sk_between": ("a", "b")}, f"PK = {PK} AND SK BETWEEN a AND b"),
    ],
)
def test_a_query_by_its_sort_key(narrow: dict[str, Any], text: str) -> None:
    found = parameters(Query(Entry, PK, **narrow), "Query")
    assert spelled(found, "KeyConditionExpression") == text
    assert (found["Limit"], found["ScanIndexForward"], found["ConsistentRead"]) == (
        100,
        True,
        False,
    )
    assert "IndexName" not in found


def test_a_query_goes_on_behind_a_position() -> None:
    found = parameters(Query(Entry, PK, after=("a#1",), descending=True), "Query")
    assert found["ExclusiveStartKey"] == {"PK": {"S": PK}, "SK": {"S": "a#1"}}
    assert found["ScanIndexForward"] is False
    listed = "TENANT#acme#LISTED#00"
    found = parameters(Query(Entry, listed, index="GSI1", after=("s", "p", "k")), "Query")
    assert found["IndexName"] == "GSI1"
    assert "ConsistentRead" not in found
    assert found["ExclusiveStartKey"] == {
        "GSI1PK": {"S": listed},
        "GSI1SK": {"S": "s"},
        "PK": {"S": "p"},
        "SK": {"S": "k"},
    }


def test_a_query_of_the_directory_goes_on_behind_a_table_key() -> None:
    assert position_names("directory") == ("PK", "SK")
    pk = "TENANT#acme#TYPE#Entry#00"
    found = parameters(Query(ListedKey, pk, index="directory", after=("p", "k")), "Query")
    assert found["ExclusiveStartKey"] == {"DIRPK": {"S": pk}, "PK": {"S": "p"}, "SK": {"S": "k"}}


@pytest.mark.parametrize("after", [(), ("a", "b"), ("a", "b", "c")])
def test_a_position_of_another_index_is_refused(after: tuple[str, ...]) -> None:
    with pytest.raises(ModelError, match="position belongs to another index"):
        call_of(Query(Entry, PK, after=after), access())


@pytest.mark.parametrize(
    ("item", "options", "message"),
    [
        (
            Entry,
            {"index": "directory"},
            "directory holds keys and nothing else; query it for ListedKey",
        ),
        (Package, {"index": "platform"}, "platform holds keys and nothing else"),
        (ListedKey, {}, "ListedKey is what an index lists; name the index"),
        ((Package, Entry), {"index": "GSI2"}, "Entry does not fill GSI2; declare it in indexes="),
        (Entry, {"limit": 0}, "a page has at least one item"),
        (Entry, {"sk_begins": "a", "sk_between": ("a", "b")}, "give one of sk, sk_begins"),
    ],
)
def test_a_query_that_cannot_be_says_what_to_do(
    item: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        Query(item, PK, **options)


def test_requests_together_are_not_one_call() -> None:
    with pytest.raises(ModelError, match="Together is not a request of one call"):
        call_of(together([Query(PackageEvent, PK)]), access())


def test_a_control_item_has_no_version_to_count() -> None:
    update = Update(RoutingRecord, Key("TENANT#acme", "ROUTE"), (Set("name", "x"),))
    found = parameters(update, "UpdateItem")
    assert spelled(found, "UpdateExpression") == "SET name = x"
    assert spelled(found, "ConditionExpression") == "attribute_exists(PK)"


def test_users_are_updated_as_ever() -> None:
    key = Key("TENANT#acme#USER#1", "PROFILE")
    found = parameters(Update(User, key, (Set("display_name", "Ada"),)), "UpdateItem")
    assert found["UpdateExpression"] == "SET #0 = :0, #1 = if_not_exists(#1, :1) + :2"
