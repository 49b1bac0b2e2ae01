"""What hangs on a table: scaling, which the local cloud does not have, and what goes missing."""

import copy
from typing import Any

from cli.recovery import moving, surroundings
from cli.recovery.records import Restore
from tests.unit.recovery.fakes import TABLE, TARGET, Client, deployed


def _scaling(table: str) -> Client:
    place = {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{table}/index/GSI1"}
    dimension = {"ScalableDimension": "dynamodb:index:ReadCapacityUnits"}
    tracking = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "DynamoDBReadCapacityUtilization"
        },
    }
    other = {**place, "ResourceId": f"table/{table}-other"}
    return Client(
        describe_scalable_targets={
            "ScalableTargets": [
                {**place, **dimension, "MinCapacity": 5, "MaxCapacity": 1000},
                {**other, **dimension, "MinCapacity": 1, "MaxCapacity": 1},
            ]
        },
        describe_scaling_policies={
            "ScalingPolicies": [
                {
                    **place,
                    **dimension,
                    "PolicyType": "TargetTrackingScaling",
                    "TargetTrackingScalingPolicyConfiguration": tracking,
                }
            ]
        },
    )


def _alarms(*tables: str) -> Client:
    alarm: Any = {"Namespace": "AWS/DynamoDB", "MetricName": "ReadThrottleEvents", "Threshold": 1.0}
    return Client(
        describe_alarms={
            "MetricAlarms": [
                {**alarm, "AlarmName": name, "Dimensions": [{"Name": "TableName", "Value": table}]}
                for table in tables
                for name in (f"throttles of {table}", f"TargetTracking-table/{table}-High")
            ]
        }
    )


PROVISIONED = Client(describe_table={"Table": {"BillingModeSummary": {}}})
NO_CONSUMERS = Client(list_event_source_mappings={"EventSourceMappings": []})


def _around(table: str) -> Any:
    found = deployed(
        application_autoscaling=_scaling(table),
        cloudwatch=_alarms(table),
        dynamodb=PROVISIONED,
        **{"lambda": NO_CONSUMERS},
    )
    return surroundings.read(found, table)


def test_two_tables_of_one_kind_have_the_same() -> None:
    found = _around(TABLE)
    assert found == _around(TARGET)
    assert (len(found["scaling"]), len(found["alarms"])) == (2, 1)


def test_scaling_that_did_not_follow_is_told() -> None:
    restore = Restore(TARGET, TABLE, "latest", {}, _around(TABLE))
    after = deployed(
        application_autoscaling=_scaling(TABLE),
        cloudwatch=_alarms(TABLE, TARGET),
        dynamodb=PROVISIONED,
        **{"lambda": NO_CONSUMERS},
    )
    (wrong,) = moving.missing(after, restore)
    assert (wrong.setting, wrong.found, len(wrong.expected)) == ("scaling", [], 2)


def test_another_limit_is_told() -> None:
    around = copy.deepcopy(_around(TABLE))
    for target in around["scaling"]:
        if "MaxCapacity" in target:
            target["MaxCapacity"] = 2000
    after = deployed(
        application_autoscaling=_scaling(TARGET),
        cloudwatch=_alarms(TARGET),
        dynamodb=PROVISIONED,
        **{"lambda": NO_CONSUMERS},
    )
    (wrong,) = moving.missing(after, Restore(TARGET, TABLE, "latest", {}, around))
    assert [each["MaxCapacity"] for each in wrong.expected] == [2000]
