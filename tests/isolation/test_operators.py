"""Operators: a role that is named may act for one tenant after another, and nobody else may.

By the policy that docs/rebuild.md gives them, on a stack of its own that names them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from cli.commands import app
from local.cloud import LocalCloud
from local.isolation.temporary import Temporary
from local.provision import ROOT, Provisioned, provision, token_parameters
from tenantql.table.entity import entity_of
from tenantql.tenancy.routing import RoutingRecord
from tests.unit.builders import route

STACK: Final = "operated"
TENANTS: Final = ("acme", "acme-eu")


@dataclass(frozen=True)
class Operated:
    """A stack that names a role as its operators', and a role beside it with the same rights."""

    cloud: LocalCloud
    stack: Provisioned
    operators: str
    others: str

    def session(self, role: str) -> dict[str, str]:
        """Credentials of somebody with a role of the account."""
        return _issued(self.cloud.client("sts"), role)

    def tenants(self, credentials: dict[str, str], role: str, **tags: str) -> dict[str, str]:
        """Credentials of a role of a stack, asked for with these tags."""
        return _issued(self.cloud.client("sts", **credentials), role, **tags)


def _issued(sts: Any, role: str, **tags: str) -> dict[str, str]:
    named = [{"Key": name, "Value": value} for name, value in tags.items()]
    issued = sts.assume_role(RoleArn=role, RoleSessionName="operator", Tags=named)["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


def _documented(cloud: LocalCloud) -> dict[str, Any]:
    """The policy in the documents, for the stack of the test."""
    text = (ROOT / "docs" / "rebuild.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    account = cloud.client("sts").get_caller_identity()["Account"]
    for old, new in (
        ("123456789012", account),
        ("eu-west-1", cloud.region),
        ("tenantql-prod", STACK),
    ):
        policy = policy.replace(old, new)
    return json.loads(policy)


@pytest.fixture(scope="module")
def operated(cloud: LocalCloud) -> Iterator[Operated]:
    with Temporary(cloud.client, "on-call") as temporary:
        policies = [_documented(cloud)]
        named, other = (temporary.role(name, policies) for name in ("operators", "others"))
        tokens = token_parameters("https://issuer.example", "tests", "https://issuer.example/jwks")
        parameters = {**tokens, "OperatorRole": named.name}
        stack = provision(cloud.client("cloudformation"), parameters, stack=STACK)
        root: Any = cloud.client("dynamodb")
        for tenant in TENANTS:
            record = entity_of(RoutingRecord).encode(route(tenant, table=stack.data_table))
            root.put_item(TableName=stack.control_table, Item=record)
        yield Operated(cloud, stack, named.arn, other.arn)


def _refuse(operated: Operated, caller: str, role: str, **tags: str) -> None:
    credentials = operated.session(caller)
    with pytest.raises(ClientError, match=r"AccessDenied|ValidationError"):
        operated.tenants(credentials, role, **tags)


def test_operators_act_for_the_tenant_of_their_tag(operated: Operated) -> None:
    own = operated.tenants(
        operated.session(operated.operators), operated.stack.tenant_role_arn, TenantId="acme"
    )
    client: Any = operated.cloud.client("dynamodb", **own)
    for tenant in TENANTS:
        item = {"PK": {"S": f"TENANT#{tenant}#X"}, "SK": {"S": "X"}}
        asked = {"TableName": operated.stack.data_table, "Item": item}
        if tenant == "acme":
            client.put_item(**asked)
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                client.put_item(**asked)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.scan(TableName=operated.stack.data_table)


@pytest.mark.parametrize(
    "tags",
    [{}, {"TenantId": "ab"}, {"TenantId": "acme*"}, {"TenantId": "acme", "Role": "admin"}],
    ids=str,
)
def test_the_conditions_of_the_functions_are_theirs(
    operated: Operated, tags: dict[str, str]
) -> None:
    _refuse(operated, operated.operators, operated.stack.tenant_role_arn, **tags)


def test_nobody_else_becomes_the_tenant_and_they_become_nobody_else(
    operated: Operated, stack: Provisioned
) -> None:
    own = operated.stack
    _refuse(operated, operated.others, own.tenant_role_arn, TenantId="acme")
    _refuse(operated, operated.operators, own.platform_data_role_arn)
    _refuse(operated, operated.operators, own.functions["graphql"].role_arn)
    # A stack that names no operators trusts none.
    _refuse(operated, operated.operators, stack.tenant_role_arn, TenantId="acme")


def test_their_own_rights_are_to_routing_records(operated: Operated) -> None:
    client: Any = operated.cloud.client("dynamodb", **operated.session(operated.operators))
    tables = operated.stack
    key = {"PK": {"S": "TENANT#acme"}, "SK": {"S": "ROUTE"}}
    assert "Item" in client.get_item(TableName=tables.control_table, Key=key)
    for call in (
        lambda: client.put_item(TableName=tables.control_table, Item=key),
        lambda: client.get_item(TableName=tables.data_table, Key=key),
        lambda: client.scan(TableName=tables.control_table),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


@pytest.mark.parametrize(("role", "code"), [("operators", 0), ("others", 2)])
def test_they_run_the_command(
    operated: Operated, monkeypatch: pytest.MonkeyPatch, role: str, code: int
) -> None:
    for name, value in operated.session(getattr(operated, role)).items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("AWS_REGION", operated.cloud.region)
    monkeypatch.setenv("AWS_DEFAULT_REGION", operated.cloud.region)
    monkeypatch.setenv("AWS_ENDPOINT_URL", operated.cloud.endpoint)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    arguments = ["rebuild", "accounts", "tree", "--tenant", "acme", "--stack", STACK]
    result = CliRunner().invoke(app, [*arguments, "--settle", "0"])
    assert result.exit_code == code, result.output
