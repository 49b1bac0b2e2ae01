"""Calls: the parameters that requests become, and the checks before and after one."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tenantql.accounts.model import Organisation, User
from tenantql.table import calls
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import call_of
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ForeignItem, ForeignKey, InvalidItem, ModelError
from tenantql.table.expressions import Change, Set, SetIfAbsent, exists
from tenantql.table.guards import ensure_own_keys
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query, Request
from tenantql.table.writes import BatchWrite, Check, Create, Delete, Put, Transact, Update
from tests.unit.builders import (
    CREDENTIALS,
    TABLE,
    USER_ID,
    Scripted,
    access,
    call_made,
    organisation,
    stored,
    user,
)

KEY = Key(f"TENANT#acme#USER#{USER_ID}", "PROFILE")
LIST = "TENANT#acme#USERS#00"
NOT_THERE = "(attribute_not_exists(#0)) OR (#1 <= :0)"
UNITS = {"ReturnConsumedCapacity": "TOTAL"}


def parameters(request: AnyRequest, operation: str) -> Mapping[str, Any]:
    call = call_made(request)
    assert call.operation == operation
    return call.parameters


def answering(answer: Mapping[str, Any]) -> Scripted:
    return Scripted(lambda _call: answer)


@pytest.mark.parametrize("consistent", [True, False])
def test_get(consistent: bool) -> None:
    assert (
        parameters(Get(User, KEY, consistent), "GetItem")
        == {
            "TableName": TABLE,
            "Key": {"PK": {"S": KEY.pk}, "SK": {"S": "PROFILE"}},
            "ConsistentRead": consistent,
        }
        | UNITS
    )


def test_get_is_consistent_unless_told() -> None:
    assert parameters(Get(User, KEY), "GetItem")["ConsistentRead"] is True


def test_query_of_the_table() -> None:
    assert (
        parameters(Query(User, LIST, consistent=True), "Query")
        == {
            "TableName": TABLE,
            "KeyConditionExpression": "#0 = :0",
            "ExpressionAttributeNames": {"#0": "PK"},
            "ExpressionAttributeValues": {":0": {"S": LIST}},
            "Limit": 100,
            "ScanIndexForward": True,
            "ConsistentRead": True,
        }
        | UNITS
    )


def test_query_of_an_index() -> None:
    request = Query(User, LIST, index="GSI3", sk_begins="2026", limit=7, descending=True)
    assert (
        parameters(request, "Query")
        == {
            "TableName": TABLE,
            "IndexName": "GSI3",
            "KeyConditionExpression": "#0 = :0 AND begins_with(#1, :1)",
            "ExpressionAttributeNames": {"#0": "GSI3PK", "#1": "GSI3SK"},
            "ExpressionAttributeValues": {":0": {"S": LIST}, ":1": {"S": "2026"}},
            "Limit": 7,
            "ScanIndexForward": False,
        }
        | UNITS
    )


def test_query_for_one_sort_key() -> None:
    found = parameters(Query(User, LIST, sk="PROFILE"), "Query")
    assert found["KeyConditionExpression"] == "#0 = :0 AND #1 = :1"
    assert found["ExpressionAttributeNames"]["#1"] == "SK"


def test_create_takes_a_key_that_is_free_or_expired() -> None:
    before = int(time.time())
    found = parameters(Create(user()), "PutItem")
    assert found["TableName"] == TABLE
    assert found["Item"] == stored(user())
    assert found["ConditionExpression"] == NOT_THERE
    assert found["ExpressionAttributeNames"] == {"#0": "PK", "#1": "expires_at"}
    assert before <= int(found["ExpressionAttributeValues"][":0"]["N"]) <= time.time()


def test_transact_puts_all_under_their_conditions() -> None:
    request = Transact((Create(user()), Create(organisation())), token="once")
    found = parameters(request, "TransactWriteItems")
    assert found["ClientRequestToken"] == "once"
    puts = [action["Put"] for action in found["TransactItems"]]
    assert [put["Item"] for put in puts] == [stored(user()), stored(organisation())]
    assert {put["ConditionExpression"] for put in puts} == {NOT_THERE}
    assert {put["TableName"] for put in puts} == {TABLE}
    one, other = (parameters(Transact((Create(user()),)), "TransactWriteItems") for _ in range(2))
    assert one["ClientRequestToken"] != other["ClientRequestToken"]


@dataclass(frozen=True)
class Unknown(Request[None]):
    """A request that no call is known for."""


def test_an_unknown_request_is_not_sent() -> None:
    transport = Scripted()
    with pytest.raises(ModelError, match="Unknown is not a request"):
        calls.run(transport, Unknown(), access())
    with pytest.raises(ModelError, match="Unknown is not a request"):
        call_of(Unknown(), access())
    assert transport.calls == []


FOREIGN = ["TENANT#globex#USERS#00", "TENANT#acme-eu#USERS#00", "TENANT#acm#A", "TENANT#acme", ""]


@pytest.mark.parametrize("pk", FOREIGN)
@pytest.mark.parametrize("index", [None, "GSI3"])
def test_a_foreign_or_look_alike_key_costs_no_call(pk: str, index: str | None) -> None:
    transport = Scripted()
    requests: list[AnyRequest] = [Get(User, Key(pk, "PROFILE")), Query(User, pk, index=index)]
    for request in requests:
        with pytest.raises(ForeignKey):
            calls.run(transport, request, access())
    assert transport.calls == []


@pytest.mark.parametrize("tenant", ["globex", "acme-eu"])
def test_a_foreign_item_is_not_written(tenant: str) -> None:
    transport, foreign, own = Scripted(), Create(user(tenant)), Create(user())
    for request in (foreign, Transact((own, foreign)), Transact((foreign, own))):
        with pytest.raises(ForeignKey):
            calls.run(transport, request, access())
    assert transport.calls == []


@pytest.mark.parametrize("name", ["GSI1PK", "GSI2PK", "GSI3PK", "DIRPK"])
def test_an_item_is_not_written_under_anothers_index_key(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model makes no such key; a model that did would be stopped here."""
    planted = entity_of(User).encoded(user()) | {name: "TENANT#globex#X"}

    def encoded(*_: object) -> dict[str, Any]:
        return planted

    monkeypatch.setattr(type(entity_of(User)), "encoded", encoded)
    with pytest.raises(ForeignKey):
        ensure_own_keys(Create(user()), access())


def test_a_call_is_signed_with_the_credentials_of_the_access() -> None:
    transport = Scripted()
    assert calls.run(transport, Get(User, KEY), access()) is None
    assert transport.credentials == [CREDENTIALS]


def test_an_item_is_found() -> None:
    transport = answering({"Item": stored(user())})
    assert calls.run(transport, Get(User, KEY), access()) == user()


def test_a_page_of_items() -> None:
    request = Query(User, LIST, index="GSI3")
    page = calls.run(answering({"Items": [stored(user())]}), request, access())
    assert (page.items, page.more) == ((user(),), False)
    last = {"GSI3PK": {"S": LIST}, "GSI3SK": {"S": "A"}, "PK": {"S": KEY.pk}, "SK": {"S": "B"}}
    page = calls.run(answering({"Items": [], "LastEvaluatedKey": last}), request, access())
    assert (page.items, page.resume) == ((), ("A", KEY.pk, "B"))
    assert page.more


def test_writes_give_nothing() -> None:
    assert calls.run(Scripted(), Create(user()), access()) is None
    assert calls.run(Scripted(), Transact((Create(user()),)), access()) is None


@pytest.mark.parametrize("owner", ["globex", "acme-eu"])
def test_a_foreign_item_in_an_answer_fails_the_read(owner: str) -> None:
    planted = stored(user(owner)) | {"GSI3PK": {"S": LIST}}
    own = stored(user())
    for items in ([planted], [own, planted], [planted, own]):
        with pytest.raises(ForeignItem):
            calls.run(answering({"Items": items}), Query(User, LIST, index="GSI3"), access())
    with pytest.raises(ForeignItem):
        calls.run(answering({"Item": planted}), Get(User, KEY), access())


def test_a_foreign_item_fails_the_read_even_if_it_has_expired() -> None:
    planted = stored(user("globex", expires_at=1))
    with pytest.raises(ForeignItem):
        calls.run(answering({"Items": [planted]}), Query(User, LIST, index="GSI3"), access())


@pytest.mark.parametrize(("seconds", "lives"), [(-1, False), (0, False), (60, True)])
def test_an_expired_item_is_not_there(seconds: int, lives: bool) -> None:
    item: RawItem = stored(user(expires_at=int(time.time()) + seconds))
    found = calls.run(answering({"Item": item}), Get(User, KEY), access())
    page = calls.run(answering({"Items": [item]}), Query(User, LIST, index="GSI3"), access())
    assert (found is not None) is lives
    assert bool(page.items) is lives


def test_an_item_of_another_type_fails_the_read() -> None:
    with pytest.raises(InvalidItem):
        calls.run(answering({"Item": stored(organisation())}), Get(User, KEY), access())


def test_an_organisation_is_read_under_its_own_key() -> None:
    transport = answering({"Item": stored(organisation())})
    key = entity_of(Organisation).key(tenant="acme")
    assert calls.run(transport, Get(Organisation, key), access()) == organisation()


PLANTED = "TENANT#globex#USERS#00"


@pytest.mark.parametrize("change", [Set("GSI3PK", PLANTED), SetIfAbsent("GSI3PK", PLANTED)])
def test_an_update_brings_no_item_under_anothers_index_key(change: Change) -> None:
    transport = Scripted()
    update = Update(User, KEY, (change,))
    requests: list[AnyRequest] = [update, Transact((update,))]
    for request in requests:
        with pytest.raises(ForeignKey):
            calls.run(transport, request, access())
    assert transport.calls == []


FOREIGN_KEY = Key("TENANT#globex#USER#1", "PROFILE")


@pytest.mark.parametrize(
    "request_",
    [
        Put(user("globex")),
        Update(User, FOREIGN_KEY, (Set("display_name", "x"),)),
        Update(
            User,
            entity_of(User).key_of(user("globex")),
            (Set("display_name", "x"),),
            otherwise=user("globex"),
        ),
        Delete(User, FOREIGN_KEY),
        BatchGet(User, (KEY, FOREIGN_KEY)),
        BatchWrite((Put(user()), Delete(User, FOREIGN_KEY))),
        Transact((Create(user()), Check(User, FOREIGN_KEY, exists("PK")))),
        Transact((Create(user()), Delete(User, FOREIGN_KEY))),
    ],
    ids=lambda request: type(request).__name__,
)
def test_no_request_names_a_key_of_another_tenant(request_: AnyRequest) -> None:
    transport = Scripted()
    with pytest.raises(ForeignKey):
        calls.run(transport, request_, access())
    assert transport.calls == []
