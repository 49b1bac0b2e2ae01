"""The event source mapping of a laptop: reads the table's stream and hands it to the function.

As Lambda's does it: in order, in batches, what fails comes again with everything after it, and what
still fails in the end is given up (there, it goes to the dead-letter queue; here, to the log).
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from uuid import uuid4

from local.function import FunctionError, FunctionTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

BATCH: Final = 100
PAUSE: Final = 0.25
"""Seconds between two looks at a stream without records."""

ATTEMPTS: Final = 3

_logger = logging.getLogger(__name__)


class Handler(Protocol):
    """A running function."""

    async def __call__(self, event: Mapping[str, Any], request_id: str) -> Any:
        """What the function answers to an event. Raises FunctionError."""
        ...


@dataclass(frozen=True)
class StreamReader:
    """Follows the stream of one table; a place in it is an iterator for each of its shards."""

    client: "DynamoDBStreamsClient"
    arn: str
    handler: Handler

    async def end(self) -> list[str]:
        """The place behind everything that is written so far."""
        return [await self._latest(shard) for shard in await self._shards()]

    async def catch_up(self, place: list[str]) -> None:
        """Hand on what is behind `place`, with what is written thereby; leaves it at the end."""
        while await self._look(place):
            pass

    async def follow(self, place: list[str]) -> None:
        """Hand on what is written, until cancelled."""
        while True:
            if not await self._look(place):
                await asyncio.sleep(PAUSE)

    async def _look(self, place: list[str]) -> int:
        """Hands on a batch of each shard; how many records there were."""
        found = 0
        for number, iterator in enumerate(place):
            answer = await asyncio.to_thread(
                self.client.get_records, ShardIterator=iterator, Limit=BATCH
            )
            place[number] = answer.get("NextShardIterator", iterator)
            records = cast("list[dict[str, Any]]", answer["Records"])
            found += len(records)
            if records:
                await self._hand_on(records)
        return found

    async def _hand_on(self, records: Sequence[dict[str, Any]]) -> None:
        left = [_event(record, self.arn) for record in records]
        for _ in range(ATTEMPTS):
            try:
                answer = await self.handler({"Records": left}, str(uuid4()))
            except (FunctionError, FunctionTimeoutError):
                continue
            failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
            if not failed:
                return
            numbers = [str(record["dynamodb"]["SequenceNumber"]) for record in left]
            left = left[min(numbers.index(number) for number in failed) :]
        _logger.error("gave %d records of the stream up", len(left))

    async def _shards(self) -> list[str]:
        described = await asyncio.to_thread(self.client.describe_stream, StreamArn=self.arn)
        shards = described["StreamDescription"].get("Shards", [])
        return [shard.get("ShardId", "") for shard in shards]

    async def _latest(self, shard: str) -> str:
        answer = await asyncio.to_thread(
            self.client.get_shard_iterator,
            StreamArn=self.arn,
            ShardId=shard,
            ShardIteratorType="LATEST",
        )
        return answer["ShardIterator"]


@asynccontextmanager
async def following(reader: StreamReader, place: list[str] | None = None) -> AsyncGenerator[None]:
    """Follow the stream while the block runs, from its end or an earlier place."""
    task = asyncio.create_task(reader.follow(await reader.end() if place is None else place))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _event(record: dict[str, Any], source: str) -> dict[str, Any]:
    """A record as an event has it: the API's times are dates, the event's are seconds."""
    content: dict[str, Any] = dict(record["dynamodb"])
    created = content.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        content["ApproximateCreationDateTime"] = created.timestamp()
    return record | {"dynamodb": content, "eventSourceARN": source}
