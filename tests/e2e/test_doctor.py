"""`tenantql doctor` on the deployed stack: nothing to find as it is, and each fault by its name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from typer.testing import CliRunner

from cli.commands import app
from cli.doctor.deployed import Deployed
from cli.doctor.findings import Severity
from cli.doctor.running import BY_ID, CHECKS, examine
from local.deployment import Deployment
from local.policies import listed
from local.provision import ROOT
from local.template import Template
from tests.e2e import data_faults, rights_faults, serving_faults
from tests.e2e.faults import FAULTS, Fault

pytestmark = pytest.mark.xdist_group("build")

MODULES: Final = (rights_faults, data_faults, serving_faults)
"""Importing them has registered their faults."""

KNOWN: Final = {"production", "backup-plan", "customer-key", "alarm-topic", "keys-of-tokens"}
"""What a stack for development is not protected by; notes."""

WITH_STUBS: Final = {
    *("capacity", "deletion-protection", "encryption", "introspection", "log-period"),
    *("stack-resources", "stack-status", "tables-active", "user-pool"),
}
"""Checks of what no local cloud can have, seen failing in tests/unit/doctor."""


class Doctor:
    """The command, as root, with the endpoint's role for the probes."""

    def __init__(self, deployed: Deployment, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.stack = deployed.stack
        cloud = deployed.stack.cloud
        self._kept: dict[str, Any] = {}
        self._template: dict[tuple[Any, ...], Any] = {}
        first = Deployed(self.stack.name, cloud.region, self._client, self._client, self._template)
        # No fault changes it, and to read it takes longer than all of a check.
        first.template()
        self.role = f"arn:aws:iam::{cloud.account}:role/{self.stack.resources['GraphqlRole']}"
        keys = f"aws_access_key_id = {cloud.access_key}\naws_secret_access_key = {cloud.secret_key}"
        file = folder / "aws.ini"
        file.write_text(
            f"[profile root]\n{keys}\n"
            f"[profile probe]\nrole_arn = {self.role}\nsource_profile = root\n"
        )
        for name, value in {
            **cloud.environment(),
            "AWS_CONFIG_FILE": str(file),
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1,localhost",
        }.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setattr(boto3, "DEFAULT_SESSION", None)

    def ask(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Exit code, and the checks by their ids."""
        given = ["doctor", *arguments, "--json", "--stack", self.stack.name]
        result = CliRunner().invoke(app, [*given, "--probe-profile", "probe"])
        assert result.exit_code in {0, 1, 2}, result.output
        found = json.loads(result.stdout)
        assert found["ok"] is (result.exit_code == 0)
        return result.exit_code, {each["id"]: each for each in found["checks"]}

    def findings(self, fault: Fault) -> set[tuple[str, str]]:
        """What the checks of a fault find that is no note: the check, and where."""
        region = self.stack.cloud.region
        now = Deployed(self.stack.name, region, self._client, self._probe, {**self._template})
        return {
            (result.check.id, found.where)
            for result in examine(now, [BY_ID[each] for each in fault.checks])
            for found in result.found
            if result.severity(found) is not Severity.NOTE
        }

    def asked(self) -> set[tuple[str, str]]:
        """Service and operation of every call that a run makes, probes and drift apart."""
        region = self.stack.cloud.region
        now = Deployed(self.stack.name, region, self._client, self._probe)
        assert list(examine(now, CHECKS))
        return {(key[0], key[1]) for key in now._kept if key[0] != "client"}

    def _client(self, service: str, **credentials: str) -> Any:
        if service not in self._kept or credentials:
            made = self.stack.cloud.client(service, **credentials)
            return made if credentials else self._kept.setdefault(service, made)
        return self._kept[service]

    def _probe(self, service: str, **credentials: str) -> Any:
        if credentials:
            return self._client(service, **credentials)
        issued = self._client("sts").assume_role(
            RoleArn=self.role, RoleSessionName="doctor", DurationSeconds=900
        )["Credentials"]
        return self.stack.cloud.client(
            service,
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )


@pytest.fixture(scope="module")
def doctor(deployed: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doctor]:
    with pytest.MonkeyPatch.context() as patch:
        yield Doctor(deployed, tmp_path_factory.mktemp("doctor"), patch)


def test_nothing_is_wrong_with_the_stack_as_deployed(doctor: Doctor) -> None:
    # Other tests of this stack raise alarms on purpose.
    code, checks = doctor.ask("--accept", "alarms-quiet")
    assert {id for id, each in checks.items() if each["unchecked"]} == set()
    told = {id: each["findings"] for id, each in checks.items() if each["findings"]}
    assert {id: told[id] for id in told if id not in KNOWN | {"alarms-quiet"}} == {}
    assert told.keys() >= KNOWN
    assert {each["severity"] for id in KNOWN for each in told[id]} == {"note"}
    assert code == 0
    assert checks.keys() == BY_ID.keys()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_and_named(fault: Fault, doctor: Doctor) -> None:
    with fault.plant(doctor.stack):
        found = doctor.findings(fault)
    assert {check for check, _ in found} == {*fault.checks}
    assert any(fault.where in where for check, where in found if check == fault.checks[0])
    assert not any(fault.where in where for _, where in doctor.findings(fault))


def test_every_check_can_fail() -> None:
    seen = {check for fault in FAULTS for check in fault.checks}
    assert {each.id for each in CHECKS} == seen | KNOWN | WITH_STUBS


def test_the_pipelines_role_may_ask_what_is_asked(doctor: Doctor) -> None:
    role = Template.read(ROOT / "infra" / "delivery.yaml").resources["DeployRole"]["Properties"]
    policies = [each for each in role["Policies"] if "PolicyDocument" in each]
    allowed = {
        action
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
    }
    asked = {_action(service, operation) for service, operation in doctor.asked()}
    assert asked - allowed == set()
    assert len(asked) > 20


RENAMED: Final = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""


def _action(service: str, operation: str) -> str:
    """The action of IAM for a call of boto3."""
    if service == "apigatewayv2":
        return "apigateway:GET"
    pascal = "".join(part.capitalize() for part in operation.split("_"))
    name = f"{service}:{pascal}"
    return RENAMED.get(name, name)


def test_what_may_not_be_looked_at_is_told(doctor: Doctor) -> None:
    # Root is nobody whom the tenant role trusts.
    given = ["doctor", "isolation", "--json", "--stack", doctor.stack.name]
    result = CliRunner().invoke(app, [*given, "--probe-profile", "root"])
    assert result.exit_code == 2
    told = [each["unchecked"] for each in json.loads(result.stdout)["checks"]]
    assert all("--probe-profile" in each for each in told)


def test_a_known_finding_is_accepted_by_its_name(doctor: Doctor) -> None:
    (fault,) = (each for each in FAULTS if each.name == "logs_that_are_kept_for_ever")
    with fault.plant(doctor.stack):
        code, checks = doctor.ask("log-retention", "--accept", "log-retention")
    assert code == 0
    assert checks["log-retention"]["accepted"]
    assert checks["log-retention"]["findings"]
