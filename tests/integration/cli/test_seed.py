"""`tenantql seed`: writes a tenant, goes on after an interruption, and touches no other's."""

import asyncio
import json
from collections.abc import Iterator
from copy import replace

import boto3
import pytest
from typer.testing import CliRunner, Result

from cli.commands import app
from cli.demonstration import Demonstration, State
from cli.seeding import target
from cli.stack import StackError
from local.cloud import LocalCloud
from local.demo import PlannedTenant, plan
from local.provision import Provisioned
from tests.integration.installation import Installation

TENANT = "acme-eu"


@pytest.fixture(scope="module")
def demonstration(cloud: LocalCloud, stack: Provisioned) -> Iterator[Demonstration]:
    """Where the command writes, as root of the local cloud."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**cloud.environment(), "NO_PROXY": "127.0.0.1"}.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield target(stack.stack, "", "", production=False)


@pytest.fixture
def planned() -> PlannedTenant:
    return next(tenant for tenant in plan() if tenant.id == TENANT)


class Command:
    """The command in a process of its own, as root."""

    def __init__(self, cloud: LocalCloud, stack: Provisioned) -> None:
        self._cloud = cloud
        self._stack = stack

    def __call__(self, *arguments: str, said: str = "") -> Result:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._cloud.environment().items():
                patch.setenv(name, value)
            patch.setenv("AWS_SESSION_TOKEN", "")
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            whole = ["seed", *arguments, "--stack", self._stack.stack]
            return CliRunner().invoke(app, whole, said)


@pytest.fixture(scope="module")
def run(cloud: LocalCloud, stack: Provisioned) -> Command:
    return Command(cloud, stack)


def test_asks_and_writes_nothing_without_a_yes(
    demonstration: Demonstration, run: Command, planned: PlannedTenant
) -> None:
    result = run(TENANT, said="n\n")
    assert result.exit_code == 2
    assert "nobody agreed" in result.output
    assert demonstration.state(planned) is State.ABSENT


def test_goes_on_after_an_interruption_and_then_has_nothing_to_do(
    demonstration: Demonstration, run: Command, planned: PlannedTenant
) -> None:
    written: list[int] = []

    def advance(items: int) -> None:
        written.append(items)
        if len(written) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(demonstration.load(planned, advance))
    assert demonstration.state(planned) is State.PARTIAL
    result = run(TENANT, "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tenants"] == {TENANT: "partial"}
    assert demonstration.state(planned) is State.COMPLETE
    again = run(TENANT)
    assert (again.exit_code, "nothing to do" in again.output) == (0, True)


def test_a_tenant_of_another_origin_is_not_touched(
    demonstration: Demonstration, installation: Installation, planned: PlannedTenant
) -> None:
    theirs = installation.new_tenant()
    with pytest.raises(StackError, match="no demonstration made"):
        demonstration.state(replace(planned, id=theirs))
    with pytest.raises(StackError, match="no demonstration made"):
        demonstration.remove(replace(planned, id=theirs))


def test_a_name_that_is_none(run: Command) -> None:
    result = run("umbrella")
    assert result.exit_code == 2
    assert "there is no umbrella" in result.output
