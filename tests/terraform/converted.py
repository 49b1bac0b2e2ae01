"""Resources of template.yaml in Terraform's words, so that both sides can be compared whole.

Each converter takes what it knows away from the properties, and whatever is left is kept under its
own name: so anything that one side has and the other has not is a difference.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from tests.template.stack import Node, Stack
from tests.template.table_checks import references

type Resources = dict[tuple[str, ...], Node]
"""What is given of each resource, by its type and what tells it from others of that type."""

INSIGHTS: Final = "aws_dynamodb_contributor_insights"


PARAMETERS: Final = {"ExistingDataTable", "ExistingControlTable", "TableUpkeep"}
"""Parameters on which it depends whether the stack has what Terraform has."""


def of_template(template: Node, **parameters: str) -> Resources:
    """What the stack has of the tables and around them: all that is conditional on who has them."""
    stack = Stack.of(_of_tables(template), **parameters)
    found: Resources = {}
    for name, body in stack.resources.items():
        if body["Type"] not in CONVERTERS:
            raise ValueError(f"{name} goes with the tables, and Terraform has no {body['Type']}")
        found |= dict(CONVERTERS[body["Type"]](name, dict(body["Properties"]), stack))
    return found


def _of_tables(template: Node) -> Node:
    conditions: Node = template["Conditions"]
    chosen = {name for name, body in conditions.items() if references(body) & PARAMETERS}
    chosen |= {name for name, body in conditions.items() if _conditions(body) & chosen}
    resources = {
        name: {**body, "Properties": _without_actions(body["Properties"])}
        for name, body in template["Resources"].items()
        if body.get("Condition") in chosen
    }
    return {**template, "Resources": resources, "Outputs": {}}


def _conditions(node: Any) -> set[str]:
    """Conditions that a condition is made of."""
    if isinstance(node, list):
        return {name for part in cast("list[Any]", node) for name in _conditions(part)}
    if not isinstance(node, dict):
        return set()
    return {
        name
        for key, part in cast("Node", node).items()
        for name in ({part} if key == "Condition" else _conditions(part))
    }


def _without_actions(properties: Node) -> Node:
    """Whom an alarm tells is left out: the stack gathers alarms to pages, Terraform does not."""
    return {key: part for key, part in properties.items() if not key.endswith("Actions")}


def _table(_: str, body: Node, __: Stack) -> Iterator[tuple[tuple[str, ...], Node]]:
    name = body.pop("TableName")
    stream = body.pop("StreamSpecification", {})
    ttl = body.pop("TimeToLiveSpecification", {})
    recovery = body.pop("PointInTimeRecoverySpecification", {})
    key = body.pop("SSESpecification", {})
    assert key.pop("SSEType", "KMS") == "KMS"
    yield from _insights(name, None, body)
    indexes: list[Node] = []
    for index in body.pop("GlobalSecondaryIndexes", []):
        yield from _insights(name, index["IndexName"], index)
        projection = index.pop("Projection")
        indexes.append(
            {
                "name": index.pop("IndexName"),
                "projection_type": projection.pop("ProjectionType"),
                **_keys(index),
                **_capacity(index),
                **projection,
                **index,
            }
        )
    yield (
        ("aws_dynamodb_table", name),
        {
            "name": name,
            "billing_mode": body.pop("BillingMode"),
            "deletion_protection_enabled": body.pop("DeletionProtectionEnabled"),
            **_keys(body),
            **_capacity(body),
            "attribute": [
                {"name": each["AttributeName"], "type": each["AttributeType"]}
                for each in body.pop("AttributeDefinitions")
            ],
            **({"global_secondary_index": indexes} if indexes else {}),
            **({"stream_enabled": True} if stream else {}),
            **({"stream_view_type": stream.pop("StreamViewType")} if stream else {}),
            **stream,
            "ttl": [
                {"attribute_name": ttl.pop("AttributeName"), "enabled": ttl.pop("Enabled"), **ttl}
            ],
            "point_in_time_recovery": [
                {
                    "enabled": recovery.pop("PointInTimeRecoveryEnabled"),
                    "recovery_period_in_days": int(recovery.pop("RecoveryPeriodInDays")),
                    **recovery,
                }
            ],
            "server_side_encryption": [
                {
                    "enabled": key.pop("SSEEnabled"),
                    **({"kms_key_arn": key.pop("KMSMasterKeyId")} if len(key) else {}),
                    **key,
                }
            ],
            **body,
        },
    )


def _keys(body: Node) -> Node:
    names = {"HASH": "hash_key", "RANGE": "range_key"}
    return {names[each["KeyType"]]: each["AttributeName"] for each in body.pop("KeySchema")}


def _capacity(body: Node) -> Node:
    given = body.pop("ProvisionedThroughput", {})
    names = {"ReadCapacityUnits": "read_capacity", "WriteCapacityUnits": "write_capacity"}
    return {names[key]: units for key, units in given.items()}


def _insights(table: str, index: str | None, body: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    given = body.pop("ContributorInsightsSpecification", {"Enabled": False})
    if given.pop("Enabled"):
        named = {"table_name": table, **({"index_name": index} if index else {})}
        yield (INSIGHTS, table, index or ""), {**named, **given}


def _target(_: str, body: Node, __: Stack) -> Iterator[tuple[tuple[str, ...], Node]]:
    resource, dimension = body.pop("ResourceId"), body.pop("ScalableDimension")
    yield (
        ("aws_appautoscaling_target", resource, dimension),
        {
            "resource_id": resource,
            "scalable_dimension": dimension,
            "service_namespace": body.pop("ServiceNamespace"),
            "min_capacity": body.pop("MinCapacity"),
            "max_capacity": body.pop("MaxCapacity"),
            **body,
        },
    )


def _policy(_: str, body: Node, stack: Stack) -> Iterator[tuple[tuple[str, ...], Node]]:
    target = stack.properties(body.pop("ScalingTargetId"))
    tracking = body.pop("TargetTrackingScalingPolicyConfiguration")
    metric = tracking.pop("PredefinedMetricSpecification")
    resource, dimension = target["ResourceId"], target["ScalableDimension"]
    yield (
        ("aws_appautoscaling_policy", resource, dimension),
        {
            "name": body.pop("PolicyName"),
            "policy_type": body.pop("PolicyType"),
            "resource_id": resource,
            "scalable_dimension": dimension,
            "service_namespace": target["ServiceNamespace"],
            "target_tracking_scaling_policy_configuration": [
                {
                    "target_value": tracking.pop("TargetValue"),
                    "scale_in_cooldown": tracking.pop("ScaleInCooldown"),
                    "scale_out_cooldown": tracking.pop("ScaleOutCooldown"),
                    "disable_scale_in": tracking.pop("DisableScaleIn", False),
                    "predefined_metric_specification": [
                        {
                            "predefined_metric_type": metric.pop("PredefinedMetricType"),
                            **metric,
                        }
                    ],
                    **tracking,
                }
            ],
            **body,
        },
    )


_ALARM: Final = {
    "AlarmDescription": "alarm_description",
    "ComparisonOperator": "comparison_operator",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "EvaluationPeriods": "evaluation_periods",
    "Threshold": "threshold",
    "TreatMissingData": "treat_missing_data",
}


def _alarm(name: str, body: Node, _: Stack) -> Iterator[tuple[tuple[str, ...], Node]]:
    known = {ours: body.pop(theirs) for theirs, ours in _ALARM.items() if theirs in body}
    queries = [_query(dict(each)) for each in body.pop("Metrics")]
    yield (
        ("aws_cloudwatch_metric_alarm", name),
        {"alarm_name": name, "actions_enabled": True, **known, "metric_query": queries, **body},
    )


def _query(body: Node) -> Node:
    found: Node = {"id": body.pop("Id"), "return_data": body.pop("ReturnData", True)}
    if "Expression" in body:
        return {**found, "expression": body.pop("Expression"), **body}
    stat = dict(body.pop("MetricStat"))
    metric = dict(stat.pop("Metric"))
    dimensions = {each["Name"]: each["Value"] for each in metric.pop("Dimensions", [])}
    found["metric"] = [
        {
            "namespace": metric.pop("Namespace"),
            "metric_name": metric.pop("MetricName"),
            "stat": stat.pop("Stat"),
            "period": stat.pop("Period"),
            **({"dimensions": dimensions} if dimensions else {}),
            **metric,
            **stat,
        }
    ]
    return {**found, **body}


CONVERTERS: Final[
    Mapping[str, Callable[[str, Node, Stack], Iterator[tuple[tuple[str, ...], Node]]]]
] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::ApplicationAutoScaling::ScalableTarget": _target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _policy,
    "AWS::CloudWatch::Alarm": _alarm,
}


def of_plan(plan: Mapping[str, Node]) -> Resources:
    """The resources of a plan, named alike."""
    found: Resources = {}
    for address, given in plan.items():
        kind, values = address.partition(".")[0], dict(given)
        match kind:
            case "aws_dynamodb_table":
                key = (kind, values["name"])
            case "aws_dynamodb_contributor_insights":
                key = (kind, values["table_name"], values.get("index_name", ""))
            case "aws_cloudwatch_metric_alarm":
                values["alarm_name"] = values["alarm_name"].removeprefix("shop-")
                key = (kind, values["alarm_name"])
            case _:
                key = (kind, values["resource_id"], values["scalable_dimension"])
        found[key] = values
    return found


def ordered(value: Any) -> Any:
    """The same with what has no order in one: attributes, indexes, series."""
    if isinstance(value, Mapping):
        mapping = cast("Mapping[Any, Any]", value)
        return {key: ordered(part) for key, part in mapping.items()}
    if isinstance(value, list):
        parts = [ordered(part) for part in cast("list[Any]", value)]
        return sorted(parts, key=lambda part: json.dumps(part, sort_keys=True))
    return value
