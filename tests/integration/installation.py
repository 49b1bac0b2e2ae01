"""The layer in this process against the local cloud: its own roles, its own wire, IAM on."""

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

import msgspec
from aws_lambda_powertools import Logger
from graphql import GraphQLSchema

from local.cloud import LocalCloud
from local.provision import Provisioned
from tenantql.commerce.consumers import consumers
from tenantql.engine.changes import Dispatcher
from tenantql.engine.documents import Documents
from tenantql.engine.operations import Engine
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint
from tenantql.http.options import DEFAULTS, HttpOptions
from tenantql.table import calls, global_ids
from tenantql.table.access import Access, Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.entity import entity_of
from tenantql.table.transport import OneByOne, Transport, send
from tenantql.table.transports import Kind
from tenantql.table.writes import Create, Put
from tenantql.telemetry.request_log import RequestLog
from tenantql.tenancy import admission
from tenantql.tenancy.admission import Admission
from tenantql.tenancy.credentials import PlatformRole, TenantRole, Vendor
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.metering import Metering
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes, RoutingRecord, Status
from tenantql.tenancy.sts import BotoSts
from tenantql.tenancy.uploads import Bucket
from tests.integration.services import transport_to
from tests.unit.builders import route
from tests.unit.http.events import posted
from tests.unit.schemas import SHIPPED

NAMES = count()


class Counted(OneByOne):
    """A transport that counts what goes over the wire."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.calls: list[Call] = []

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self.calls.append(call)
        return send(self._transport, call, credentials)


@dataclass(frozen=True)
class Runtime:
    """Lambda's context of one invocation."""

    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@dataclass(frozen=True)
class Answer:
    """What a client got, and what it cost."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    calls: tuple[Call, ...]
    line: Mapping[str, Any]

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def extensions(self) -> Any:
        return self.body.get("extensions")

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]

    @property
    def operations(self) -> list[str]:
        """The calls of the tenant's table, or of the operators' one."""
        return [call.operation for call in self.calls]


class Instance:
    """One instance of a function, as Lambda runs several: caches of its own."""

    def __init__(
        self,
        schema: GraphQLSchema,
        admit: Admission,
        transport: Counted,
        documents: Documents | None = None,
        metering: Metering | None = None,
        *,
        options: HttpOptions = DEFAULTS,
    ) -> None:
        self._transport = transport
        self._log = io.StringIO()
        logger = Logger(service=f"instance-{next(NAMES)}", stream=self._log)
        service = Service(
            Engine(schema), admit, transport, logger, metering=metering, documents=documents
        )
        self._endpoint = Endpoint(service, RequestLog(logger.service, stream=self._log), options)

    @property
    def errors(self) -> list[Any]:
        """The lines of the log that tell of a defect."""
        lines = [json.loads(line) for line in self._log.getvalue().splitlines()]
        return [line for line in lines if line.get("level") == "ERROR"]

    def ask(self, who: Identity, text: str, **variables: Any) -> Answer:
        """The answer to an operation."""
        return self.send(who, posted(text, variables=variables, identity=who))

    def send(self, who: Identity, event: Mapping[str, Any]) -> Answer:
        """The answer to an event of `who`."""
        before = len(self._transport.calls)
        response = self._endpoint(event, Runtime())
        made = tuple(
            call
            for call in self._transport.calls[before:]
            if call.parameters.get("Key", {}).get("SK") != {"S": "ROUTE"} or who.tenant is None
        )
        line = json.loads(self._log.getvalue().splitlines()[-1])
        return Answer(
            response["statusCode"], response["headers"], json.loads(response["body"]), made, line
        )


@dataclass
class Installation:
    """The stack, and the functions' roles in it."""

    cloud: LocalCloud
    stack: Provisioned
    now: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._tenants, self._operators = (
            bind_schema(read_schema(name), SHIPPED[name])
            for name in (TENANT_SCHEMA, PLATFORM_SCHEMA)
        )
        name = self.stack.images_bucket
        self.bucket = Bucket(name, self.cloud.region, f"{self.cloud.endpoint}/{name}")
        self._role = TenantRole(self.stack.tenant_role_arn, self.cloud.region, bucket=self.bucket)
        self._own = {name: self._assumed(name) for name in ("graphql", "platform", "stream")}
        self.vendor = self._vending("graphql")
        self._platform_vendor = self._vending("platform")
        self.transport = transport_to(self.cloud.endpoint, Kind.DIRECT, self.cloud.region)

    def endpoint(
        self,
        documents: Documents | None = None,
        metering: Metering | None = None,
        options: HttpOptions = DEFAULTS,
    ) -> Instance:
        """A new instance of the tenants' endpoint. Its routing cache goes by `now`."""
        transport = Counted(self.transport)
        control = admission.control_access(self.stack.control_table, lambda: self._own["graphql"])
        routes = Routes(transport, control, clock=lambda: self.now)
        admit = admission.tenants(routes, self.vendor, self.bucket)
        return Instance(self._tenants, admit, transport, documents, metering, options=options)

    def operators(self, documents: Documents | None = None) -> Instance:
        """A new instance of the platform's endpoint."""
        role = PlatformRole(self.stack.platform_data_role_arn, self.cloud.region)
        admit = admission.operators(
            self.stack.control_table,
            lambda: self._own["platform"],
            self._vending("platform", role),
        )
        return Instance(self._operators, admit, Counted(self.transport), documents)

    def dispatcher(self, wrap: Callable[[Transport], Transport] | None = None) -> Dispatcher:
        """What hands records to the consumers, as the stream function has it.

        The calls of the tenants' table go through what `wrap` makes.
        """
        wire = self.transport if wrap is None else wrap(self.transport)
        control = admission.control_access(self.stack.control_table, lambda: self._own["stream"])
        routes = Routes(self.transport, control, clock=lambda: self.now)
        return Dispatcher([consumers], routes, self._vending("stream"), wire)

    def register(self, tenant: str, status: Status = Status.ACTIVE, shards: int = 1) -> str:
        """Writes a tenant's routing record, in place of an earlier one."""
        record = route(tenant, status, shards, self.stack.data_table)
        root: Any = self.cloud.client("dynamodb")
        item = entity_of(RoutingRecord).encode(record)
        root.put_item(TableName=self.stack.control_table, Item=item)
        return tenant

    def new_tenant(self, **options: Any) -> str:
        """A tenant of its own, registered and without data."""
        return self.register(f"shop-{next(NAMES)}", **options)

    def write(self, *values: msgspec.Struct) -> None:
        """Creates items with the credentials of their tenants."""
        for value in values:
            calls.run(self.transport, Create(value), self.access(cast("Any", value).tenant))

    def replace(self, *values: msgspec.Struct) -> None:
        """Puts items in the place of those that are there."""
        for value in values:
            calls.run(self.transport, Put(value), self.access(cast("Any", value).tenant))

    def access(self, tenant: str, level: Level = Level.WRITE) -> Access:
        """A tenant's right to its keys."""
        return self._platform_vendor.access(tenant, self.stack.data_table, level)

    def items(self, tenant: str) -> list[RawItem]:
        """Everything in the table that is a tenant's, as the account's root sees it."""
        root: Any = self.cloud.client("dynamodb")
        pages = root.get_paginator("scan").paginate(
            TableName=self.stack.data_table, ConsistentRead=True
        )
        found: list[RawItem] = [item for page in pages for item in page["Items"]]
        return [item for item in found if item["PK"]["S"].startswith(f"TENANT#{tenant}#")]

    def _assumed(self, name: str) -> Credentials:
        """Credentials of a function's role; root stands for the Lambda service."""
        role = self.stack.functions[name].role_arn
        sts = self.cloud.client("sts")
        issued = sts.assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
        return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    def _vending(self, name: str, role: PlatformRole | None = None) -> Vendor:
        own = self._own[name]
        keys = {
            "aws_access_key_id": own.access_key,
            "aws_secret_access_key": own.secret_key,
            "aws_session_token": cast("str", own.token),
        }
        return Vendor(role or self._role, lambda: BotoSts(self.cloud.client("sts", **keys)))


def member(tenant: str, *roles: Role, subject: str = "somebody") -> Identity:
    """Somebody of a tenant."""
    return Identity(tenant, subject, frozenset(roles))


def id_of(item: msgspec.Struct) -> str:
    """The global id of an item."""
    return global_ids.encode(entity_of(type(item)), item)
