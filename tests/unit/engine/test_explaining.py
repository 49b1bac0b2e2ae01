"""Explaining: keys, conditions, units and times of an operation; no contents of items."""

from typing import Any

import pytest

from tenantql.accounts.model import User
from tenantql.engine.explaining import SHOWN_KEYS, explained, may_see
from tenantql.engine.rounds import Round
from tenantql.table.encoding import Call, call_of, get_call, lookup_call
from tenantql.table.entity import Key
from tenantql.table.errors import Throttled
from tenantql.table.requests import AnyRequest, Query
from tenantql.table.sending import Spent
from tenantql.table.writes import BatchWrite, Create, Delete, Put, Transact
from tenantql.tenancy.identity import Role
from tests.unit.builders import TABLE, USER_ID, access, context, user

KEY = Key("TENANT#acme#USER#1", "PROFILE")


def shown(call: Call, **changed: Any) -> dict[str, Any]:
    (one,) = explained([Round(1, 0.0012, 0.0034, [Spent(call.operation, 1.5, call, **changed)])])
    assert (one["requests"], one["startedMs"], one["ms"]) == (1, 1.2, 3.4)
    (found,) = one["calls"]
    return found


def test_a_read_by_key() -> None:
    assert shown(get_call(KEY, TABLE, consistent=True), seconds=0.002) == {
        "operation": "GetItem",
        "keys": ["TENANT#acme#USER#1 / PROFILE"],
        "count": 1,
        "consistent": True,
        "units": 1.5,
        "ms": 2.0,
    }


def test_a_batch_shows_some_of_its_keys_and_how_many_there_are() -> None:
    keys = [Key(f"TENANT#acme#USER#{n}", "PROFILE") for n in range(SHOWN_KEYS + 5)]
    found = shown(lookup_call(keys, TABLE, consistent=False))
    assert (len(found["keys"]), found["count"], found["consistent"]) == (SHOWN_KEYS, 15, False)


def test_a_query_shows_its_condition_and_index() -> None:
    request = Query(
        User, "TENANT#acme#X", sk_between=("a", "b"), limit=3, descending=True, consistent=True
    )
    found = shown(call_of(request, access()), error=Throttled("busy"))
    assert found["condition"] == 'PK = "TENANT#acme#X" AND SK BETWEEN "a" AND "b"'
    assert (found["limit"], found["descending"], found["consistent"]) == (3, True, True)
    assert found["failed"] == "Throttled"


SECRET = user(display_name="a secret")
PUT = f"TENANT#acme#USER#{USER_ID} / PROFILE"
OTHER = Delete(User, Key("TENANT#acme#USER#2", "PROFILE"))
GONE = "TENANT#acme#USER#2 / PROFILE"
WRITES: list[tuple[AnyRequest, list[str]]] = [
    (Create(SECRET), [PUT]),
    (OTHER, [GONE]),
    (Transact((Put(SECRET), OTHER)), [f"Put {PUT}", f"Delete {GONE}"]),
    (BatchWrite((Put(SECRET), OTHER)), [f"Put {PUT}", f"Delete {GONE}"]),
]


@pytest.mark.parametrize(("request_", "keys"), WRITES, ids=lambda each: type(each).__name__)
def test_a_write_shows_keys_and_nothing_else_of_an_item(
    request_: AnyRequest, keys: list[str]
) -> None:
    found = shown(call_of(request_, access()))
    assert (found["keys"], found["count"]) == (keys, len(keys))
    assert "secret" not in str(found)


@pytest.mark.parametrize("role", Role)
def test_who_may_see(role: Role) -> None:
    assert may_see(context(role)) is (role in {Role.ADMIN, Role.PLATFORM})
