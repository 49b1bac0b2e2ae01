"""GraphQL with another tenant's ids: the application's checks and IAM, each without the other.

An operation goes the whole way: event, function, engine, credentials that STS issued, DynamoDB.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tenantql.engine.context import Context
from tenantql.table import calls, global_ids, programs
from tests.isolation.queries import BY_EMAIL, CREATE, INVOICE, NEW_USER, NODE, NODES, USER
from tests.isolation.world import Answer, Endpoint, Tenant, World, let_pass

BY_ID: dict[str, tuple[str, Callable[[Tenant], Any]]] = {
    "invoice": (INVOICE, lambda tenant: tenant.invoice),
    "user": (USER, lambda tenant: tenant.user),
    "node": (NODE, lambda tenant: tenant.invoice),
}


class Anyone(str):
    """A tenant id that equals every other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


@pytest.fixture
def unchecked_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenant of a global id passes for the session's own."""
    decode = global_ids.decode

    def decode_for_anyone(text: str) -> Any:
        entity, key, tenant = decode(text)
        return entity, key, Anyone(tenant)

    monkeypatch.setattr(global_ids, "decode", decode_for_anyone)


@pytest.fixture
def unchecked_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests and answers are not looked at."""
    monkeypatch.setattr(calls, "ensure_own_keys", let_pass)
    monkeypatch.setattr(programs, "ensure_own_item", let_pass)


@pytest.fixture
def unchecked(unchecked_ids: None, unchecked_calls: None) -> None:
    """None of the application's own checks of tenants is left."""


def believing(monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> None:
    """A defect: every resolver takes `tenant` for the session's own."""
    monkeypatch.setattr(Context, "tenant", property(lambda _self: tenant.id))


def assert_nothing_of(tenant: Tenant, answer: Answer) -> None:
    assert not [secret for secret in tenant.secrets if secret in answer.text]


def test_a_tenant_reads_its_own(endpoint: Endpoint, world: World) -> None:
    """So that the refusals below are not the refusals of a broken query."""
    for tenant in (world.acme, world.look_alike, world.acme):
        for query, item in BY_ID.values():
            answer = endpoint.ask(tenant, query, id=tenant.global_id(item(tenant)))
            assert answer.codes == []
            assert answer.data["found"]
        by_email = endpoint.ask(tenant, BY_EMAIL, email=tenant.user.email)
        assert by_email.data == {"found": {"displayName": tenant.user.display_name}}


@pytest.mark.parametrize("name", BY_ID)
def test_a_strangers_id_answers_like_one_that_does_not_exist(
    endpoint: Endpoint, world: World, name: str
) -> None:
    query, item = BY_ID[name]
    own, other = item(world.acme), item(world.look_alike)
    missing = type(own)(
        **{each: getattr(own, each) for each in own.__struct_fields__} | {"id": other.id}
    )
    strangers = endpoint.ask(world.acme, query, id=world.look_alike.global_id(other))
    nobodys = endpoint.ask(world.acme, query, id=world.acme.global_id(missing))
    # What is left of the budget is another number each time.
    first, second = (json.loads(each.text) | {"extensions": None} for each in (strangers, nobodys))
    assert (strangers.status, first) == (nobodys.status, second)
    assert strangers.data == {"found": None}
    assert strangers.codes == []


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", BY_ID)
def test_without_the_applications_checks_iam_refuses_another_tenants_id(
    endpoint: Endpoint, world: World, name: str
) -> None:
    query, item = BY_ID[name]
    for asking, asked in ((world.acme, world.look_alike), (world.look_alike, world.acme)):
        answer = endpoint.ask(asking, query, id=asked.global_id(item(asked)))
        assert answer.codes == ["FORBIDDEN"]
        assert answer.data == {"found": None}
        assert_nothing_of(asked, answer)


@pytest.mark.usefixtures("unchecked")
def test_without_the_applications_checks_a_foreign_id_is_refused_with_all_beside_it(
    endpoint: Endpoint, world: World
) -> None:
    ids = [tenant.global_id(tenant.invoice) for tenant in (world.acme, world.look_alike)]
    answer = endpoint.ask(world.acme, NODES, ids=ids)
    assert answer.codes == ["FORBIDDEN", "FORBIDDEN"], "one BatchGetItem"
    assert answer.data["nodes"] == [None, None]
    assert_nothing_of(world.look_alike, answer)


@pytest.mark.usefixtures("unchecked")
def test_without_the_applications_checks_iam_refuses_an_index_of_another_tenant(
    endpoint: Endpoint, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    believing(monkeypatch, world.look_alike)
    answer = endpoint.ask(world.acme, BY_EMAIL, email=world.look_alike.user.email)
    assert answer.codes == ["FORBIDDEN"]
    assert_nothing_of(world.look_alike, answer)


@pytest.mark.usefixtures("unchecked")
def test_without_the_applications_checks_iam_refuses_a_write_to_another_tenant(
    endpoint: Endpoint, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.items(world.look_alike.id)
    believing(monkeypatch, world.look_alike)
    answer = endpoint.ask(world.acme, CREATE, input=NEW_USER)
    assert answer.codes == ["FORBIDDEN"]
    assert world.items(world.look_alike.id) == before != []


@pytest.mark.parametrize("name", BY_ID)
def test_with_iam_open_the_application_refuses_another_tenants_id(
    open_endpoint: Endpoint, world: World, name: str
) -> None:
    query, item = BY_ID[name]
    answer = open_endpoint.ask(
        world.acme, query, id=world.look_alike.global_id(item(world.look_alike))
    )
    assert answer.data == {"found": None}
    assert answer.codes == []


@pytest.mark.usefixtures("unchecked_ids")
def test_with_iam_open_a_request_for_a_foreign_key_is_not_sent(
    open_endpoint: Endpoint, world: World
) -> None:
    """The second of the application's checks, without the first."""
    answer = open_endpoint.ask(
        world.acme, INVOICE, id=world.look_alike.global_id(world.look_alike.invoice)
    )
    assert answer.codes == ["FORBIDDEN"]
    assert_nothing_of(world.look_alike, answer)


def test_with_iam_open_the_application_refuses_indexes_and_writes(
    open_endpoint: Endpoint, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.items(world.look_alike.id)
    believing(monkeypatch, world.look_alike)
    read = open_endpoint.ask(world.acme, BY_EMAIL, email=world.look_alike.user.email)
    written = open_endpoint.ask(world.acme, CREATE, input=NEW_USER)
    assert read.codes == written.codes == ["FORBIDDEN"]
    assert_nothing_of(world.look_alike, read)
    assert world.items(world.look_alike.id) == before != []


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", BY_ID)
def test_with_neither_the_data_comes_back(open_endpoint: Endpoint, world: World, name: str) -> None:
    """So the attacks above are attacks: what refused them is what was left on."""
    query, item = BY_ID[name]
    answer = open_endpoint.ask(
        world.acme, query, id=world.look_alike.global_id(item(world.look_alike))
    )
    assert answer.codes == []
    assert [secret for secret in world.look_alike.secrets if secret in answer.text]
