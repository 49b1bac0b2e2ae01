"""Each setting of a table: how it is read and how it is set.

A restore keeps keys, indexes, capacity and encryption. Everything else starts as on a new table
(API reference of DynamoDB, page RestoreTableToPointInTime; that page does not name deletion
protection, insights, resource policies, table class and limits, so they are not relied on either).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.recovery.deployed import SECONDS, Deployed, code

PROTECTION: Final = "deletion protection"
_ON: Final = ("ENABLED", "ENABLING")
_PATIENCE: Final = 150
"""Tries to switch recovery on, which a table refuses at first: five minutes."""


@dataclass(frozen=True)
class Setting:
    """A setting by the name under which it is reported.

    `read` gets what DynamoDB says of the table; its answer is plain JSON, None for nothing set.
    `put` is None where only the restore itself can keep it.
    """

    name: str
    read: Callable[[Deployed, Mapping[str, Any]], Any]
    put: Callable[[Deployed, str, Any], None] | None = None


def _indexes(described: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        yield from sorted(described.get(kind) or (), key=lambda index: index["IndexName"])


def _keys(_: Deployed, described: Mapping[str, Any]) -> Any:
    types = sorted(described["AttributeDefinitions"], key=lambda each: each["AttributeName"])
    return {"keys": described["KeySchema"], "types": types}


def _index_keys(_: Deployed, described: Mapping[str, Any]) -> Any:
    return {
        index["IndexName"]: {"keys": index["KeySchema"], "projection": index["Projection"]}
        for index in _indexes(described)
    }


def _billing(_: Deployed, described: Mapping[str, Any]) -> Any:
    return described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")


def _limits(_: Deployed, described: Mapping[str, Any]) -> Any:
    parts = {"": described, **{index["IndexName"]: index for index in _indexes(described)}}
    found = {name: part.get("OnDemandThroughput") for name, part in parts.items()}
    # -1 is what DynamoDB says for no limit.
    return {name: each for name, each in found.items() if each and {*each.values()} != {-1}}


def _put_limits(deployed: Deployed, table: str, wanted: Any) -> None:
    none = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
    described = deployed.table(table) or {}
    updates = [
        {"Update": {"IndexName": name, "OnDemandThroughput": wanted.get(name, none)}}
        for name in (index["IndexName"] for index in _indexes(described))
        if name in wanted or name in _limits(deployed, described)
    ]
    more = {"GlobalSecondaryIndexUpdates": updates} if updates else {}
    deployed.dynamodb.update_table(TableName=table, OnDemandThroughput=wanted.get("", none), **more)


def _encryption(_: Deployed, described: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = described.get("SSEDescription") or {}
    if found.get("Status") not in {*_ON, "UPDATING"}:
        return None
    return {"type": found.get("SSEType"), "key": found.get("KMSMasterKeyArn")}


def encryption_override(wanted: Any) -> dict[str, Any]:
    """The specification of an encryption, as a restore or an update takes it."""
    if wanted is None:
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": wanted["type"], "KMSMasterKeyId": wanted["key"]}


def _put_encryption(deployed: Deployed, table: str, wanted: Any) -> None:
    deployed.dynamodb.update_table(TableName=table, SSESpecification=encryption_override(wanted))


def _table_class(_: Deployed, described: Mapping[str, Any]) -> Any:
    return described.get("TableClassSummary", {}).get("TableClass", "STANDARD")


def _put_table_class(deployed: Deployed, table: str, wanted: Any) -> None:
    deployed.dynamodb.update_table(TableName=table, TableClass=wanted)


def _stream(_: Deployed, described: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = described.get("StreamSpecification") or {}
    return found.get("StreamViewType") if found.get("StreamEnabled", bool(found)) else None


def _put_stream(deployed: Deployed, table: str, wanted: Any) -> None:
    found = deployed.table(table) or {}
    if _stream(deployed, found) is not None:
        # A stream's view cannot be changed, only the stream.
        deployed.dynamodb.update_table(
            TableName=table, StreamSpecification={"StreamEnabled": False}
        )
        deployed.until_active(table)
    if wanted is not None:
        specification = {"StreamEnabled": True, "StreamViewType": wanted}
        deployed.dynamodb.update_table(TableName=table, StreamSpecification=specification)


def _ttl(deployed: Deployed, described: Mapping[str, Any]) -> Any:
    answer = deployed.dynamodb.describe_time_to_live(TableName=described["TableName"])
    found = answer["TimeToLiveDescription"]
    return found.get("AttributeName") if found.get("TimeToLiveStatus") in _ON else None


def _put_ttl(deployed: Deployed, table: str, wanted: Any) -> None:
    now = _ttl(deployed, {"TableName": table})
    specification = {"Enabled": wanted is not None, "AttributeName": wanted or now}
    deployed.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def _recovery(deployed: Deployed, described: Mapping[str, Any]) -> Any:
    answer = deployed.dynamodb.describe_continuous_backups(TableName=described["TableName"])
    found = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    on = found.get("PointInTimeRecoveryStatus") in _ON
    return {"days": found.get("RecoveryPeriodInDays", 35)} if on else None


def _put_recovery(deployed: Deployed, table: str, wanted: Any) -> None:
    specification: dict[str, Any] = {"PointInTimeRecoveryEnabled": wanted is not None}
    if wanted is not None:
        specification["RecoveryPeriodInDays"] = wanted["days"]
    for tries in range(_PATIENCE):
        try:
            deployed.dynamodb.update_continuous_backups(
                TableName=table, PointInTimeRecoverySpecification=specification
            )
        except ClientError as error:
            # While backups are still being enabled on a table that is new.
            if code(error) != "ContinuousBackupsUnavailableException" or tries == _PATIENCE - 1:
                raise
            deployed.wait(SECONDS)
        else:
            return


def _tags(deployed: Deployed, described: Mapping[str, Any]) -> Any:
    pages = deployed.pages(
        "dynamodb", "list_tags_of_resource", "Tags", ResourceArn=described["TableArn"]
    )
    # Those of CloudFormation name the stack that owns a table, and nobody else can set them.
    return {each["Key"]: each["Value"] for each in pages if not each["Key"].startswith("aws:")}


def _put_tags(deployed: Deployed, table: str, wanted: Any) -> None:
    arn = deployed.table_arn(table)
    surplus = sorted(_tags(deployed, {"TableArn": arn}).keys() - wanted.keys())
    if surplus:
        deployed.dynamodb.untag_resource(ResourceArn=arn, TagKeys=surplus)
    if wanted:
        tags = [{"Key": name, "Value": value} for name, value in wanted.items()]
        deployed.dynamodb.tag_resource(ResourceArn=arn, Tags=tags)


def _protection(_: Deployed, described: Mapping[str, Any]) -> Any:
    return bool(described.get("DeletionProtectionEnabled"))


def _put_protection(deployed: Deployed, table: str, wanted: Any) -> None:
    deployed.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=wanted)


def _insights(deployed: Deployed, described: Mapping[str, Any]) -> Any:
    found: dict[str, str] = {}
    indexes = (index["IndexName"] for index in described.get("GlobalSecondaryIndexes") or ())
    for name in ("", *indexes):
        answer = deployed.dynamodb.describe_contributor_insights(
            TableName=described["TableName"], **({"IndexName": name} if name else {})
        )
        if answer.get("ContributorInsightsStatus") in _ON:
            found[name] = answer.get("ContributorInsightsMode", "ACCESSED_AND_THROTTLED_KEYS")
    return found


def _put_insights(deployed: Deployed, table: str, wanted: Any) -> None:
    now = _insights(deployed, deployed.table(table) or {})
    for name in {*now, *wanted}:
        action: dict[str, Any] = {"ContributorInsightsAction": "DISABLE"}
        if name in wanted:
            action = {
                "ContributorInsightsAction": "ENABLE",
                "ContributorInsightsMode": wanted[name],
            }
        index = {"IndexName": name} if name else {}
        deployed.dynamodb.update_contributor_insights(TableName=table, **index, **action)


def _policy(deployed: Deployed, described: Mapping[str, Any]) -> Any:
    try:
        answer = deployed.dynamodb.get_resource_policy(ResourceArn=described["TableArn"])
    except ClientError as error:
        if code(error) != "PolicyNotFoundException":
            raise
        return None
    return json.loads(answer["Policy"])


def _put_policy(deployed: Deployed, table: str, wanted: Any) -> None:
    arn = deployed.table_arn(table)
    if wanted is None:
        deployed.dynamodb.delete_resource_policy(ResourceArn=arn)
    else:
        deployed.dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(wanted))


def _kinesis(deployed: Deployed, described: Mapping[str, Any]) -> Any:
    answer = deployed.dynamodb.describe_kinesis_streaming_destination(
        TableName=described["TableName"]
    )
    return sorted(
        each["StreamArn"]
        for each in answer.get("KinesisDataStreamDestinations", ())
        if each.get("DestinationStatus") in {"ACTIVE", "ENABLING", "UPDATING"}
    )


def _put_kinesis(deployed: Deployed, table: str, wanted: Any) -> None:
    now = _kinesis(deployed, {"TableName": table})
    for stream in wanted:
        if stream not in now:
            deployed.dynamodb.enable_kinesis_streaming_destination(
                TableName=table, StreamArn=stream
            )


def _replicas(_: Deployed, described: Mapping[str, Any]) -> Any:
    return sorted(each["RegionName"] for each in described.get("Replicas") or ())


SETTINGS: Final = (
    Setting("keys", _keys),
    Setting("indexes", _index_keys),
    Setting("billing mode", _billing),
    Setting("limits on demand", _limits, _put_limits),
    Setting("encryption", _encryption, _put_encryption),
    Setting("table class", _table_class, _put_table_class),
    Setting(PROTECTION, _protection, _put_protection),
    Setting("point-in-time recovery", _recovery, _put_recovery),
    Setting("stream", _stream, _put_stream),
    Setting("time to live", _ttl, _put_ttl),
    Setting("tags", _tags, _put_tags),
    Setting("contributor insights", _insights, _put_insights),
    Setting("resource policy", _policy, _put_policy),
    Setting("Kinesis streams", _kinesis, _put_kinesis),
    Setting("replicas", _replicas),
)
"""All settings that are compared, in the order in which they are put back."""
