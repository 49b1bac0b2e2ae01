"""Probes of composite alarms and of alarms on metric math, made by CloudFormation."""

from typing import Any

from botocore.exceptions import ClientError, WaiterError

from local.cloud import LocalCloud
from tests.cloud.identities import connect, unique
from tests.cloud.probes.registry import probe
from tests.cloud.stacks import deploy


def _alarm(**properties: Any) -> dict[str, Any]:
    shared = {
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**shared, **properties}}


@probe("composite_alarms")
def a_composite_alarm_follows_its_children(cloud: LocalCloud) -> bool:
    name = unique("Rate")
    resources = {
        "One": _alarm(Namespace="Probe", MetricName=name, Statistic="Sum", Period=60),
        "Either": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmRule": {"Fn::Sub": 'ALARM("${One}") OR ALARM("${One}")'}},
        },
    }
    try:
        stack = deploy(cloud, resources)
    except (ClientError, WaiterError):
        return False
    cloudwatch = connect(cloud, "cloudwatch")
    states: list[str] = []
    for value in (0.0, 1.0):
        cloudwatch.put_metric_data(
            Namespace="Probe", MetricData=[{"MetricName": name, "Value": value}]
        )
        found = cloudwatch.describe_alarms(
            AlarmNames=[stack["Either"]], AlarmTypes=["CompositeAlarm"]
        )
        states += [alarm["StateValue"] for alarm in found["CompositeAlarms"]]
    return states == ["OK", "ALARM"]


@probe("composite_alarms")
def an_alarm_on_an_expression_is_made(cloud: LocalCloud) -> bool:
    metrics = [
        {"Id": "share", "Expression": "100 * part"},
        {
            "Id": "part",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "Probe", "MetricName": "Part"},
                "Period": 60,
                "Stat": "Sum",
            },
        },
    ]
    try:
        stack = deploy(cloud, {"Share": _alarm(Metrics=metrics)})
    except (ClientError, WaiterError):
        return False
    alarms = connect(cloud, "cloudwatch").describe_alarms(AlarmNames=[stack["Share"]])
    return [alarm["StateValue"] for alarm in alarms["MetricAlarms"]] == ["INSUFFICIENT_DATA"]
