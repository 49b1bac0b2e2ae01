"""The stream of a tenant table: every write passes here, at least once.

A record that fails is reported by itself and tried again by the event source mapping, which
hands it to the dead-letter queue in the end; the others of its batch go through.
"""

from typing import Any, Final, cast

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,  # pyright: ignore[reportUnknownVariableType] - a bare Callable
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from tenantql.table.attributes import RawItem
from tenantql.table.planted import planted_keys

NAMESPACE: Final = "TenantQL"
"""Of metrics; template.yaml has alarms on it."""

_logger = Logger()
_processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def _watch(record: DynamoDBRecord) -> None:
    """Raises the alarm for an item that another tenant's index query would answer with."""
    image = cast(RawItem | None, record.raw_event["dynamodb"].get("NewImage"))
    planted = planted_keys(image) if image is not None else []
    if planted:
        with single_metric(
            "ForeignIndexKey", MetricUnit.Count, len(planted), namespace=NAMESPACE
        ) as metric:
            metric.add_dimension("service", _logger.service)
        _logger.error("planted index key", extra={"indexes": planted})


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of records in, the ids of those that failed out."""
    return cast(
        dict[str, Any],
        process_partial_response(event, _watch, _processor, context),
    )
