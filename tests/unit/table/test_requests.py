"""Requests: values that check themselves, and awaited hand themselves to the driver."""

from typing import Any

import pytest

from tenantql.accounts.model import Organisation, User
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ModelError
from tenantql.table.requests import Get, Page, Query
from tenantql.table.writes import MAX_ACTIONS, Create, Delete, Transact
from tests.unit.builders import Play, user

PK = "TENANT#acme#USERS#00"


def test_awaiting_a_request_gives_the_drivers_answer() -> None:
    request = Query(User, PK)
    page = Page((user(),))

    async def read() -> Page[User]:
        return await request

    play = Play([page])
    assert play.run(read()) is page
    assert play.asked == [request]


def test_equal_reads_are_equal_values() -> None:
    key = Key("TENANT#acme#ORGANISATION", "ORGANISATION")
    assert Get(Organisation, key) == Get(Organisation, key)
    assert len({Get(Organisation, key), Get(Organisation, key)}) == 1
    assert Get(Organisation, key) != Get(Organisation, key, consistent=False)


@pytest.mark.parametrize(
    ("item", "options", "message"),
    [
        (User, {"index": "GSI4"}, "no index GSI4; use one of GSI1, GSI2, GSI3"),
        (Organisation, {"index": "GSI1"}, "Organisation does not fill GSI1"),
        (User, {"index": "GSI1", "consistent": True}, "cannot read an index consistently"),
        (User, {"sk": "A", "sk_begins": "A"}, "give one of sk, sk_begins and sk_between"),
    ],
)
def test_a_query_that_dynamodb_cannot_answer(
    item: type[Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        Query(item, PK, **options)


def actions(count: int) -> tuple[Create, ...]:
    return tuple(Create(user(id=f"{number:026d}")) for number in range(count))


@pytest.mark.parametrize("count", [0, MAX_ACTIONS + 1])
def test_a_transaction_has_one_to_a_hundred_actions(count: int) -> None:
    with pytest.raises(ModelError, match="1 to 100 actions"):
        Transact(actions(count))


def test_the_largest_transaction() -> None:
    assert len(Transact(actions(MAX_ACTIONS)).actions) == MAX_ACTIONS


def test_a_transaction_names_an_item_once() -> None:
    with pytest.raises(ModelError, match="an item twice"):
        Transact((Create(user()), Delete(User, entity_of(User).key_of(user()))))
