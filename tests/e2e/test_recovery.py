"""A backup of the deployed stack's table, restored: every item, every setting, and the switch-over.

The commands run as an operator would, against the local cloud. In the end the tenants are moved
back, by the same command, so that whatever comes after finds what it expects.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest
from typer.testing import CliRunner

from cli.commands import app
from local.deployment import Check, Deployment
from local.deployment.asking import Answer, Ask
from local.deployment.checks import OTHERS, OWN
from local.deployment.stack import Stack, find

pytestmark = pytest.mark.xdist_group("build")

TARGET: Final = "tenantql-local-data-basic-31"
AT_A_TIME: Final = "tenantql-local-data-basic-32"
NAME: Final = "before the accident"
_ORGANISATION: Final = repr(({"S": "TENANT#acme-eu#ORGANISATION"}, {"S": "ORGANISATION"}))
_READS: Final = tuple(
    check for check in (*OWN, *OTHERS) if not check.name.startswith(("checkout", "new user"))
)


type Items = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Operator:
    """Somebody with the command line."""

    stack: Stack

    def run(self, *arguments: str) -> tuple[int, Any]:
        """The exit code, and what --json printed."""
        result = CliRunner().invoke(app, [*arguments, "--json", "--stack", self.stack.name])
        assert result.exit_code < 2, result.output
        return result.exit_code, json.loads(result.stdout)

    def items(self, table: str) -> Items:
        """Every item of a table, by its key."""
        dynamodb: Any = self.stack.cloud.client("dynamodb")
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return {repr((item["PK"], item["SK"])): item for page in pages for item in page["Items"]}

    def quiet(self, table: str) -> Items:
        """Every item of a table, once the consumers of its stream have nothing left to do."""
        now = self.items(table)
        for _ in range(60):
            earlier = now
            time.sleep(2.5)
            now = self.items(table)
            if now == earlier:
                return now
        raise AssertionError(f"{table} is being written to all the time")

    def routes(self) -> list[Mapping[str, Any]]:
        """The tenants' routing records."""
        table = self.stack.outputs["ControlTableName"]
        return [item for item in self.items(table).values() if item["SK"] == {"S": "ROUTE"}]


@dataclass(frozen=True)
class Accident:
    """What was there, when, and what is there now."""

    operator: Operator
    source: str
    before: Items
    moment: str


@pytest.fixture(scope="module")
def operator(deployed: Deployment) -> Iterator[Operator]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in deployed.stack.cloud.environment().items():
            patch.setenv(name, value)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield Operator(find(deployed.stack.cloud, deployed.stack.name))


@pytest.fixture(scope="module")
def accident(operator: Operator) -> Iterator[Accident]:
    """A backup is made, and the data ruined: deleted, overwritten, added to."""
    source = operator.stack.outputs["DataTableName"]
    before = operator.quiet(source)
    code, made = operator.run("backup", "create", "--yes", "--name", NAME)
    assert (code, {each["table"] for each in made}) == (
        0,
        {source, operator.stack.outputs["ControlTableName"]},
    )
    moment = int(time.time()) + 1
    time.sleep(moment - time.time() + 0.01)
    dynamodb: Any = operator.stack.cloud.client("dynamodb")
    for item in _lost(before):
        dynamodb.delete_item(TableName=source, Key={name: item[name] for name in ("PK", "SK")})
    organisation = before[_ORGANISATION]
    dynamodb.put_item(TableName=source, Item={**organisation, "name": {"S": "Nobody"}})
    ghost = {"PK": {"S": "TENANT#acme#GHOST"}, "SK": {"S": "GHOST"}}
    dynamodb.put_item(TableName=source, Item=ghost)
    yield Accident(operator, source, before, datetime.fromtimestamp(moment, UTC).isoformat())
    dynamodb.delete_item(TableName=source, Key=ghost)
    for item in (*_lost(before), organisation):
        dynamodb.put_item(TableName=source, Item=item)


def _lost(before: Items) -> list[Mapping[str, Any]]:
    """What the accident takes: who is in a tenant, and what they owe."""
    return [
        item
        for item in before.values()
        if item["PK"]["S"].startswith("TENANT#globex#") and item["type"]["S"] in {"User", "Invoice"}
    ]


def _live(items: Items) -> Items:
    """Items but for those that time takes away, soon or late, in either table."""
    now = time.time()
    return {
        key: item
        for key, item in items.items()
        if float(item.get("expires_at", {}).get("N", now + 1)) > now
    }


@pytest.fixture(scope="module")
def restored(accident: Accident) -> Any:
    """What the command says of the restored table."""
    code, said = accident.operator.run(
        "restore", "start", "--backup", NAME, "--as", TARGET, "--yes"
    )
    assert code == 0
    return said


def test_every_item_is_restored(accident: Accident, restored: Any) -> None:
    assert restored["table"] == TARGET
    assert len(accident.before) > 1_000
    found = accident.operator.items(TARGET)
    assert _live(found) == _live(accident.before)
    assert found.keys() <= accident.before.keys()


def test_every_item_is_restored_to_a_time(accident: Accident) -> None:
    code, _ = accident.operator.run(
        "restore", "start", "--at", accident.moment, "--as", AT_A_TIME, "--yes"
    )
    assert code == 0
    found = accident.operator.items(AT_A_TIME)
    assert _live(found) == _live(accident.before)
    assert found.keys() <= accident.before.keys()


def test_every_setting_is_put_back(accident: Accident, restored: Any) -> None:
    """As the describing calls tell them, with nothing of the command's own in between."""
    assert restored["settings"]["wrong"] == []
    assert {"stream", "time to live", "point-in-time recovery"} <= {
        *restored["settings"]["putBack"]
    }
    dynamodb: Any = accident.operator.stack.cloud.client("dynamodb")

    def described(table: str) -> Any:
        recovery = dynamodb.describe_continuous_backups(TableName=table)
        recovery = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        found = dynamodb.describe_table(TableName=table)["Table"]
        tags = dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
        return {
            "ttl": dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"],
            "recovery": (
                recovery["PointInTimeRecoveryStatus"],
                recovery["RecoveryPeriodInDays"],
            ),
            "stream": found["StreamSpecification"],
            "keys": found["KeySchema"],
            "billing": found["BillingModeSummary"]["BillingMode"],
            "protection": found["DeletionProtectionEnabled"],
            "indexes": {
                each["IndexName"]: (each["KeySchema"], each["Projection"], each["IndexStatus"])
                for each in found["GlobalSecondaryIndexes"]
            },
            "tags": [each for each in tags if not each["Key"].startswith("aws:")],
        }

    assert described(TARGET) == described(accident.source)


def test_it_can_be_run_again(accident: Accident, restored: Any) -> None:
    code, again = accident.operator.run(
        "restore", "start", "--backup", NAME, "--as", TARGET, "--yes"
    )
    assert (code, again["settings"]["putBack"]) == (0, [])


def test_what_differs_is_found(accident: Accident, restored: Any) -> None:
    code, found = accident.operator.run("restore", "compare", "--to", TARGET)
    gone = _lost(accident.before)
    assert code == 1
    # What was written since the backup has its consequences, by way of the stream.
    assert found["onlyTarget"] >= len(gone) > 10
    assert found["different"] >= 1
    assert found["onlySource"] >= 1
    assert found["tenants"]["globex"] >= len(gone)


@pytest.fixture(scope="module")
def moved(accident: Accident, restored: Any) -> Iterator[Any]:
    """What the command says of the switch-over; and back again."""
    code, said = accident.operator.run(
        "restore", "switch", "--to", TARGET, "--settle", "1", "--yes"
    )
    assert code == 0
    yield said
    code, _ = accident.operator.run(
        *("restore", "switch", "--to", accident.source, "--settle", "1", "--yes"),
        *("--compare", "count"),
    )
    assert code == 0
    tables = {route["table"]["S"] for route in accident.operator.routes()}
    assert tables == {accident.source}


@pytest.mark.parametrize("check", _READS, ids=lambda check: f"{check.name}, {check.who}")
def test_the_endpoint_answers_from_the_restored_table(
    check: Check, deployed: Deployment, moved: Any
) -> None:
    """The demonstration's data are back, and nobody sees what is another's."""
    assert isinstance(check, Ask)
    outcome = check.run(deployed)
    assert isinstance(outcome.got, Answer)
    assert outcome.got == outcome.expected


def test_every_tenant_has_moved_and_may_write(accident: Accident, moved: Any) -> None:
    routes = accident.operator.routes()
    assert {route["table"]["S"] for route in routes} == {TARGET}
    assert sorted(moved["tenants"]) == sorted(route["tenant"]["S"] for route in routes)
    assert {route["status"]["S"] for route in routes} == {"active", "suspended"}
    assert not any({"restoring", "status_before"} & {*route} for route in routes)


def test_the_stack_follows(accident: Accident, moved: Any) -> None:
    """Consumers and alarms hang on the restored table alone; the old table is kept, protected."""
    assert moved["surroundings"]["wrong"] == []
    cloud = accident.operator.stack.cloud
    dynamodb: Any = cloud.client("dynamodb")
    stream = dynamodb.describe_table(TableName=TARGET)["Table"]["LatestStreamArn"]
    mappings: Any = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [(each["EventSourceArn"], each["State"]) for each in mappings] == [(stream, "Enabled")]
    alarms: Any = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {
        table
        for table in (TARGET, accident.source)
        if f'"{table}"' in json.dumps(alarms, default=str)
    }
    assert watched == {TARGET}
    old = dynamodb.describe_table(TableName=accident.source)["Table"]
    assert old["DeletionProtectionEnabled"] is True
    now = find(cloud, accident.operator.stack.name)
    assert now.outputs["DataTableName"] == TARGET


def test_a_second_switch_has_nothing_to_do(accident: Accident, moved: Any) -> None:
    code, again = accident.operator.run(
        *("restore", "switch", "--to", TARGET, "--settle", "0", "--yes", "--compare", "count")
    )
    assert (code, sorted(again["tenants"])) == (0, sorted(moved["tenants"]))
