"""What hangs on a table and is no setting of it: scaling, alarms, and the consumers of its stream.

The stack moves it when it is told of another table, so it is compared after the switch.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from cli.recovery.deployed import Deployed
from cli.recovery.settings import TABLE

_TARGET: Final = ("ScalableDimension", "MinCapacity", "MaxCapacity")
_POLICY: Final = ("ScalableDimension", "PolicyType", "TargetTrackingScalingPolicyConfiguration")
_ALARM: Final = (
    *("Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period"),
    *("EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator"),
    *("TreatMissingData", "Metrics", "AlarmActions", "AlarmDescription"),
)
_CONSUMER: Final = (
    *("FunctionArn", "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor"),
    *("MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError"),
    *("FunctionResponseTypes", "DestinationConfig", "FilterCriteria"),
)
_OF_SCALING: Final = "TargetTracking-"
"""How the alarms start that target tracking makes for itself."""


def read(deployed: Deployed, table: str) -> dict[str, Any]:
    """What hangs on a table: lists in an order of their own, its name replaced by a mark."""
    found = {
        "scaling": _scaling(deployed, table),
        "alarms": _alarms(deployed, table),
        "consumers": _consumers(deployed, table),
    }
    plain = json.loads(json.dumps(found, default=str).replace(table, TABLE))
    return {name: sorted(each, key=json.dumps) for name, each in plain.items()}


def mappings(deployed: Deployed, table: str) -> list[Mapping[str, Any]]:
    """The event source mappings of a table's streams, also of those that it no longer has."""
    streams = f"{deployed.table_arn(table)}/stream/"
    return [
        each
        for each in deployed.pages("lambda", "list_event_source_mappings", "EventSourceMappings")
        if str(each.get("EventSourceArn")).startswith(streams)
    ]


def _scaling(deployed: Deployed, table: str) -> list[Any]:
    described = deployed.table(table) or {}
    if described.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return []
    service = "application-autoscaling"
    found: list[Any] = []
    for operation, key, members in (
        ("describe_scalable_targets", "ScalableTargets", _TARGET),
        ("describe_scaling_policies", "ScalingPolicies", _POLICY),
    ):
        for each in deployed.pages(service, operation, key, ServiceNamespace="dynamodb"):
            place = f"{each['ResourceId']}/"
            if place.startswith(f"table/{table}/"):
                found.append({"place": place, **_only(each, members)})
    return found


def _alarms(deployed: Deployed, table: str) -> list[Any]:
    return [
        _only(each, _ALARM)
        for each in deployed.pages("cloudwatch", "describe_alarms", "MetricAlarms")
        if f'"{table}"' in json.dumps(each, default=str)
        and not each["AlarmName"].startswith(_OF_SCALING)
    ]


def _consumers(deployed: Deployed, table: str) -> list[Any]:
    return [
        {**_only(each, _CONSUMER), "on": each.get("State") in {"Enabled", "Enabling", "Creating"}}
        for each in mappings(deployed, table)
    ]


def _only(each: Mapping[str, Any], members: tuple[str, ...]) -> dict[str, Any]:
    return {name: each[name] for name in members if name in each}
