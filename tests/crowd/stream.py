"""The table's stream: in order for each item, late, again, and in batches that fail in part."""

from logging import getLogger
from random import Random
from typing import Any
from zlib import crc32

from tenantql.accounts.consumers import consumers as of_accounts
from tenantql.commerce.consumers import consumers as of_commerce
from tenantql.engine.changes import Dispatcher
from tenantql.table.attributes import RawItem
from tests.crowd.cloud import Cloud
from tests.crowd.faults import Faults
from tests.crowd.stage import Stage
from tests.unit.builders import TABLE
from tests.unit.functions.loading import ENVIRONMENT, Log, load

SHARDS = 3
MOST = 300
"""How often a record may fail; it was a matter of chance up to then."""


class Shard:
    """Records of a part of the items, and the function that they are delivered to."""

    def __init__(self, number: int, cloud: Cloud) -> None:
        self.name = f"shard {number}"
        self.records: list[dict[str, Any]] = []
        self.idle = True
        self.tries = 0
        self._module: Any = load("stream", ENVIRONMENT)
        self.log = Log(self._module._logger)
        getLogger(self._module.__name__).propagate = False
        self._module._dispatcher = Dispatcher(
            [of_accounts, of_commerce],
            cloud.routes,
            cloud.vendor,
            cloud,
            cloud.revocations,
        )

    def handle(self, batch: list[dict[str, Any]]) -> set[str]:
        """The records that the function says it has failed with."""
        answer = self._module.handler({"Records": batch}, None)
        return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


class Stream:
    """Delivers what is written, by the rules of Lambda's event source mapping."""

    def __init__(self, stage: Stage, cloud: Cloud, faults: Faults, chance: Random) -> None:
        self._stage, self._faults, self._chance = stage, faults, chance
        self.shards = [Shard(number, cloud) for number in range(SHARDS)]
        self.delivered = self.repeated = self.failed = self._numbers = 0

    def take(self, old: RawItem | None, new: RawItem | None) -> None:
        """A write: a record at the end of its item's shard."""
        item = new or old or {}
        keys = {name: item[name] for name in ("PK", "SK")}
        self._numbers += 1
        content: dict[str, Any] = {"SequenceNumber": str(self._numbers), "Keys": keys}
        content |= {} if old is None else {"OldImage": old}
        content |= {} if new is None else {"NewImage": new}
        shard = self.shards[crc32(f"{keys['PK']['S']}|{keys['SK']['S']}".encode()) % SHARDS]
        shard.records.append(
            {
                "eventID": f"event-{self._numbers}",
                "eventSourceARN": f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}/stream/1",
                "dynamodb": content,
            }
        )

    @property
    def quiet(self) -> bool:
        """Whether everything has been delivered, and followed."""
        return all(shard.idle and not shard.records for shard in self.shards)

    def deliver(self, shard: Shard) -> None:
        """Delivers the next records. The first that fails comes again, and all after it."""
        batch = shard.records[: self._chance.choice((1, 2, 5, 25, 100))]
        shard.idle = False
        self._faults.begin(self._stage.current)
        failed = shard.handle(batch)
        shard.idle = True
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        assert failed <= {*numbers}
        if self._faults.died(self._stage.current) or self._chance.random() < 0.1:
            # Nobody has heard that they were handled.
            self.repeated += len(batch)
            return
        done = next((n for n, number in enumerate(numbers) if number in failed), len(batch))
        self.failed += len(failed)
        self.delivered += done
        del shard.records[:done]
        shard.tries = 0 if done else shard.tries + 1
        assert shard.tries < MOST, (
            f"this record never succeeds: {batch[0]}\n{shard.log.text[-2000:]}"
        )
