"""Probes of the settings of tables."""

from typing import Any

from local.cloud import LocalCloud
from tests.cloud.identities import connect, error_code
from tests.cloud.probes.registry import probe
from tests.cloud.stacks import deploy


def table_resource(**properties: Any) -> dict[str, Any]:
    """A table with one index, for CloudFormation."""
    keys = [{"AttributeName": "PK", "KeyType": "HASH"}]
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": keys,
            "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "GSI1",
                    "KeySchema": keys,
                    "Projection": {"ProjectionType": "ALL"},
                    "ContributorInsightsSpecification": {"Enabled": True},
                }
            ],
            **properties,
        },
    }


@probe("table_settings")
def time_to_live_is_on(cloud: LocalCloud) -> bool:
    ttl = {"AttributeName": "expires_at", "Enabled": True}
    table = deploy(cloud, {"T": table_resource(TimeToLiveSpecification=ttl)})["T"]
    found = connect(cloud, "dynamodb").describe_time_to_live(TableName=table)
    wanted = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    return found["TimeToLiveDescription"] == wanted


@probe("table_settings")
def point_in_time_recovery_is_on_and_off_again(cloud: LocalCloud) -> bool:
    enabled = {"PointInTimeRecoveryEnabled": True}
    stack = deploy(cloud, {"T": table_resource(PointInTimeRecoverySpecification=enabled)})

    def status() -> str:
        found = connect(cloud, "dynamodb").describe_continuous_backups(TableName=stack["T"])
        backups = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return backups["PointInTimeRecoveryStatus"]

    first = status()
    deploy(cloud, {"T": table_resource()}, name=stack["name"])
    return (first, status()) == ("ENABLED", "DISABLED")


@probe("table_settings")
def contributor_insights_are_on(cloud: LocalCloud) -> bool:
    specification = {"ContributorInsightsSpecification": {"Enabled": True}}
    table = deploy(cloud, {"T": table_resource(**specification)})["T"]
    client = connect(cloud, "dynamodb")
    return all(
        client.describe_contributor_insights(TableName=table, **index)["ContributorInsightsStatus"]
        == "ENABLED"
        for index in ({}, {"IndexName": "GSI1"})
    )


@probe("table_settings")
def encryption_with_a_key_is_described(cloud: LocalCloud) -> bool:
    arn = f"arn:aws:kms:{cloud.region}:{cloud.account}:key/11111111-2222-3333-4444-555555555555"
    specification = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    table = deploy(cloud, {"T": table_resource(SSESpecification=specification)})["T"]
    found = connect(cloud, "dynamodb").describe_table(TableName=table)["Table"]
    wanted = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}
    return found.get("SSEDescription") == wanted


@probe("table_settings")
def indexes_and_throughput_are_described(cloud: LocalCloud) -> bool:
    table = deploy(cloud, {"T": table_resource()})["T"]
    found = connect(cloud, "dynamodb").describe_table(TableName=table)["Table"]
    index = found["GlobalSecondaryIndexes"][0]
    return (
        found["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
        and index.get("IndexStatus") == "ACTIVE"
        and index.get("IndexArn") == f"{found['TableArn']}/index/GSI1"
    )


@probe("table_settings")
def a_streams_label_ends_its_arn(cloud: LocalCloud) -> bool:
    specification = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
    table = deploy(cloud, {"T": table_resource(**specification)})["T"]
    found = connect(cloud, "dynamodb").describe_table(TableName=table)["Table"]
    label: str = found["LatestStreamLabel"]
    return found["LatestStreamArn"].endswith(f"/stream/{label}") and not label.endswith("Z")


@probe("table_settings")
def deletion_protection_keeps_the_table(cloud: LocalCloud) -> bool:
    stack = deploy(cloud, {"T": table_resource(DeletionProtectionEnabled=True)})
    cloudformation = connect(cloud, "cloudformation")
    cloudformation.delete_stack(StackName=stack["name"])
    return (
        error_code(lambda: connect(cloud, "dynamodb").describe_table(TableName=stack["T"])) is None
    )
