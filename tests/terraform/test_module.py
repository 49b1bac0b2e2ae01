"""infra/terraform: its tables, indexes, scaling and alarms are those of template.yaml, whole."""

import shutil
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final, cast

import hcl2
import pytest

from local import terraform
from local.terraform import CASES, EXAMPLE, INFRASTRUCTURE, KEY, MODULE, TerraformError
from tests.template.breakage import Change, drop, of, put
from tests.template.existing_checks import GIVEN
from tests.template.stack import Node, read_template
from tests.terraform.converted import of_plan, of_template, ordered

STALE: Final = "out of date: make terraform (it needs Terraform and its AWS provider)"

PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "as it comes": {"Environment": "production"},
    "everything": {
        "Environment": "development",
        "KmsKeyArn": KEY,
        "RecoveryPeriodInDays": "7",
        "CapacityMode": "provisioned",
        "CapacityFor": "10M",
        "ContributorInsights": "true",
    },
    "small": {"Environment": "production", "CapacityMode": "provisioned", "CapacityFor": "1M"},
    "large": {"Environment": "production", "CapacityMode": "provisioned", "CapacityFor": "65M"},
}
"""The stack's parameters that say the same as the module's variables."""

FILES: Final = sorted((*MODULE.glob("*.tf"), *EXAMPLE.glob("*.tf")))


def differences(template: Node, case: str, plan: Mapping[str, Any]) -> list[str]:
    """Every resource, and every attribute, that one has and the other has not."""
    ours = ordered(of_template(template, **PARAMETERS[case]))
    theirs = ordered(of_plan(plan))
    return [
        f"{' '.join(key)}: {name} is {ours.get(key, {}).get(name)} in template.yaml"
        f" and {theirs.get(key, {}).get(name)} in Terraform"
        for key in sorted(ours.keys() | theirs.keys())
        for name in sorted(ours.get(key, {}).keys() | theirs.get(key, {}).keys())
        if ours.get(key, {}).get(name) != theirs.get(key, {}).get(name)
    ]


@pytest.fixture(scope="module")
def plans() -> Mapping[str, Any]:
    return terraform.kept()["plans"]


def test_the_plans_are_of_this_module() -> None:
    assert terraform.kept()["digest"] == terraform.digest(), STALE


def test_every_case_is_compared() -> None:
    assert PARAMETERS.keys() == CASES.keys()


@pytest.mark.parametrize("case", CASES)
def test_the_module_is_the_templates(case: str, plans: Mapping[str, Any]) -> None:
    assert len(plans[case]) >= 8
    assert differences(read_template(), case, plans[case]) == []


_GSI: Final = of("DataTable", "GlobalSecondaryIndexes>GSI2")
_TRACKING: Final = "TargetTrackingScalingPolicyConfiguration"
IN_TEMPLATE: Final[Mapping[str, tuple[str, Change]]] = {
    "a key": ("as it comes", put(of("DataTable", "KeySchema>1>AttributeName"), "SORT")),
    "an attribute": (
        "as it comes",
        put(of("ControlTable", "AttributeDefinitions>0>AttributeType"), "B"),
    ),
    "an index": ("as it comes", drop(_GSI)),
    "a projection": ("as it comes", put(f"{_GSI}>Projection>ProjectionType", "KEYS_ONLY")),
    "attributes of a projection": (
        "as it comes",
        put(f"{_GSI}>Projection>NonKeyAttributes", ["name"]),
    ),
    "the stream": (
        "as it comes",
        put(of("DataTable", "StreamSpecification>StreamViewType"), "NEW_IMAGE"),
    ),
    "TTL": ("as it comes", put(of("ControlTable", "TimeToLiveSpecification>Enabled"), False)),
    "recovery": (
        "as it comes",
        put(of("DataTable", "PointInTimeRecoverySpecification>PointInTimeRecoveryEnabled"), False),
    ),
    "its period": (
        "everything",
        put(of("DataTable", "PointInTimeRecoverySpecification>RecoveryPeriodInDays"), 8),
    ),
    "encryption": (
        "everything",
        drop(of("ControlTable", "SSESpecification>Fn::If>1>KMSMasterKeyId")),
    ),
    "the mode": ("as it comes", put(of("DataTable", "BillingMode"), "PROVISIONED")),
    "a class": ("as it comes", put(of("DataTable", "TableClass"), "STANDARD_INFREQUENT_ACCESS")),
    "protection": ("everything", put(of("ControlTable", "DeletionProtectionEnabled"), True)),
    "a tag": ("as it comes", put(of("DataTable", "Tags"), [{"Key": "a", "Value": "b"}])),
    "units": ("small", put("Mappings>DataTableGSI1Write>1M>Least", 4)),
    "a limit": ("large", put("Mappings>ControlTableRead>65M>Most", 7)),
    "a dimension": (
        "everything",
        put(of("DataTableReadTarget", "ScalableDimension"), "dynamodb:table:WriteCapacityUnits"),
    ),
    "a target": ("small", put(of("DataTableReadScaling", f"{_TRACKING}>TargetValue"), 70)),
    "a cooldown": ("small", put(of("DataTableReadScaling", f"{_TRACKING}>ScaleInCooldown"), 1)),
    "insights": (
        "everything",
        drop(f"{_GSI}>ContributorInsightsSpecification"),
    ),
    "a threshold": ("as it comes", put(of("ReadThrottlesAlarm", "Threshold"), 2)),
    "a period": (
        "as it comes",
        put(of("ControlThrottlesAlarm", "Metrics>1>MetricStat>Period"), 300),
    ),
    "a statistic": (
        "as it comes",
        put(of("SystemErrorsAlarm", "Metrics>2>MetricStat>Stat"), "Maximum"),
    ),
    "missing data": ("as it comes", put(of("WriteCapacityAlarm", "TreatMissingData"), "breaching")),
    "an alarm's unit": ("as it comes", put(of("WriteThrottlesAlarm", "Unit"), "Count")),
    "a series": ("as it comes", drop(of("WriteThrottlesAlarm", "Metrics>3"))),
    "an alarm": ("as it comes", drop("Resources>SystemErrorsAlarm")),
    "an alarm that is the stack's": ("as it comes", drop("Resources>SystemErrorsAlarm>Condition")),
}


@pytest.mark.parametrize("what", IN_TEMPLATE)
def test_a_change_of_the_template_is_noticed(what: str, plans: Mapping[str, Any]) -> None:
    case, change = IN_TEMPLATE[what]
    template = read_template()
    change(template)
    assert differences(template, case, plans[case])


def _drop(address: str) -> Callable[[Node], Any]:
    return lambda plan: plan.pop(address)


def _set(address: str, name: str, value: Any) -> Callable[[Node], Any]:
    return lambda plan: plan[address].update({name: value})


IN_TERRAFORM: Final[Mapping[str, Callable[[Node], Any]]] = {
    "no control table": _drop("aws_dynamodb_table.control"),
    "an alarm less": _drop('aws_cloudwatch_metric_alarm.used["ReadCapacityAlarm"]'),
    "an alarm more": lambda plan: plan.update(
        {"aws_cloudwatch_metric_alarm.more": {"alarm_name": "shop-More", "threshold": 1}}
    ),
    "an index more": lambda plan: plan["aws_dynamodb_table.data"]["global_secondary_index"].append(
        {"name": "GSI4"}
    ),
    "a class": _set("aws_dynamodb_table.data", "table_class", "STANDARD_INFREQUENT_ACCESS"),
    "a tag": _set("aws_dynamodb_table.data", "tags", {"a": "b"}),
    "a stream": _set("aws_dynamodb_table.control", "stream_enabled", True),
}


@pytest.mark.parametrize("what", IN_TERRAFORM)
def test_a_change_of_the_module_is_noticed(what: str, plans: Mapping[str, Any]) -> None:
    plan = deepcopy(plans["as it comes"])
    IN_TERRAFORM[what](plan)
    assert differences(read_template(), "as it comes", plan)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_files_are_formatted_and_parse(file: Any) -> None:
    with file.open(encoding="utf-8") as text:
        assert hcl2.load(text)
    if shutil.which("terraform") is None:
        pytest.skip("Terraform is not installed, so its formatter did not look at the file")
    try:
        terraform.run(INFRASTRUCTURE, "fmt", "-check", str(file))
    except TerraformError as error:
        pytest.fail(str(error))


def test_outputs_are_parameters_of_the_stack() -> None:
    with (MODULE / "outputs.tf").open(encoding="utf-8") as text:
        found = cast("dict[str, Any]", hcl2.load(text))
    parameters: dict[str, Any] = found["locals"][0]["parameters"]
    names = {name.strip('"') for name in parameters if not name.startswith("__")}
    assert names <= read_template()["Parameters"].keys()
    assert {*GIVEN, "TableUpkeep"} <= names
