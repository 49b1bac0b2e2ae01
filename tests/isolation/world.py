"""Two tenants with look-alike ids and a function that serves them, for attacks through GraphQL."""

import importlib.util
import itertools
import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from local.bootstrap import Context as Runtime
from local.cloud import LocalCloud
from local.gateway.events import Request, function_event
from local.isolation.sessions import credentials_of
from local.provision import Provisioned
from tenantql.accounts.model import Organisation, User
from tenantql.commerce.model import Invoice, InvoiceStatus
from tenantql.engine.context import Audit
from tenantql.engine.ulids import ulid
from tenantql.table import calls, global_ids
from tenantql.table.access import Access, Credentials
from tenantql.table.boto import BotoTransport
from tenantql.table.entity import Item, entity_of, timestamp
from tenantql.table.writes import Create
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import RoutingRecord, Status, Tier
from tenantql.tenancy.sts import BotoSts

_LOADED = itertools.count()
_NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets."""

    status: int
    text: str

    @property
    def data(self) -> Any:
        return json.loads(self.text).get("data")

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        errors = json.loads(self.text).get("errors", [])
        return [error["extensions"]["code"] for error in errors]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with one item of each type."""

    id: str
    organisation: Organisation
    user: User
    invoice: Invoice

    def global_id(self, item: Item) -> str:
        return global_ids.encode(entity_of(type(item)), item)

    @property
    def secrets(self) -> list[str]:
        """What must be in no answer to another tenant."""
        return [self.user.email, self.user.display_name, self.invoice.number, self.user.id]


@dataclass(frozen=True)
class World:
    """Tenants in the local cloud, and what reaches them."""

    cloud: LocalCloud
    stack: Provisioned
    transport: BotoTransport
    acme: Tenant
    look_alike: Tenant

    def vendor(self) -> Vendor:
        """A vendor with the credentials of the tenants' endpoint."""
        own = self.function_credentials("graphql")
        role = TenantRole(self.stack.tenant_role_arn, self.cloud.region)
        return Vendor(role, lambda: BotoSts(self.cloud.client("sts", **own)))

    def access(self, tenant: str, level: Level) -> Access:
        """The access that the endpoint gives to a tenant's request."""
        return self.vendor().access(tenant, self.stack.data_table, level)

    def function_credentials(self, name: str) -> dict[str, str]:
        """Credentials of a function's role; root stands in for the Lambda service."""
        role = self.stack.functions[name].role_arn
        answer = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName=name)
        return credentials_of(answer["Credentials"])

    def items(self, tenant: str) -> list[Mapping[str, Any]]:
        """Every item of a tenant, as the account's owner sees them."""
        root: Any = self.cloud.client("dynamodb")
        pages = root.get_paginator("scan").paginate(
            TableName=self.stack.data_table,
            FilterExpression="begins_with(PK, :lead)",
            ExpressionAttributeValues={":lead": {"S": f"TENANT#{tenant}#"}},
        )
        found = [item for page in pages for item in page["Items"]]
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))


def build_world(cloud: LocalCloud, stack: Provisioned) -> World:
    """Register two tenants and write their items with their own credentials."""
    run = next(_LOADED)
    transport = BotoTransport(cloud.region)
    name = f"world{run}"
    world = World(cloud, stack, transport, _tenant(name, "acme"), _tenant(f"{name}-eu", "euro"))
    own = world.function_credentials("platform")
    control = Access(stack.control_table, "TENANT#", plain(own))
    for tenant in (world.acme, world.look_alike):
        record = RoutingRecord(
            tenant=tenant.id,
            name=tenant.id,
            tier=Tier.BASIC,
            status=Status.ACTIVE,
            table=stack.data_table,
            created_at=timestamp(_NOW),
        )
        calls.run(transport, Create(record), control)
        access = world.access(tenant.id, Level.WRITE)
        for item in (tenant.organisation, tenant.user, tenant.invoice):
            calls.run(transport, Create(item), access)
    return world


def plain(found: Mapping[str, str]) -> Credentials:
    """Credentials as the table layer takes them."""
    return Credentials(
        found["aws_access_key_id"], found["aws_secret_access_key"], found["aws_session_token"]
    )


def _tenant(id: str, word: str) -> Tenant:
    now = timestamp(_NOW)
    audit = Audit(tenant=id, created_at=now, created_by="tests", updated_at=now, updated_by="tests")
    user = User(
        **audit,
        id=ulid(_NOW),
        shard="00",
        email=f"{word}-ada@example.org",
        email_key=f"{word}-ada@example.org",
        username=f"{word}-ada",
        username_key=f"{word}-ada",
        display_name=f"Ada of {word}",
        roles=frozenset({"customer"}),
    )
    invoice = Invoice(
        **audit,
        id=ulid(_NOW),
        shard="00",
        number=f"{word}-INVOICE-7",
        status=InvoiceStatus.OPEN,
        customer=user.id,
        total=4200,
        currency="EUR",
        issued_at=now,
        due_at=now,
    )
    organisation = Organisation(**audit, name=f"The {word}", currency="EUR", time_zone="UTC")
    return Tenant(id, organisation, user, invoice)


class Endpoint:
    """The real functions/graphql, imported anew into this process."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def ask(self, tenant: Tenant, query: str, **variables: Any) -> Answer:
        """What an administrator of `tenant` gets for a query."""
        response = self._module.handler(event_of(tenant, query, variables), runtime())
        return Answer(response["statusCode"], response["body"])


@contextmanager
def load_endpoint(
    world: World, monkeypatch: pytest.MonkeyPatch, own: Mapping[str, str], **environment: str
) -> Generator[Endpoint]:
    """The endpoint, with `own` as the credentials of its role.

    In this process, so that a test can switch a check of the application off.
    """
    function = world.stack.functions["graphql"]
    names = {
        "aws_access_key_id": "AWS_ACCESS_KEY_ID",
        "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
        "aws_session_token": "AWS_SESSION_TOKEN",
    }
    variables = {
        "AWS_REGION": world.cloud.region,
        "AWS_DEFAULT_REGION": world.cloud.region,
        "AWS_ENDPOINT_URL": world.cloud.endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        **{names[name]: value for name, value in own.items()},
        **function.environment,
        **environment,
    }
    # boto3 keeps a session, with the credentials of who came first.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    path = function.folder / "app.py"
    spec = importlib.util.spec_from_file_location(f"isolation_endpoint_{next(_LOADED)}", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield Endpoint(module)


def let_pass(*_: object) -> None:
    """In the place of a check that is switched off."""


def event_of(
    tenant: Tenant, query: str, variables: Mapping[str, Any], role: Role = Role.ADMIN
) -> dict[str, Any]:
    """The event of a POST by a member of `tenant`."""
    request = Request(
        "POST",
        "/graphql",
        headers=[("content-type", "application/json"), ("authorization", "Bearer secret-token")],
        body=json.dumps({"query": query, "variables": dict(variables)}).encode(),
    )
    identity = Identity(tenant.id, "member-1", frozenset({role}))
    return function_event(request, identity.to_context())


def runtime() -> Runtime:
    """What the runtime hands to a function, with time enough."""
    return Runtime(
        aws_request_id="request-1",
        deadline=1e12,
        function_name="graphql",
        function_version="$LATEST",
        invoked_function_arn="",
        memory_limit_in_mb="1024",
        log_group_name="",
        log_stream_name="",
    )
