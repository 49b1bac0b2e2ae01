"""The stream on a laptop: in order, again after a failure, given up in the end, and for real."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from local.function import FunctionError
from local.stream import ATTEMPTS, StreamReader, following

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/shop/stream/1"


class Stream:
    """A stream of one shard, as its API answers."""

    def __init__(self, *numbers: int) -> None:
        self.pages = [[record(number) for number in numbers]]

    def describe_stream(self, **_: Any) -> dict[str, Any]:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard"}]}}

    def get_shard_iterator(self, **asked: Any) -> dict[str, Any]:
        assert asked["ShardIteratorType"] == "LATEST"
        return {"ShardIterator": "1"}

    def get_records(self, **_: Any) -> dict[str, Any]:
        return {"Records": self.pages.pop() if self.pages else [], "NextShardIterator": "2"}


class Function:
    """A function that fails for some records, so many times, and remembers its batches."""

    def __init__(self, failures: Mapping[str, int] | None = None, crashes: int = 0) -> None:
        self.failures = dict(failures or {})
        self.crashes = crashes
        self.batches: list[list[str]] = []
        self.events: list[Mapping[str, Any]] = []

    async def __call__(self, event: Mapping[str, Any], request_id: str) -> Any:
        assert request_id
        numbers = [entry["dynamodb"]["SequenceNumber"] for entry in event["Records"]]
        self.batches.append(numbers)
        self.events.append(event)
        if self.crashes:
            self.crashes -= 1
            raise FunctionError("it ended")
        failed = [number for number in numbers if self.failures.get(number, 0) > 0]
        for number in failed:
            self.failures[number] -= 1
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def record(number: int) -> dict[str, Any]:
    created = datetime(2026, 11, 21, 9, tzinfo=UTC)
    content = {"SequenceNumber": str(number), "ApproximateCreationDateTime": created}
    return {"eventID": str(number), "eventName": "INSERT", "dynamodb": content}


def followed(function: Function, *numbers: int, batches: int) -> list[list[str]]:
    async def follow() -> None:
        reader: Any = StreamReader(Stream(*numbers), ARN, function)  # pyright: ignore[reportArgumentType]
        async with asyncio.timeout(10), following(reader):
            while len(function.batches) < batches:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.01)

    asyncio.run(follow())
    return function.batches


def test_a_batch_is_an_event_as_lambda_sends_it() -> None:
    function = Function()
    assert followed(function, 1, 2, batches=1) == [["1", "2"]]
    event = function.events[0]
    assert [entry["eventSourceARN"] for entry in event["Records"]] == [ARN, ARN]
    assert json.loads(json.dumps(event)) == event, "plain JSON, with its time in seconds"


def test_catching_up_hands_on_all_that_is_there() -> None:
    stream, function = Stream(3), Function()
    stream.pages.append([record(1), record(2)])
    reader: Any = StreamReader(stream, ARN, function)  # pyright: ignore[reportArgumentType]

    async def catch_up() -> list[str]:
        place = await reader.end()
        await reader.catch_up(place)
        return place

    assert asyncio.run(catch_up()) == ["2"]
    assert function.batches == [["1", "2"], ["3"]]


def test_what_fails_comes_again_with_all_after_it() -> None:
    found = followed(Function({"2": 1}), 1, 2, 3, batches=2)
    assert found == [["1", "2", "3"], ["2", "3"]]


def test_a_function_that_ends_gets_the_batch_again() -> None:
    assert followed(Function(crashes=1), 1, 2, batches=2) == [["1", "2"], ["1", "2"]]


def test_a_record_that_always_fails_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    found = followed(Function({"1": 99}), 1, batches=ATTEMPTS)
    assert found == [["1"]] * ATTEMPTS
    assert "gave 1 records of the stream up" in caplog.text


TOP = 'query { topCustomers(currency: "%s", first: 100) { nodes { spend { amount } } } }'
OPEN = "query { invoices(status: OPEN, first: 1) { nodes { id total { amount currency } } } }"
PAY = "mutation($id: ID!) { payInvoice(input: {id: $id}) { invoice { status } } }"


@pytest.mark.xdist_group("development server")
def test_a_payment_reaches_the_list_of_customers(client: httpx.Client) -> None:
    token = client.get("/tokens/acme/admin").text

    def ask(text: str, **variables: str) -> Any:
        answer = client.post(
            "/graphql",
            json={"query": text, "variables": variables},
            headers={"authorization": f"Bearer {token}"},
        )
        return answer.json()["data"]

    (invoice,) = ask(OPEN)["invoices"]["nodes"]
    text = TOP % invoice["total"]["currency"]

    def spent() -> int:
        return sum(entry["spend"]["amount"] for entry in ask(text)["topCustomers"]["nodes"])

    before = spent()
    assert ask(PAY, id=invoice["id"])["payInvoice"]["invoice"]["status"] == "PAID"
    deadline = time.monotonic() + 10
    while spent() == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert spent() == before + invoice["total"]["amount"]
