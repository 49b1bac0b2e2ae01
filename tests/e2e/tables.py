"""Tables beside those of the stack, as a restore makes them."""

from collections.abc import Mapping
from typing import Any, Final

from local.deployment.stack import Stack

DATA: Final = "tenantql-local-data-basic-02"
CONTROL: Final = "tenantql-local-control-02"
NAME: Final = "Acme, restored"
"""What the organisation of acme is called there, so that one sees whose answer it is."""


def other_tables(stack: Stack) -> Mapping[str, str]:
    """Copies of the stack's tables, and the template's parameters that give it these."""
    dynamodb: Any = stack.cloud.client("dynamodb")
    _copy(dynamodb, stack.outputs["DataTableName"], DATA)
    _copy(dynamodb, stack.outputs["ControlTableName"], CONTROL)
    for route in dynamodb.scan(TableName=CONTROL)["Items"]:
        if "table" in route:
            dynamodb.put_item(TableName=CONTROL, Item={**route, "table": {"S": DATA}})
    organisation = {"PK": {"S": "TENANT#acme#ORGANISATION"}, "SK": {"S": "ORGANISATION"}}
    item = dynamodb.get_item(TableName=DATA, Key=organisation)["Item"]
    dynamodb.put_item(TableName=DATA, Item={**item, "name": {"S": NAME}})
    found = dynamodb.describe_table(TableName=DATA)["Table"]
    return {
        "ExistingDataTable": DATA,
        "ExistingDataTableStream": found["LatestStreamLabel"],
        "ExistingControlTable": CONTROL,
    }


def _copy(dynamodb: Any, table: str, name: str) -> None:
    """A table of another name with the keys, the indexes, the stream and the items of this one."""
    found: dict[str, Any] = dynamodb.describe_table(TableName=table)["Table"]
    settings = {
        key: found[key]
        for key in ("AttributeDefinitions", "KeySchema", "StreamSpecification")
        if found.get(key)
    }
    given: list[dict[str, Any]] = found.get("GlobalSecondaryIndexes") or []
    indexes = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in given
    ]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        **settings,
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            dynamodb.put_item(TableName=name, Item=item)
