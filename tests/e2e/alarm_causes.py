"""Faults of the deployed stack that alarms have to notice, each caused for a while."""

import io
import zipfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from local.deployment import Deployment
from local.deployment.asking import actor
from local.deployment.questions import ADMIN, ORGANISATION, STAFF, TENANT, USER_BY_EMAIL
from local.provision import ROOT
from local.server import GRAPHQL, PLATFORM
from tests.e2e.faults import client, further_policy, name_of, policy, published, table_of
from tests.e2e.requests import post

type Make = Callable[[Deployment], AbstractContextManager[None]]

OWN: Final = "acme"
OTHER: Final = "globex"
LISTS: Final = " ".join(f"a{n}: products(first: 100) {{ nodes {{ title }} }}" for n in range(9))
DEAR: Final = f"{{ {LISTS} }}"
"""Of nearly the cost that one operation may have."""


@dataclass(frozen=True)
class Cause:
    """What is done, and the alarms and pages that rise of it."""

    name: str
    alarms: tuple[str, ...]
    pages: tuple[str, ...]
    make: Make


CAUSES: Final[list[Cause]] = []


def cause(*alarms: str, pages: tuple[str, ...] = ()) -> Callable[[Callable[..., Any]], Make]:
    """Register a cause: a generator that makes it, and after its yield takes it back."""

    def register(make: Callable[[Deployment], Generator[None]]) -> Make:
        found = contextmanager(make)
        CAUSES.append(Cause(make.__name__, alarms, pages, found))
        return found

    return register


def ask(deployed: Deployment, query: str = ORGANISATION, who: str = STAFF, **variables: Any) -> Any:
    """An answer of the tenants' endpoint, or of the operators'."""
    path = PLATFORM if who == "platform" else GRAPHQL
    return post(deployed, path, actor(who)(deployed) or "", query, variables)


def run_canary(deployed: Deployment) -> None:
    """What its schedule does."""
    name = name_of(deployed.stack, "CanaryFunction")
    client(deployed.stack, "lambda").invoke(FunctionName=name, Qualifier="live", Payload=b"{}")


@contextmanager
def small_budget(deployed: Deployment) -> Generator[None]:
    """The smallest tier for a while: that of a few such requests a second."""
    dynamodb: Any = client(deployed.stack, "dynamodb")
    table = deployed.stack.outputs["ControlTableName"]
    named = {"TableName": table, "Key": {"PK": {"S": f"TENANT#{OWN}"}, "SK": {"S": "ROUTE"}}}
    before = dynamodb.get_item(**named)["Item"]
    dynamodb.put_item(TableName=table, Item={**before, "tier": {"S": "basic"}})
    try:
        yield
    finally:
        dynamodb.put_item(TableName=table, Item=before)


def _without(deployed: Deployment, function: str, *variables: str, **others: str) -> Any:
    """A version of a function with other variables in its environment."""
    name = name_of(deployed.stack, function)
    configured = client(deployed.stack, "lambda").get_function_configuration(FunctionName=name)
    before = configured["Environment"]["Variables"]
    after = {key: value for key, value in before.items() if key not in variables}
    return published(deployed.stack, function, Environment={"Variables": {**after, **others}})


@cause("GraphqlErrorsAlarm", "ApiErrorsAlarm", pages=("EndpointPage",))
def a_release_that_does_not_start(deployed: Deployment) -> Generator[None]:
    with _without(deployed, "GraphqlFunction", "TENANTQL_TENANT_ROLE_ARN"):
        assert ask(deployed).status_code >= 500
        yield


@cause("PlatformErrorsAlarm")
def operators_without_their_function(deployed: Deployment) -> Generator[None]:
    with _without(deployed, "PlatformFunction", "TENANTQL_PLATFORM_ROLE_ARN"):
        ask(deployed, TENANT, "platform", id=OWN)
        yield


@cause("AuthorizerErrorsAlarm", pages=("EndpointPage",))
def an_authorizer_that_does_not_start(deployed: Deployment) -> Generator[None]:
    with _without(deployed, "AuthorizerFunction", "TENANTQL_ISSUER"):
        ask(deployed)
        yield


@cause("AuthorizerFailuresAlarm", pages=("EndpointPage",))
def an_issuer_that_is_away(deployed: Deployment) -> Generator[None]:
    nobody = {"TENANTQL_JWKS_URI": "http://127.0.0.1:9/jwks"}
    with _without(deployed, "AuthorizerFunction", **nobody):
        assert ask(deployed).status_code == 403
        yield


@cause("FaultsAlarm", pages=("EndpointPage",))
def an_item_that_does_not_fit(deployed: Deployment) -> Generator[None]:
    dynamodb = client(deployed.stack, "dynamodb")
    key = {"PK": {"S": f"TENANT#{OWN}#ORGANISATION"}, "SK": {"S": "ORGANISATION"}}
    named = {"TableName": table_of(deployed.stack), "Key": key}
    before = dynamodb.get_item(**named)["Item"]
    dynamodb.put_item(TableName=named["TableName"], Item={**before, "currency": {"N": "1"}})
    assert "INTERNAL" in ask(deployed).text
    yield
    dynamodb.put_item(TableName=named["TableName"], Item=before)


@cause("GraphqlThrottlesAlarm", pages=("EndpointPage",))
def no_instance_to_be_had(deployed: Deployment) -> Generator[None]:
    functions, name = client(deployed.stack, "lambda"), name_of(deployed.stack, "GraphqlFunction")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        functions.invoke(FunctionName=name, Payload=b"{}")
    except functions.exceptions.TooManyRequestsException:
        yield
    functions.delete_function_concurrency(FunctionName=name)


@cause("AccessDeniedAlarm", pages=("IsolationPage",))
def a_tenant_role_without_rights(deployed: Deployment) -> Generator[None]:
    with policy(deployed.stack, "TenantRole", "tenant", _nothing_of_tables):
        assert "FORBIDDEN" in ask(deployed).text
        yield


@cause("CanarySilentAlarm", pages=("CanaryPage",))
def a_canary_that_proves_nothing(deployed: Deployment) -> Generator[None]:
    with policy(deployed.stack, "TenantRole", "tenant", _nothing_of_tables):
        run_canary(deployed)
        yield


@cause("CanaryBreachAlarm", pages=("IsolationPage",))
def nothing_between_tenants(deployed: Deployment) -> Generator[None]:
    with (
        further_policy(deployed.stack, "TenantRole", "dynamodb:*", "*"),
        _coded(deployed, "CanaryFunction", "canary", _ANY_SESSION),
    ):
        run_canary(deployed)
        yield


@cause("PlatformAccessDeniedAlarm", pages=("IsolationPage",))
def a_platform_role_without_rights(deployed: Deployment) -> Generator[None]:
    with policy(deployed.stack, "PlatformRole", "platform", _nothing_of_tables):
        ask(deployed, TENANT, "platform", id=OWN)
        yield


@cause("ForeignIndexReadAlarm", pages=("IsolationPage",))
def a_planted_key_that_is_read(deployed: Deployment) -> Generator[None]:
    dynamodb, table = client(deployed.stack, "dynamodb"), table_of(deployed.stack)
    key = {"PK": {"S": f"TENANT#{OTHER}#USER#planted"}, "SK": {"S": "PROFILE"}}
    index = {"GSI1PK": {"S": f"TENANT#{OWN}#EMAIL#bait@example.com"}, "GSI1SK": {"S": "USER"}}
    dynamodb.put_item(TableName=table, Item={**key, **index, "type": {"S": "User"}})
    ask(deployed, USER_BY_EMAIL, ADMIN, email="bait@example.com")
    yield
    dynamodb.delete_item(TableName=table, Key=key)


@cause("StreamAccessDeniedAlarm", pages=("IsolationPage",))
def consumers_without_rights(deployed: Deployment) -> Generator[None]:
    dynamodb, table = client(deployed.stack, "dynamodb"), table_of(deployed.stack)
    product = next(
        item
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
        if item["type"]["S"] == "Product" and item["PK"]["S"].startswith(f"TENANT#{OWN}#")
    )
    named = {"TableName": table, "Key": {name: product[name] for name in ("PK", "SK")}}
    with policy(deployed.stack, "TenantRole", "tenant", _nothing_of_tables):
        dynamodb.update_item(
            **named,
            UpdateExpression="SET title = :title, version = version + :one",
            ExpressionAttributeValues={":title": {"S": "Renamed"}, ":one": {"N": "1"}},
        )
        yield


_ANY_SESSION: Final = """
import json
from tenantql.tenancy import credentials

_ALL = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
credentials.session_policy = lambda *_: json.dumps({"Version": "2012-10-17", "Statement": [_ALL]})
"""
"""What a release would have to do to the layer for session policies to hold nothing."""


def _nothing_of_tables(document: dict[str, Any]) -> None:
    document["Statement"] = [
        each for each in document["Statement"] if "dynamodb:" not in str(each["Action"])
    ]


@contextmanager
def _coded(deployed: Deployment, function: str, folder: str, ahead: str) -> Generator[None]:
    """A version of a function that runs `ahead` before its own code."""
    functions, name = client(deployed.stack, "lambda"), name_of(deployed.stack, function)
    alias = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    source = (ROOT / "functions" / folder / "app.py").read_text(encoding="utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", ahead + source)
    functions.update_function_code(FunctionName=name, ZipFile=packed.getvalue())
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    try:
        yield
    finally:
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=alias)
