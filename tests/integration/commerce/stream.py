"""The stream of the data table, handed to the consumers in this process as the function does it."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, cast

from tenantql.engine.changes import Record
from tenantql.table.attributes import RawItem
from tenantql.table.calls import Transport
from tests.integration.commerce.shop import Shop


class Stream:
    """What is written to a shop from now on, delivered when a test says so, and how it says so."""

    def __init__(self, shop: Shop) -> None:
        self._lead = f"TENANT#{shop.tenant}#"
        self._table = shop.installation.stack.data_table
        self._installation = shop.installation
        self._client: Any = shop.installation.cloud.client("dynamodbstreams")
        self._arn = shop.installation.stack.stream_arn
        shards = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        self._iterators: list[str] = [self._latest(shard["ShardId"]) for shard in shards]

    def read(self) -> list[Record]:
        """The records since the last look, in the order of the writes."""
        found: list[Record] = []
        left = [*range(len(self._iterators))]
        while left:
            answers = [self._client.get_records(ShardIterator=self._iterators[n]) for n in left]
            for number, answer in zip(left, answers, strict=True):
                self._iterators[number] = answer["NextShardIterator"]
                found += [self._record(record) for record in answer["Records"]]
            left = [n for n, answer in zip(left, answers, strict=True) if answer["Records"]]
        return [each for each in found if self._is_own(each)]

    def deliver(
        self, records: Sequence[Record], wrap: Callable[[Transport], Transport] | None = None
    ) -> None:
        """Hands records to the consumers, in one batch; what they call goes through `wrap`."""
        batch = self._installation.dispatcher(wrap).batch()
        for record in records:
            batch.take(record)
        assert batch.finish() == {}

    def settle(self) -> list[Record]:
        """Delivers what was written, and what the consumers write then; returns all of it."""
        found: list[Record] = []
        while records := self.read():
            self.deliver(records)
            found += records
        return found

    def settle_untidily(self, seed: int) -> list[Record]:
        """As `settle`, but each record twice, and the second time late and in any order."""
        found = self.settle()
        again = [*found]
        Random(seed).shuffle(again)
        self.deliver(again)
        return found + self.settle()

    def _latest(self, shard: str) -> str:
        asked = {"StreamArn": self._arn, "ShardId": shard, "ShardIteratorType": "LATEST"}
        return self._client.get_shard_iterator(**asked)["ShardIterator"]

    def _record(self, record: dict[str, Any]) -> Record:
        content = record["dynamodb"]
        before, after = (
            cast("RawItem | None", content.get(name)) for name in ("OldImage", "NewImage")
        )
        return Record(record["eventID"], self._table, before, after)

    def _is_own(self, record: Record) -> bool:
        image = record.after or record.before or {}
        return str(image["PK"]["S"]).startswith(self._lead)
