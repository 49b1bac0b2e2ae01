"""`tenantql backup` and `tenantql restore`, IAM on: what is done, what is refused, what failed."""

import time
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from cli.recovery import comparing
from local.cloud import LocalCloud
from tests.integration.cli.recovered import TENANTS, Recovered


@pytest.fixture
def recovered(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Recovered:
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return Recovered.deploy(cloud)


@pytest.fixture
def target(recovered: Recovered) -> str:
    """A restored table."""
    name = f"{recovered.name}-data-basic-02"
    code, _ = recovered.plain("backup", "create", "--table", "data", "--name", "one", "--yes")
    assert code == 0
    code, found = recovered.plain("restore", "start", "--backup", "one", "--as", name, "--yes")
    assert (code, found["settings"]["wrong"]) == (0, [])
    return name


SWITCH = ("--settle", "0", "--yes")


def test_a_backup_is_made_once_listed_and_deleted(recovered: Recovered) -> None:
    for _ in range(2):
        code, made = recovered.plain("backup", "create", "--name", "one", "--yes")
        assert (code, [each["table"] for each in made]) == (0, [recovered.data, recovered.control])
    code, found = recovered.plain("backup", "list")
    assert (code, len(found["backups"])) == (0, 2)
    assert set(found["recovery"]) == {recovered.data, recovered.control}
    refused = recovered.run("backup", "delete", "one", said="n\n")
    assert refused.exit_code == 2
    assert len(recovered.plain("backup", "list")[1]["backups"]) == 2
    assert recovered.plain("backup", "delete", "one", "--yes")[0] == 0
    assert recovered.plain("backup", "list")[1]["backups"] == []


def test_settings_that_a_restore_leaves_out_are_put_back(recovered: Recovered) -> None:
    arn = recovered.dynamodb.describe_table(TableName=recovered.data)["Table"]["TableArn"]
    recovered.dynamodb.update_table(
        TableName=recovered.data,
        DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )
    statement = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",'
    statement += f'"Action":"dynamodb:DeleteTable","Resource":"{arn}"}}]}}'
    recovered.dynamodb.put_resource_policy(ResourceArn=arn, Policy=statement)
    code, found = recovered.plain("restore", "start", "--at", "latest", "--yes")
    assert (code, found["settings"]["wrong"]) == (0, [])
    assert found["table"] == f"{recovered.name}-data-basic-02"
    assert {*found["settings"]["putBack"]} == {
        *("stream", "time to live", "point-in-time recovery", "tags", "deletion protection"),
        *("table class", "contributor insights", "resource policy"),
    }
    restored = recovered.dynamodb.describe_table(TableName=found["table"])["Table"]
    tags = recovered.dynamodb.list_tags_of_resource(ResourceArn=restored["TableArn"])["Tags"]
    assert {"Key": "project", "Value": "shop"} in tags
    policy = recovered.dynamodb.get_resource_policy(ResourceArn=restored["TableArn"])["Policy"]
    assert restored["TableArn"] in policy
    assert restored["DeletionProtectionEnabled"] is True


def test_a_setting_that_does_not_come_back_is_told(recovered: Recovered) -> None:
    name = f"{recovered.name}-data-basic-07"
    arguments = ("restore", "start", "--at", "latest", "--as", name, "--yes")
    with recovered.without("dynamodb:UpdateTimeToLive", "dynamodb:TagResource"):
        code, found = recovered.plain(*arguments)
        shown = recovered.run(*arguments)
    assert code == shown.exit_code == 1
    wrong = {each["setting"]: each for each in found["settings"]["wrong"]}
    assert set(wrong) == {"time to live", "tags"}
    assert wrong["time to live"]["found"] is None
    assert wrong["time to live"]["expected"] == "expires_at"
    assert "AccessDenied" in wrong["tags"]["why"]
    assert "Next" not in shown.output
    refused = recovered.run("restore", "switch", "--to", name, *SWITCH, "--dry-run")
    assert refused.exit_code == 1
    code, found = recovered.plain(*arguments)
    assert (code, sorted(found["settings"]["putBack"])) == (0, ["tags", "time to live"])


def test_a_table_without_its_settings_is_not_moved_into(recovered: Recovered, target: str) -> None:
    recovered.dynamodb.update_time_to_live(
        TableName=target,
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"},
    )
    with recovered.without("dynamodb:UpdateTimeToLive"):
        refused = recovered.run("restore", "switch", "--to", target, *SWITCH)
    assert refused.exit_code == 2
    assert "time to live" in refused.output
    assert {table for table, _ in recovered.routes().values()} == {recovered.data}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of --at and --backup"),
        (("--at", "latest", "--backup", "one"), "one of --at and --backup"),
        (("--at", "yesterday"), "no time with an offset"),
        (("--at", "2026-11-21T14:02:00"), "no time with an offset"),
        (("--at", "2020-01-01T00:00:00Z"), "can be restored from"),
        (("--at", "2020-01-01T00:00:00.5Z"), "whole seconds"),
        (("--backup", "none"), "has no backup none"),
        (("--at", "latest", "--as", "elsewhere"), "do not know elsewhere"),
        (("--at", "latest", "--as", "{data}"), "no restore of this command"),
        (("--at", "latest", "--table", "{name}-data-basic-09"), "restore from a backup"),
    ],
)
def test_what_cannot_be_restored(
    recovered: Recovered, arguments: tuple[str, ...], said: str
) -> None:
    given = [each.format(data=recovered.data, name=recovered.name) for each in arguments]
    refused = recovered.run("restore", "start", *given, "--yes")
    assert refused.exit_code == 2
    assert said in " ".join(refused.output.split())
    assert (
        recovered.dynamodb.list_tables()["TableNames"].count(f"{recovered.name}-data-basic-02") == 0
    )


def test_nothing_is_restored_unless_somebody_agrees(recovered: Recovered) -> None:
    refused = recovered.run("restore", "start", "--at", "latest", said="no\n")
    assert refused.exit_code == 2
    assert "nobody agreed" in refused.output
    assert f"{recovered.name}-data-basic-02" not in recovered.dynamodb.list_tables()["TableNames"]


def test_a_table_that_is_gone_is_restored_from_its_backup(recovered: Recovered) -> None:
    """With the settings that the template gives it in production."""
    assert recovered.plain("backup", "create", "--table", "data", "--name", "one", "--yes")[0] == 0
    recovered.dynamodb.delete_table(TableName=recovered.data)
    code, found = recovered.plain("restore", "start", "--backup", "one", "--yes")
    assert (code, found["settings"]["wrong"]) == (0, [])
    assert {"stream", "time to live", "deletion protection"} <= {*found["settings"]["putBack"]}
    code, moved = recovered.plain(
        "restore", "switch", "--to", found["table"], *SWITCH, "--compare", "count"
    )
    assert (code, sorted(moved["tenants"])) == (0, sorted(TENANTS))


def test_items_are_compared(recovered: Recovered, target: str) -> None:
    code, found = recovered.plain("restore", "compare", "--to", target)
    assert (code, found["agrees"], found["same"]) == (0, True, 3)
    recovered.put("acme", "1", name={"S": "changed"})
    recovered.put("acme", "2", name={"S": "new"})
    passed = {"N": str(int(time.time()) - 60)}
    recovered.put("acme", "3", expires_at=passed)
    recovered.dynamodb.delete_item(
        TableName=recovered.data,
        Key={"PK": {"S": "TENANT#globex#ORGANISATION"}, "SK": {"S": "1"}},
    )
    code, found = recovered.plain("restore", "compare", "--to", target)
    assert code == 1
    assert {
        name: found[name] for name in ("same", "different", "onlySource", "onlyTarget", "expired")
    } == {"same": 1, "different": 1, "onlySource": 1, "onlyTarget": 1, "expired": 1}
    assert found["tenants"] == {"acme": 2, "globex": 1}
    assert recovered.plain("restore", "compare", "--to", target, "--compare", "count")[0] == 0


def test_reading_that_costs_is_asked_for(
    recovered: Recovered, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(*_: object) -> float:
        return 1_000_000

    monkeypatch.setattr(comparing, "read_units", many)
    refused = recovered.run("restore", "compare", "--to", target, said="n\n")
    assert refused.exit_code == 2
    assert "$0.12" in refused.output
    assert recovered.run("restore", "compare", "--to", target, said="y\n").exit_code == 0


def test_tenants_move_and_move_back(recovered: Recovered, target: str) -> None:
    shown = recovered.run("restore", "switch", "--to", target, "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "To move: 3 tenants" in shown.output
    code, planned = recovered.plain("restore", "switch", "--to", target, "--dry-run")
    assert (code, sorted(planned["tenants"])) == (0, sorted(TENANTS))
    assert {each["resource"] for each in planned["changes"]} >= {"Throttles"}
    assert {table for table, _ in recovered.routes().values()} == {recovered.data}
    for table in (target, recovered.data, target):
        code, moved = recovered.plain("restore", "switch", "--to", table, *SWITCH)
        assert (code, moved["surroundings"]["wrong"]) == (0, [])
        assert recovered.routes() == {name: (table, each) for name, each in TENANTS.items()}
    kept = recovered.dynamodb.describe_table(TableName=recovered.data)["Table"]
    assert kept["DeletionProtectionEnabled"] is True
    refused = recovered.run("restore", "switch", "--to", recovered.control, *SWITCH)
    assert refused.exit_code == 2


def test_nobody_is_kept_from_writing_unless_somebody_agrees(
    recovered: Recovered, target: str
) -> None:
    before = recovered.routes()
    for said, asked in (("n\n", 1), ("y\nn\n", 2)):
        refused = recovered.run("restore", "switch", "--to", target, "--settle", "0", said=said)
        assert refused.exit_code == 2
        assert refused.output.count("[y/N]") == asked
        assert recovered.routes() == before


def test_an_interrupted_switch_is_told_taken_up_and_given_up(
    recovered: Recovered, target: str
) -> None:
    with recovered.without("cloudformation:ExecuteChangeSet"):
        failed = recovered.run("restore", "switch", "--to", target, *SWITCH)
    assert failed.exit_code == 2
    assert "kept from writing" in failed.output
    frozen = {name: "moving" if each == "active" else each for name, each in TENANTS.items()}
    assert recovered.routes() == {name: (recovered.data, each) for name, each in frozen.items()}
    code, released = recovered.plain("restore", "release", "--to", target)
    assert (code, sorted(released["released"])) == (0, sorted(TENANTS))
    assert recovered.routes() == {name: (recovered.data, each) for name, each in TENANTS.items()}
    with recovered.without("cloudformation:ExecuteChangeSet"):
        assert recovered.run("restore", "switch", "--to", target, *SWITCH).exit_code == 2
    code, _ = recovered.plain("restore", "switch", "--to", target, *SWITCH)
    assert code == 0
    assert recovered.routes() == {name: (target, each) for name, each in TENANTS.items()}


@pytest.mark.parametrize(
    ("more", "said"),
    [({}, "moving for another reason"), ({"restoring": {"S": "other"}}, "waits for other")],
)
def test_a_tenant_that_moves_otherwise_stops_it(
    recovered: Recovered, target: str, more: dict[str, Any], said: str
) -> None:
    recovered.register("hooli", "moving", **more)
    before = recovered.routes()
    refused = recovered.run("restore", "switch", "--to", target, *SWITCH)
    assert refused.exit_code == 2
    assert said in refused.output
    assert "kept from writing" not in refused.output
    assert recovered.routes() == before


def test_records_of_the_control_table_come_back(recovered: Recovered) -> None:
    """Those that are gone; on demand those that differ; what came later stays."""
    arguments = ("--table", "control", "--name", "one", "--yes")
    assert recovered.plain("backup", "create", *arguments)[0] == 0
    route = {"PK": {"S": "TENANT#acme"}, "SK": {"S": "ROUTE"}}
    recovered.dynamodb.delete_item(TableName=recovered.control, Key=route)
    recovered.register("globex", "suspended")
    recovered.register("hooli", "active")
    start = ("restore", "start", "--backup", "one", "--table", "control", "--yes")
    code, found = recovered.plain(*start)
    assert (code, found["table"]) == (0, f"{recovered.name}-control-02")
    back = ("restore", "records", "--from", found["table"])
    assert recovered.run(*back, said="n\n").exit_code == 2
    assert "acme" not in recovered.routes()
    assert recovered.plain(*back, "--yes") == (1, {"putBack": ["TENANT#acme ROUTE"], "differ": 1})
    assert recovered.routes()["globex"] == (recovered.data, "suspended")
    assert recovered.plain(*back, "--changed", "--yes")[0] == 0
    expected = {name: (recovered.data, status) for name, status in TENANTS.items()}
    assert recovered.routes() == {**expected, "hooli": (recovered.data, "active")}
    assert recovered.plain(*back, "--yes") == (0, {"putBack": [], "differ": 0})
    assert recovered.run("restore", "records", "--from", recovered.data, "--yes").exit_code == 2


def test_a_time_is_given_with_any_offset(recovered: Recovered) -> None:
    moment = datetime.fromtimestamp(int(time.time()) + 1, UTC)
    time.sleep((moment - datetime.now(UTC)).total_seconds() + 0.01)
    recovered.put("acme", "1", name={"S": "later"})
    given = moment.astimezone().isoformat()
    code, found = recovered.plain("restore", "start", "--at", given, "--yes")
    assert code == 0
    items = recovered.dynamodb.scan(TableName=found["table"])["Items"]
    assert {item["name"]["S"] for item in items} == {*TENANTS}
