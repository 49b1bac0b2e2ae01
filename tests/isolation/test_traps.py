"""What lives longer than a request, and what leaves it: credentials, caches, logs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from pathlib import Path
from typing import Any

import pytest

from local.function import RunningFunction
from tenantql.accounts.model import User
from tenantql.table import calls
from tenantql.table.access import Access
from tenantql.table.boto import BotoTransport
from tenantql.table.entity import entity_of
from tenantql.table.errors import AccessDenied, CredentialsMissing
from tenantql.table.requests import Get
from tenantql.tenancy.errors import TenantRefused
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import FRESH_SECONDS, Routes, Status
from tests.isolation.queries import INVOICE
from tests.isolation.world import Endpoint, Tenant, World, event_of, plain

ORGANISATION = "{ organisation { name slug } }"


def own_user(tenant: Tenant) -> Get[User]:
    return Get(User, entity_of(User).key(tenant=tenant.id, id=tenant.user.id))


def test_a_call_outside_of_a_request_is_not_signed(world: World) -> None:
    client: Any = world.transport._client
    with pytest.raises(CredentialsMissing):
        client.get_item(TableName=world.stack.data_table, Key={"PK": {"S": "x"}, "SK": {"S": "x"}})


def test_threads_do_not_share_the_credentials_of_a_request(world: World) -> None:
    """One client, many requests at a time: each goes out as its own tenant, or not at all."""
    tenants = (world.acme, world.look_alike)
    accesses = {tenant.id: world.access(tenant.id, Level.READ) for tenant in tenants}

    def read(position: int) -> bool:
        asking, asked = tenants[position % 2], tenants[position // 2 % 2]
        # With the lead of whom it asks for, so that IAM alone decides.
        access = replace(accesses[asking.id], lead=f"TENANT#{asked.id}#")
        try:
            found = calls.run(world.transport, own_user(asked), access)
        except AccessDenied:
            return asking is not asked
        return asking is asked and found == asked.user

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(80)))


def test_a_thread_that_a_request_starts_inherits_nothing(world: World) -> None:
    transport, access = world.transport, world.access(world.acme.id, Level.READ)
    token = transport._credentials.current.set(access.credentials)
    try:
        with ThreadPoolExecutor(1) as pool:
            client: Any = transport._client
            key = {"PK": {"S": "x"}, "SK": {"S": "x"}}
            unsigned = pool.submit(client.get_item, TableName=access.table, Key=key)
            with pytest.raises(CredentialsMissing):
                unsigned.result()
    finally:
        transport._credentials.current.reset(token)


def test_a_warm_function_keeps_tenants_apart(endpoint: Endpoint, world: World) -> None:
    for tenant in (world.acme, world.look_alike) * 3:
        answer = endpoint.ask(tenant, ORGANISATION)
        assert answer.data["organisation"] == {"name": tenant.organisation.name, "slug": tenant.id}


def test_cached_credentials_are_those_of_tenant_table_and_level(world: World) -> None:
    vendor, table = world.vendor(), world.stack.data_table

    def key(tenant: Tenant, level: Level) -> str:
        return vendor.access(tenant.id, table, level).credentials.access_key

    keys = [key(t, level) for t in (world.acme, world.look_alike) for level in Level]
    assert len(set(keys)) == len(keys)
    assert keys == [key(t, level) for t in (world.acme, world.look_alike) for level in Level]


def test_a_suspension_takes_effect_while_the_authorizers_answer_is_cached(world: World) -> None:
    """The identity stays good; the routing record, at most seconds old, decides."""
    own = plain(world.function_credentials("graphql"))
    control = Access(world.stack.control_table, "TENANT#", own)
    now = 0.0
    routes = Routes(world.transport, lambda: control, clock=lambda: now)
    tenant = world.look_alike.id

    def set_status(status: Status) -> None:
        world.cloud.client("dynamodb").update_item(
            TableName=control.table,
            Key={"PK": {"S": f"TENANT#{tenant}"}, "SK": {"S": "ROUTE"}},
            UpdateExpression="SET #s = :s",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": {"S": status}},
        )

    assert routes.of(tenant).tenant == tenant
    set_status(Status.SUSPENDED)
    try:
        now = FRESH_SECONDS
        with pytest.raises(TenantRefused):
            routes.of(tenant)
        assert FRESH_SECONDS <= 10
    finally:
        set_status(Status.ACTIVE)


def test_logs_hold_no_token_and_no_content(world: World, tmp_path: Path) -> None:
    """Of a real process: a read, a foreign id, a foreign id of the wrong type, and bad input."""
    log = tmp_path / "log"
    function = RunningFunction(
        world.stack.functions["graphql"], world.cloud.environment(), tmp_path, log
    )
    acme, other = world.acme, world.look_alike
    events = [
        event_of(acme, INVOICE, {"id": id})
        for id in (
            acme.global_id(acme.invoice),
            other.global_id(other.invoice),
            other.global_id(other.user),
            "secret-input",
        )
    ]

    async def ask() -> list[Any]:
        try:
            return [await function(event, f"request-{n}") for n, event in enumerate(events)]
        finally:
            await function.stop()

    answers = asyncio.run(ask())
    assert acme.invoice.number in answers[0]["body"]
    written = log.read_text()
    assert written.count('"request-') >= len(events)
    assert acme.id in written
    private = ["secret-token", "secret-input", "Bearer", *acme.secrets[:3], *other.secrets]
    assert not [text for text in private if text in written]
    assert other.id not in written


def test_a_transport_of_its_own_has_no_credentials_to_fall_back_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the environment has the function's."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", world.cloud.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", world.cloud.secret_key)
    client: Any = BotoTransport(world.cloud.region)._client
    with pytest.raises(CredentialsMissing):
        client.scan(TableName=world.stack.data_table)
