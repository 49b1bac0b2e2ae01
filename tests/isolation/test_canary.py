"""The canary against IAM: it holds while one safeguard is left, and sees when none is."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.isolation.deployment import TENANT, Document
from local.isolation.sessions import BROAD, credentials_of
from local.isolation.temporary import Temporary
from local.isolation.verification import Verification
from local.provision import Provisioned
from tenantql.table.boto import BotoTransport
from tenantql.tenancy import credentials
from tenantql.tenancy.canary import Read, Watch, watch
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.identity import CANARIES
from tenantql.tenancy.sts import BotoSts

type Look = Callable[..., Watch]

EVERY_READ = len(CANARIES) * 2 * len(Read)
"""By each tenant, at two levels, of the other's item."""


@pytest.fixture
def look(
    cloud: LocalCloud,
    stack: Provisioned,
    deployed: Verification,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Look]:
    """A run of the canary: as deployed, or over a copy of the tenant role with other policies."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    roles = deployed.deployment.roles
    answer = cloud.client("sts").assume_role(
        RoleArn=roles["CanaryRole"].arn, RoleSessionName="canary"
    )
    own = credentials_of(answer["Credentials"])
    with Temporary(cloud.client, "canary") as temporary:

        def run(policies: list[Document] | None = None) -> Watch:
            arn, sts = stack.tenant_role_arn, cloud.client("sts", **own)
            if policies is not None:
                role = temporary.role(f"tenant{len(str(policies))}", policies, roles[TENANT].trust)
                arn, sts = role.arn, cloud.client("sts")
            vendor = Vendor(TenantRole(arn, cloud.region), lambda: BotoSts(sts))
            return watch(BotoTransport(cloud.region), vendor, stack.data_table)

        yield run


def with_any_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def allow_everything(*_: object) -> str:
        return json.dumps(BROAD)

    monkeypatch.setattr(credentials, "session_policy", allow_everything)


def test_it_holds_as_deployed(look: Look) -> None:
    assert look() == look() == Watch((), ())


def test_the_items_that_it_looks_for_are_there(
    look: Look, cloud: LocalCloud, stack: Provisioned
) -> None:
    assert look().held
    dynamodb: Any = cloud.client("dynamodb")
    for tenant in CANARIES:
        key = {"PK": {"S": f"TENANT#{tenant}#SYS#CANARY"}, "SK": {"S": "CANARY"}}
        item = dynamodb.get_item(TableName=stack.data_table, Key=key)["Item"]
        assert item["GSI1PK"] == {"S": f"TENANT#{tenant}#CANARY"}


def test_it_holds_by_the_session_policy_alone(look: Look) -> None:
    assert look([BROAD]).held


def test_it_holds_by_the_role_alone(
    look: Look, deployed: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_any_session(monkeypatch)
    assert look([*deployed.deployment.roles[TENANT].policies]).held


def test_it_sees_that_nothing_holds(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    with_any_session(monkeypatch)
    found = look([BROAD])
    assert (len(found.breaches), found.unproven) == (EVERY_READ, ())
    first, second = CANARIES
    assert f"{Read.INDEX} of {first} by {second}@read" in found.breaches


def test_it_sees_that_a_delimiter_is_missing(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    with_any_session(monkeypatch)
    table = {"Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]}
    keys = {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/TenantId}*"}
    weak = {
        "Effect": "Allow",
        **table,
        "Resource": "*",
        "Condition": {"ForAllValues:StringLike": keys},
    }
    found = look([{"Version": "2012-10-17", "Statement": [weak]}])
    shorter, longer = CANARIES
    assert found.breaches
    assert all(f"of {longer} by {shorter}@" in each for each in found.breaches)


def test_a_tenant_without_rights_proves_nothing(look: Look) -> None:
    found = look([])
    assert not found.held
    assert found.breaches == ()
    assert len(found.unproven) == EVERY_READ
    assert all("AccessDenied" in each for each in found.unproven)
