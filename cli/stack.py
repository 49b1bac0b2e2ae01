"""A deployed stack, as who runs it reaches it: with an own right to become the tenant role."""

import os
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tenantql.table.access import Access
from tenantql.table.boto import BotoTransport, OwnCredentials
from tenantql.table.transport import Transport
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes, RoutingRecord, ShardCount
from tenantql.tenancy.sts import BotoSts

type Connect = Callable[..., Any]
"""Makes a boto3 client: the service's name, and credentials as keywords (none: the caller's)."""

NO_REGION: Final = "no region: give --region, or a profile that has one"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
RETRIES: Final = Config(retries={"mode": "standard", "total_max_attempts": 5})


class StackError(Exception):
    """The stack cannot be reached: no credentials, no region, or AWS does not answer."""


@dataclass(frozen=True)
class Stack:
    """A stack's tables, through the rights of whoever runs the command."""

    transport: Transport
    routes: Routes
    vendor: Vendor

    def route(self, tenant: str) -> RoutingRecord:
        """A tenant's routing record. Raises StackError if there is no such tenant."""
        found = self.routes.record(tenant)
        if found is None:
            raise StackError(f"there is no tenant {tenant}")
        return found

    def access(self, route: RoutingRecord) -> Access:
        """The right to a tenant's keys and directory. Raises VendingFailed."""
        access = self.vendor.access(route.tenant, route.table, Level.ADMINISTER)
        directory = route.shards.get("directory", ShardCount()).write
        return replace(access, directory_shards=directory)


@dataclass(frozen=True)
class Caller:
    """Whoever runs the command: their AWS session, and where they are."""

    session: boto3.Session
    region: str
    partition: str
    account: str


def identify(profile: str, region: str) -> Caller:
    """Who runs the command, as AWS knows them. Raises StackError."""
    if profile:
        # boto3's clients are made in several places; each looks here.
        os.environ["AWS_PROFILE"] = profile
    try:
        session = boto3.Session(region_name=region or None)
        where: str | None = session.region_name
        if not where:
            raise StackError(NO_REGION)
        caller = session.client("sts", region_name=where).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise StackError(str(error)) from error
    _, partition, _, _, account, _ = caller["Arn"].split(":", 5)
    return Caller(session, where, partition, account)


def connect(stack: str, profile: str, region: str, control_table: str = "") -> Stack:
    """The stack of this name, by the names that template.yaml gives.

    `control_table` is for a stack that took one which was there already. Raises StackError.
    """
    caller = identify(profile, region)
    transport = BotoTransport(caller.region)
    name = f"{stack}-tenant-{caller.region}"
    role = f"arn:{caller.partition}:iam::{caller.account}:role/{name}"
    control = admission.control_access(control_table or f"{stack}-control", OwnCredentials())
    vendor = Vendor(TenantRole(role, caller.region), lambda: BotoSts.of(caller.region))
    return Stack(transport, Routes(transport, control), vendor)


def stand_in(connect: Connect, stack: str, function_role: str) -> dict[str, str]:
    """In a local cloud, whose root stands in for Lambda: a function's role, as boto3's keywords.

    Nothing on AWS, or for a caller who is not its root. Raises StackError.
    """
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    try:
        sts = connect("sts")
        arn: str = sts.get_caller_identity()["Arn"]
        if endpoint not in LOOPBACK or not arn.endswith(":root"):
            return {}
        found = connect("cloudformation").describe_stack_resource(
            StackName=stack, LogicalResourceId=function_role
        )["StackResourceDetail"]
        role = f"arn:aws:iam::{arn.split(':')[4]}:role/{found['PhysicalResourceId']}"
        issued = sts.assume_role(RoleArn=role, RoleSessionName="stand-in")["Credentials"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(str(error)) from error
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


def connections(profile: str, region: str) -> tuple[Connect, str]:
    """Clients of AWS with a profile of the machine (none: the default), and their region.

    Raises StackError for an unknown profile or without a region.
    """
    try:
        session: Any = boto3.Session(profile_name=profile or None, region_name=region or None)
    except BotoCoreError as error:
        raise StackError(str(error)) from error
    if session.region_name is None:
        raise StackError(NO_REGION)

    def connect(service: str, **credentials: str) -> Any:
        return session.client(service, config=RETRIES, **credentials)

    return connect, session.region_name
