"""Each transport against real answers of each service: results and refusals."""

import time
from collections.abc import Iterator
from copy import replace
from typing import Any

import pytest

from local.cloud import LocalCloud
from tenantql.accounts.model import User
from tenantql.errors import Code
from tenantql.table import calls
from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.entity import entity_of
from tenantql.table.errors import (
    AccessDenied,
    ConditionFailed,
    CredentialsMissing,
    ForeignItem,
    TableError,
)
from tenantql.table.requests import AnyRequest, Get, Query, Request
from tenantql.table.transport import send
from tenantql.table.transports import Kind
from tenantql.table.unique import UniqueClaim
from tenantql.table.writes import Create, Put, Transact
from tests.integration.services import CHOICES, Service, chosen_service, cloud_service
from tests.unit.builders import AUDIT, USER_ID, user

KEY = entity_of(User).key(tenant="acme", id=USER_ID)
LIST = "TENANT#acme#USERS#00"


@pytest.fixture(params=CHOICES, ids=", over ".join)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """An empty table in each service, over each transport."""
    with chosen_service(request.param, request) as found:
        yield found


def run[R](service: Service, request: Request[R]) -> R:
    return calls.run(service.transport, request, service.access)


def claim(value: str, owner: str = "1") -> UniqueClaim:
    audit: dict[str, Any] = {**AUDIT}
    return UniqueClaim(
        tenant="acme", attribute="EMAIL", value=value, owner_pk=owner, owner_sk="A", **audit
    )


def test_an_item_comes_back_as_it_was_written(service: Service) -> None:
    one = user(display_name="Ada é \U0001f600", version=7)
    assert run(service, Get(User, KEY)) is None
    run(service, Create(one))
    assert run(service, Get(User, KEY)) == one
    assert run(service, Get(User, KEY, consistent=False)) == one


def test_an_item_is_created_once(service: Service) -> None:
    run(service, Create(user()))
    with pytest.raises(ConditionFailed) as raised:
        run(service, Create(user(display_name="Other")))
    assert raised.value.failed == (0,)
    assert run(service, Get(User, KEY)) == user()


def test_an_expired_item_does_not_keep_its_key(service: Service) -> None:
    now = int(time.time())
    run(service, Create(user(expires_at=now - 1)))
    assert run(service, Get(User, KEY)) is None
    run(service, Create(user(expires_at=now + 600)))
    with pytest.raises(ConditionFailed):
        run(service, Create(user()))


def test_a_transaction_is_all_or_nothing_and_names_what_failed(service: Service) -> None:
    run(service, Transact((Create(claim("b")), Create(claim("d")))))
    actions = tuple(Create(claim(value, "2")) for value in "abcd")
    with pytest.raises(ConditionFailed) as raised:
        run(service, Transact(actions))
    assert raised.value.failed == (1, 3)
    owners = [
        run(
            service,
            Get(
                UniqueClaim,
                entity_of(UniqueClaim).key(tenant="acme", attribute="EMAIL", value=value),
            ),
        )
        for value in "abcd"
    ]
    assert [each and each.owner_pk for each in owners] == [None, "1", None, "1"]


def test_an_index_is_queried_in_order_and_by_its_start(service: Service) -> None:
    people = [
        user(id=f"{n}", created_at=f"2026-1{n}", email=f"u{n}@b.example", username=f"user{n}")
        for n in range(3)
    ]
    for each in people:
        run(service, Create(each))
    all_of_them = run(service, Query(User, LIST, index="GSI3"))
    assert [each.id for each in all_of_them.items] == ["0", "1", "2"]
    assert all_of_them.more is False
    newest = run(service, Query(User, LIST, index="GSI3", descending=True, limit=2))
    assert [each.id for each in newest.items] == ["2", "1"]
    assert newest.more is True
    some = run(service, Query(User, LIST, index="GSI3", sk_begins="2026-11"))
    assert [each.id for each in some.items] == ["1"]
    one = run(service, Query(User, KEY.pk.replace(USER_ID, "1"), sk="PROFILE", consistent=True))
    assert [each.id for each in one.items] == ["1"]


def test_a_planted_index_key_fails_the_read(service: Service) -> None:
    planted = entity_of(User).encode(user("globex")) | {"GSI3PK": {"S": LIST}}
    service.client.put_item(TableName=service.access.table, Item=planted)
    acme = replace(service.access, lead="TENANT#acme#")
    with pytest.raises(ForeignItem):
        calls.run(service.transport, Query(User, LIST, index="GSI3"), acme)


def test_a_table_that_is_not_there_is_a_defect(service: Service) -> None:
    elsewhere = replace(service.access, table="nowhere")
    requests: list[AnyRequest] = [Get(User, KEY), Transact((Create(user()),))]
    for request in requests:
        with pytest.raises(TableError) as raised:
            calls.run(service.transport, request, elsewhere)
        assert raised.value.code is Code.INTERNAL


def test_a_call_that_the_service_finds_invalid_is_a_defect(service: Service) -> None:
    parameters = {"TableName": service.access.table, "Key": {"PK": {"S": "A"}}}
    with pytest.raises(TableError) as raised:
        send(service.transport, Call("GetItem", parameters), service.access.credentials)
    assert type(raised.value) is TableError


def test_an_answer_of_a_megabyte(service: Service) -> None:
    people = [
        user(id=f"{n}", email=f"u{n}@b.example", username=f"u{n}", display_name="\u00e9" * 90_000)
        for n in range(8)
    ]
    for each in people:
        run(service, Put(each))
    page = run(service, Query(User, LIST, index="GSI3", limit=100))
    found = list(page.items)
    while page.more:
        page = run(service, Query(User, LIST, index="GSI3", limit=100, after=page.positions[-1]))
        found += page.items
    assert sorted(found, key=lambda each: each.id) == people


def test_each_of_many_at_once_gets_what_it_asked_for(service: Service) -> None:
    people = [user(id=f"{n:03}", email=f"u{n}@b.example", username=f"u{n}") for n in range(60)]
    access = service.access
    written = calls.run_all(service.transport, [(Create(each), access) for each in people])
    assert [outcome.error for outcome in written] == [None] * 60
    asked = [
        Query(User, entity_of(User).key_of(each).pk, sk="PROFILE", consistent=True)
        for each in people
    ]
    read = calls.run_all(service.transport, [(query, access) for query in asked])
    assert [outcome.value.items for outcome in read] == [(each,) for each in people]


@pytest.mark.parametrize("kind", Kind)
def test_keys_that_nobody_issued_are_not_accepted(cloud: LocalCloud, kind: Kind) -> None:
    with cloud_service(cloud, kind) as service:
        unknown = replace(service.access, credentials=Credentials("AKIDNOBODY", "secret", None))
        with pytest.raises((AccessDenied, CredentialsMissing)):
            calls.run(service.transport, Get(User, KEY), unknown)
