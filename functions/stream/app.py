"""The stream of a tenant table: every write passes here, at least once.

A record that fails is reported by itself and tried again by the event source mapping, which hands
it to the dead-letter queue in the end; the others of its batch go through. Later records of the
same item wait for it: changes of one item stay in order. What is added up over a batch is written
when all of its records have been handled.
"""

from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,  # pyright: ignore[reportUnknownVariableType] - a bare Callable
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from tenantql.accounts.consumers import consumers as of_accounts
from tenantql.alarms import Alarming, count
from tenantql.commerce.consumers import consumers as of_commerce
from tenantql.engine.changes import Batch, Behind, Dispatcher, Record
from tenantql.engine.failures import log_fields
from tenantql.logs import structured_logger
from tenantql.settings import TenantSettings
from tenantql.table.attributes import RawItem
from tenantql.table.errors import AccessDenied
from tenantql.table.planted import planted_keys
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.revocation import revocations_access
from tenantql.tenancy.routing import Routes
from tenantql.tenancy.sts import sts_over


def _dispatcher_of(settings: TenantSettings) -> Dispatcher:
    transport = settings.wire.transport()
    own, table = settings.wire.own_credentials(), settings.control_table
    role = TenantRole(settings.tenant_role_arn, settings.region, settings.kms_key_arn)
    return Dispatcher(
        [of_accounts, of_commerce],
        Routes(transport, admission.control_access(table, own)),
        Vendor(role, sts_over(settings.wire)),
        transport,
        revocations_access(table, own),
    )


_logger = structured_logger()
_dispatcher = _dispatcher_of(TenantSettings.from_environment())
_processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def _in_order(batch: Batch) -> Callable[[DynamoDBRecord], None]:
    """What handles the records of one batch."""
    failed: set[str] = set()

    def handle(record: DynamoDBRecord) -> None:
        content = record.raw_event["dynamodb"]
        item = repr(content.get("Keys"))
        if item in failed:
            raise Behind
        try:
            _handle(batch, record.raw_event, content)
        except Exception as error:
            failed.add(item)
            _log(error)
            raise

    return handle


def _handle(batch: Batch, event: dict[str, Any], content: dict[str, Any]) -> None:
    before, after = (cast("RawItem | None", content.get(name)) for name in ("OldImage", "NewImage"))
    if after is not None:
        _watch(after)
    # arn:aws:dynamodb:region:account:table/NAME/stream/TIME
    source = event.get("eventSourceARN", "")
    table = source.split("/")[1] if "/" in source else ""
    batch.take(Record(event.get("eventID", ""), table, before, after))


def _watch(image: RawItem) -> None:
    """Raises the alarm for an item that another tenant's index query would answer with."""
    planted = planted_keys(image)
    if planted:
        count(Alarming.FOREIGN_INDEX_KEY, _logger.service, len(planted))
        _logger.error("planted index key", extra={"indexes": planted})


def _log(error: Exception) -> None:
    if isinstance(error, AccessDenied):
        count(Alarming.ACCESS_DENIED, _logger.service)
    # Type and stack; a message could hold data, so no logging.exception.
    _logger.error("record failed", extra=dict(log_fields(error)))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of records in, the ids of those that failed out."""
    batch = _dispatcher.batch()
    answer = cast(
        "dict[str, Any]",
        process_partial_response(event, _in_order(batch), _processor, context),
    )
    late = batch.finish()
    for error in late.values():
        _log(error)
    answer["batchItemFailures"] += [
        {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
        for record in event["Records"]
        if record.get("eventID") in late
    ]
    return answer
