"""The stream's consumers: the mapping of each table's stream, and what they gave up."""

from collections.abc import Iterator
from typing import Any, Final

from cli.doctor.comparing import differences
from cli.doctor.deployed import MAPPING, Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node

GROUP: Final = "stream"
QUEUE: Final = "StreamDeadLetterQueue"
COMPARED: Final = (
    *("BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "FunctionResponseTypes"),
    *("MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "ParallelizationFactor"),
)
"""What of a mapping is compared with the template's."""


def _mappings(stack: Deployed) -> list[Node]:
    """What calls the stream function, through its alias or past it."""
    listed = stack.pages("lambda", "list_event_source_mappings", "EventSourceMappings")
    name = stack.physical("StreamFunction")
    return [each for each in listed if name in each["FunctionArn"].split(":")]


def _mapped(stack: Deployed) -> Iterator[Found]:
    (wanted,) = stack.of_type(MAPPING).values()
    alias = stack.physical("StreamFunctionAliaslive")
    for table in stack.data_tables:
        stream = stack.table(table).get("LatestStreamArn")
        given = [each for each in _mappings(stack) if each["EventSourceArn"] == stream]
        if not given and table == stack.outputs["DataTableName"]:
            yield Found(table, "nobody follows its stream")
        elif not given:
            # One that tenants were moved away from is kept for a while.
            told = "nobody follows its stream: has it tenants still?"
            yield Found(table, told, Severity.NOTE)
        for mapping in given:
            if mapping["FunctionArn"] != alias:
                yield Found(table, f"its stream goes to {mapping['FunctionArn']}, not to the alias")
            compared = {name: wanted[name] for name in COMPARED if name in wanted}
            compared["DestinationConfig"] = _target(compared.get("DestinationConfig", {}))
            for each in differences(compared, mapping):
                yield Found(table, each)


def _target(destination: Node) -> Node:
    """The destination without SAM's type of it, which Lambda does not keep."""
    found = destination.get("OnFailure", {}).get("Destination")
    return {"OnFailure": {"Destination": found}}


def _running(stack: Deployed) -> Iterator[Found]:
    for mapping in _mappings(stack):
        table = mapping["EventSourceArn"].split("/")[1]
        if mapping["State"] not in {"Enabled", "Enabling", "Creating", "Updating"}:
            yield Found(table, f"the mapping of its stream is {mapping['State']}")
        last = mapping.get("LastProcessingResult", "")
        if last.startswith("PROBLEM"):
            yield Found(table, f"the last batch of its stream: {last}")


def _letters(stack: Deployed) -> Iterator[Found]:
    attributes = _attributes(stack)
    waiting = int(attributes.get("ApproximateNumberOfMessages", 0))
    if waiting:
        yield Found(QUEUE, f"about {waiting} batches were given up")


def _encrypted(stack: Deployed) -> Iterator[Found]:
    attributes = _attributes(stack)
    if attributes.get("SqsManagedSseEnabled") != "true" and "KmsMasterKeyId" not in attributes:
        yield Found(QUEUE, "is not encrypted")
    wanted = stack.resources[QUEUE]["Properties"]
    for each in differences(
        {"MessageRetentionPeriod": wanted["MessageRetentionPeriod"]}, attributes
    ):
        yield Found(QUEUE, each)


def _attributes(stack: Deployed) -> Node:
    found = stack.read(
        "sqs", "get_queue_attributes", QueueUrl=stack.physical(QUEUE), AttributeNames=["All"]
    )
    return found["Attributes"]


def _check(id: str, holds: str, why: str, mend: str, look: Any) -> Check:
    return Check(id, GROUP, holds, why, mend, Severity.FAULT, look)


CHECKS: Final = (
    _check(
        "stream-mapping",
        "The stream of each tenant table goes to the stream function's alias, as the template says",
        "Lists, search, statistics and revocations follow the stream.",
        "Deploy the stack again; for a table beside the template, make a mapping like the first's.",
        _mapped,
    ),
    _check(
        "stream-running",
        "The mapping is on and gets on",
        "A stream keeps changes for a day; what nobody has read by then is lost.",
        "aws lambda update-event-source-mapping --uuid ID --enabled; then ./tenantql rebuild.",
        _running,
    ),
    _check(
        "dead-letters",
        "No change was given up by its consumers",
        "What is in the queue was done by nobody: a list or a sum is wrong.",
        "Mend the cause, then ./tenantql rebuild --tenant ID; then purge the queue.",
        _letters,
    ),
    _check(
        "dead-letter-queue",
        "The queue is encrypted and keeps what it has",
        "Positions in the stream are needed for longer than a weekend.",
        "Deploy the stack again.",
        _encrypted,
    ),
)
