"""Faults of tables, of the stream, and of the bucket."""

from collections.abc import Generator
from typing import Any

from local.deployment.stack import Stack
from tests.e2e.faults import FURTHER, client, fault, further_table, table_of


@fault("ttl", where="-01")
def items_that_never_expire(stack: Stack) -> Generator[None]:
    dynamodb, name = client(stack, "dynamodb"), table_of(stack)

    def switch(*, on: bool) -> None:
        specification = {"Enabled": on, "AttributeName": "expires_at"}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)

    switch(on=False)
    yield
    switch(on=True)


@fault("point-in-time-recovery", where="-control")
def a_table_that_cannot_be_restored(stack: Stack) -> Generator[None]:
    dynamodb, name = client(stack, "dynamodb"), stack.resources["ControlTable"]

    def switch(*, on: bool) -> None:
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
        )

    switch(on=False)
    yield
    switch(on=True)


@fault("indexes", where=f"{FURTHER}/GSI3")
def a_table_without_an_index(stack: Stack) -> Generator[None]:
    dynamodb = client(stack, "dynamodb")
    like = dynamodb.describe_table(TableName=table_of(stack))["Table"]
    indexes = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
        for index in like["GlobalSecondaryIndexes"]
        if index["IndexName"] != "GSI3"
    ]
    attributes = [
        each
        for each in like["AttributeDefinitions"]
        if not each["AttributeName"].startswith("GSI3")
    ]
    changes: dict[str, Any] = {"GlobalSecondaryIndexes": indexes}
    with further_table(stack, AttributeDefinitions=attributes, **changes):
        yield


@fault("keys", where=FURTHER)
def a_table_with_other_keys(stack: Stack) -> Generator[None]:
    keys = [
        {"AttributeName": "SK", "KeyType": "HASH"},
        {"AttributeName": "PK", "KeyType": "RANGE"},
    ]
    with further_table(stack, KeySchema=keys):
        yield


@fault("streams", "ttl", "point-in-time-recovery", where=FURTHER)
def a_table_that_nobody_set_up(stack: Stack) -> Generator[None]:
    with further_table(stack):
        yield


@fault("capacity", where=FURTHER)
def a_table_that_is_billed_otherwise(stack: Stack) -> Generator[None]:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    dynamodb = client(stack, "dynamodb")
    like = dynamodb.describe_table(TableName=table_of(stack))["Table"]
    indexes = [
        {**{key: each[key] for key in ("IndexName", "KeySchema", "Projection")}, **throughput}
        for each in like["GlobalSecondaryIndexes"]
        for throughput in [{"ProvisionedThroughput": units}]
    ]
    changes: dict[str, Any] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    with further_table(stack, GlobalSecondaryIndexes=indexes, **changes):
        yield


@fault("stream-running", where="-01")
def a_stream_that_nobody_follows(stack: Stack) -> Generator[None]:
    functions, id = client(stack, "lambda"), stack.resources["StreamFunctionChanges"]
    functions.update_event_source_mapping(UUID=id, Enabled=False)
    yield
    functions.update_event_source_mapping(UUID=id, Enabled=True)


@fault("stream-mapping", where="-01")
def a_stream_that_tries_for_ever(stack: Stack) -> Generator[None]:
    functions, id = client(stack, "lambda"), stack.resources["StreamFunctionChanges"]
    functions.update_event_source_mapping(UUID=id, MaximumRetryAttempts=-1)
    yield
    functions.update_event_source_mapping(UUID=id, MaximumRetryAttempts=8)


@fault("dead-letters", where="StreamDeadLetterQueue")
def a_change_that_was_given_up(stack: Stack) -> Generator[None]:
    sqs, url = client(stack, "sqs"), stack.resources["StreamDeadLetterQueue"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    yield
    sqs.purge_queue(QueueUrl=url)


@fault("dead-letter-queue", where="StreamDeadLetterQueue")
def a_queue_that_is_not_encrypted(stack: Stack) -> Generator[None]:
    sqs, url = client(stack, "sqs"), stack.resources["StreamDeadLetterQueue"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "false"})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})


@fault("images-bucket", where="ImagesBucket")
def a_bucket_that_may_become_public(stack: Stack) -> Generator[None]:
    s3, name = client(stack, "s3"), stack.resources["ImagesBucket"]
    before = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=name)
    yield
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=before)


@fault("images-bucket", where="ImagesBucket")
def a_bucket_that_is_reached_without_tls(stack: Stack) -> Generator[None]:
    s3, name = client(stack, "s3"), stack.resources["ImagesBucket"]
    before = s3.get_bucket_policy(Bucket=name)["Policy"]
    s3.delete_bucket_policy(Bucket=name)
    yield
    s3.put_bucket_policy(Bucket=name, Policy=before)
