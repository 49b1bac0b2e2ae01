"""Checks of tables that no local cloud can have wrong."""

from typing import Any

import pytest

from cli.doctor.findings import Severity
from tests.unit.doctor.stubs import Answers, deployed, found

TABLE = "shop-datatable"
KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}]
INDEX = {"IndexName": "GSI1", "KeySchema": KEYS, "Projection": {"ProjectionType": "ALL"}}


def described(**changes: Any) -> Answers:
    table = {"TableName": TABLE, "TableStatus": "ACTIVE", "KeySchema": KEYS, **changes}
    listed = ("list_tables", {"TableNames": [TABLE]})
    return [listed, ("describe_table", {"Table": table})]


def template(**properties: Any) -> dict[str, Any]:
    return {"DataTable": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}


def test_a_table_that_is_not_there() -> None:
    stack = deployed(template(), answers={"dynamodb": [("list_tables", {"TableNames": []})]})
    assert [each.where for each in found("tables-active", stack)] == [TABLE]


@pytest.mark.parametrize(("status", "count"), [("ACTIVE", 0), ("UPDATING", 1)])
def test_a_table_that_is_not_active(status: str, count: int) -> None:
    stack = deployed(template(), answers={"dynamodb": described(TableStatus=status)})
    assert len(found("tables-active", stack)) == count


@pytest.mark.parametrize(("protected", "count"), [(True, 0), (False, 1)])
def test_a_table_without_protection(*, protected: bool, count: int) -> None:
    answers = described(DeletionProtectionEnabled=protected)
    stack = deployed(template(DeletionProtectionEnabled=True), answers={"dynamodb": answers})
    assert len(found("deletion-protection", stack)) == count


def test_a_stack_for_development_asks_for_no_protection() -> None:
    answers = described(DeletionProtectionEnabled=False)
    stack = deployed(template(DeletionProtectionEnabled=False), answers={"dynamodb": answers})
    assert found("deletion-protection", stack) == []


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        ({"Status": "ENABLED", "KMSMasterKeyArn": KEY}, []),
        ({}, [None]),
        ({"Status": "ENABLED", "KMSMasterKeyArn": f"{KEY}2"}, [None]),
        (
            {
                "Status": "ENABLED",
                "KMSMasterKeyArn": KEY,
                "InaccessibleEncryptionDateTime": "2026-11-21",
            },
            [Severity.CRITICAL],
        ),
    ],
)
def test_a_table_under_another_key(given: dict[str, Any], severities: list[Any]) -> None:
    wanted = {"SSEEnabled": True, "KMSMasterKeyId": KEY}
    answers = {"dynamodb": described(SSEDescription=given)}
    stack = deployed(template(SSESpecification=wanted), answers=answers)
    assert [each.severity for each in found("encryption", stack)] == severities


def scaling(*missing: str, suspended: bool = False) -> dict[str, Answers]:
    """The answers of Application Auto Scaling, without some dimensions."""
    places = [
        (f"table/{TABLE}{index}", f"dynamodb:{kind}:{access}CapacityUnits")
        for index, kind in (("", "table"), ("/index/GSI1", "index"))
        for access in ("Read", "Write")
    ]
    places = [place for place in places if not any(f"{place[0]} {place[1]}" == m for m in missing)]
    shared = {"ServiceNamespace": "dynamodb", "CreationTime": "2026-11-21"}
    targets: list[dict[str, Any]] = [
        {
            **shared,
            "ResourceId": place,
            "ScalableDimension": dimension,
            "MinCapacity": 1,
            "MaxCapacity": 9,
            "RoleARN": "arn:aws:iam::123456789012:role/scaling",
            "SuspendedState": {"DynamicScalingInSuspended": suspended},
        }
        for place, dimension in places
    ]
    policies: list[dict[str, Any]] = [
        {
            **shared,
            "ResourceId": place,
            "ScalableDimension": dimension,
            "PolicyARN": "arn",
            "PolicyName": "scaling",
            "PolicyType": "TargetTrackingScaling",
        }
        for place, dimension in places
    ]
    return {
        "application-autoscaling": [
            ("describe_scalable_targets", {"ScalableTargets": targets}),
            ("describe_scaling_policies", {"ScalingPolicies": policies}),
        ]
    }


READS = f"table/{TABLE}/index/GSI1 dynamodb:index:ReadCapacityUnits"


@pytest.mark.parametrize(
    ("answers", "wheres"),
    [
        (scaling(), []),
        (scaling(READS), [f"{TABLE}/index/GSI1"]),
        (scaling(suspended=True), [TABLE, TABLE, *[f"{TABLE}/index/GSI1"] * 2]),
    ],
)
def test_a_provisioned_table_scales_with_its_indexes(
    answers: dict[str, Answers], wheres: list[str]
) -> None:
    stack = deployed(
        template(BillingMode="PROVISIONED"),
        answers={"dynamodb": described(GlobalSecondaryIndexes=[INDEX]), **answers},
    )
    assert [each.where for each in found("capacity", stack)] == wheres
