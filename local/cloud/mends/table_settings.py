"""Settings of a table from CloudFormation that ministack leaves out.

``TimeToLiveSpecification``, ``PointInTimeRecoverySpecification`` and
``ContributorInsightsSpecification`` (of the table and of each index) are ignored throughout,
``SSESpecification`` on creation. An on-demand table is described with 5 provisioned units, an
index without its ARN and status, a stream with a label that is not the one of its ARN. A table
with deletion protection is deleted all the same. The stream specification and deletion protection
are described as they should be.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

from typing import Any

from local.cloud.mends import shape

_TABLE = "AWS::DynamoDB::Table"
_TTL_MEMBERS = ("AttributeName", "Enabled")


def apply() -> None:
    """Replace the handlers of a table in CloudFormation."""
    create = shape.resource_handler(_TABLE, "create", "logical_id", "props", "stack_name")
    update = shape.resource_handler(
        _TABLE, "update", "physical_id", "old_props", "new_props", "stack_name", "logical_id"
    )
    delete = shape.resource_handler(_TABLE, "delete", "physical_id", "props")
    settings = _Settings()

    def create_table(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        name, attributes = create(logical_id, props, stack_name)
        settings.describe(name, props)
        settings.set(name, props)
        return name, {**attributes, **settings.stream(name)}

    def update_table(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        result = update(physical_id, old_props, new_props, stack_name, logical_id)
        settings.set(result[0], new_props)
        return result

    def delete_table(physical_id: str, props: dict[str, Any]) -> Any:
        settings.refuse_if_protected(physical_id)
        return delete(physical_id, props)

    shape.resource_handlers(_TABLE).update(
        create=create_table, update=update_table, delete=delete_table
    )


class _Settings:
    def __init__(self) -> None:
        self._dynamodb = dynamodb = shape.module("services.dynamodb")
        for name in ("_update_ttl", "_update_continuous_backups", "_update_contributor_insights"):
            shape.function(dynamodb, name, "data")
        shape.function(dynamodb, "_sse_description_from_spec", "spec")

    def describe(self, name: str, props: dict[str, Any]) -> None:
        """What DescribeTable shows of a new table."""
        table = self._dynamodb._tables[name]
        encryption: dict[str, Any] = props.get("SSESpecification") or {}
        if encryption.get("SSEEnabled"):
            table["SSEDescription"] = self._dynamodb._sse_description_from_spec(
                {**encryption, "Enabled": True}
            )
        if props.get("BillingMode") == "PAY_PER_REQUEST":
            table["ProvisionedThroughput"] = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            table[kind] = [
                {
                    **index,
                    "IndexArn": f"{table['TableArn']}/index/{index['IndexName']}",
                    "IndexSizeBytes": 0,
                    "ItemCount": 0,
                    **({"IndexStatus": "ACTIVE"} if kind.startswith("Global") else {}),
                }
                for index in table[kind]
            ]

    def stream(self, name: str) -> dict[str, str]:
        """The stream's ARN, as an attribute; it ends in the label, which has no time zone."""
        table = self._dynamodb._tables[name]
        if not table.get("LatestStreamArn"):
            return {}
        arn = table["LatestStreamArn"].removesuffix("Z")
        table.update(LatestStreamArn=arn, LatestStreamLabel=arn.rpartition("/")[2])
        return {"StreamArn": arn}

    def set(self, name: str, props: dict[str, Any]) -> None:
        """What has a call of its own, also switched off again where the template drops it."""
        ttl = props.get("TimeToLiveSpecification")
        if ttl:
            data = {member: ttl[member] for member in _TTL_MEMBERS if member in ttl}
            self._call("_update_ttl", name, {"TimeToLiveSpecification": data})
        else:
            self._dynamodb._ttl_settings.pop(name, None)
        backups: dict[str, Any] = props.get("PointInTimeRecoverySpecification") or {}
        enabled = bool(backups.get("PointInTimeRecoveryEnabled"))
        days = {name: backups[name] for name in ("RecoveryPeriodInDays",) if name in backups}
        specification = {"PointInTimeRecoveryEnabled": enabled, **days}
        self._call(
            "_update_continuous_backups", name, {"PointInTimeRecoverySpecification": specification}
        )
        owners: list[dict[str, Any]] = [props, *(props.get("GlobalSecondaryIndexes") or [])]
        for owner in owners:
            insights: dict[str, Any] = owner.get("ContributorInsightsSpecification") or {}
            index = {"IndexName": owner["IndexName"]} if "IndexName" in owner else {}
            action = "ENABLE" if insights.get("Enabled") else "DISABLE"
            self._call(
                "_update_contributor_insights", name, {"ContributorInsightsAction": action, **index}
            )

    def refuse_if_protected(self, name: str) -> None:
        """Raise ValueError, which fails the deletion, for a table with deletion protection."""
        table = self._dynamodb._tables.get(name)
        if table and table.get("DeletionProtectionEnabled"):
            raise ValueError(
                "Resource cannot be deleted as it is currently protected against deletion. "
                f"Disable deletion protection first: {name}"
            )

    def _call(self, function: str, name: str, data: dict[str, Any]) -> None:
        status, _, body = getattr(self._dynamodb, function)({"TableName": name, **data})
        if status >= 400:
            raise ValueError(f"{_TABLE}: {body!r}")
