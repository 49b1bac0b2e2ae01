"""The stand-in's table answers like DynamoDB: keys, order, pages, and where a page goes on."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from benchmarks import shop
from benchmarks.stub.table import PAGE_BYTES, Refused, Table
from tenantql.table.attributes import RawItem


def item(sk: str, **more: str) -> RawItem:
    return {"PK": {"S": "p"}, "SK": {"S": sk}} | {name: {"S": text} for name, text in more.items()}


@pytest.fixture
def table() -> Iterator[Table]:
    with Table() as made:
        yield made


def fill(table: Table, *items: RawItem) -> None:
    table.fill(orjson.dumps(each) for each in items)


def ask(table: Table, operation: str, **parameters: Any) -> dict[str, Any]:
    return orjson.loads(table.answer(operation, {"TableName": "t", **parameters}))


def query(
    table: Table, condition: str, names: list[str], values: list[str], **more: Any
) -> dict[str, Any]:
    return ask(
        table,
        "Query",
        KeyConditionExpression=condition,
        ExpressionAttributeNames={f"#{n}": name for n, name in enumerate(names)},
        ExpressionAttributeValues={f":{n}": {"S": value} for n, value in enumerate(values)},
        **more,
    )


def sort_keys(answer: dict[str, Any]) -> list[str]:
    return [found["SK"]["S"] for found in answer["Items"]]


def test_an_item_by_its_key(table: Table) -> None:
    stored = item("a", name="Ada")
    fill(table, stored)
    assert ask(table, "GetItem", Key=item("a"))["Item"] == stored
    missing = ask(table, "GetItem", Key=item("b"), ConsistentRead=True)
    assert missing == {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.0}}


def test_a_batch_leaves_out_what_is_not_there(table: Table) -> None:
    fill(table, item("a"), item("c"))
    keys = [item("a"), item("b"), item("c")]
    asked = {"t": {"Keys": keys, "ConsistentRead": False}}
    answer = ask(table, "BatchGetItem", RequestItems=asked)
    assert answer["Responses"] == {"t": [item("a"), item("c")]}
    assert answer["ConsumedCapacity"] == [{"TableName": "t", "CapacityUnits": 1.5}]


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("#0 = :0", ["p"], ["a1", "a2", "b1"]),
        ("#0 = :0 AND begins_with(#1, :1)", ["p", "a"], ["a1", "a2"]),
        ("#0 = :0 AND #1 BETWEEN :1 AND :2", ["p", "a2", "b1"], ["a2", "b1"]),
        ("#0 = :0 AND #1 = :1", ["p", "a2"], ["a2"]),
        ("(#0 = :0 AND begins_with(#1, :1))", ["p", "b"], ["b1"]),
        ("#0 = :0", ["q"], []),
    ],
)
def test_a_query_answers_with_a_range_in_order(
    table: Table, condition: str, values: list[str], found: list[str]
) -> None:
    fill(table, item("b1"), item("a2"), item("a1"))
    forward = query(table, condition, ["PK", "SK"], values)
    assert sort_keys(forward) == found
    assert "LastEvaluatedKey" not in forward
    backward = query(table, condition, ["PK", "SK"], values, ScanIndexForward=False)
    assert sort_keys(backward) == found[::-1]


@pytest.mark.parametrize("forward", [True, False])
def test_pages_follow_each_other(table: Table, forward: bool) -> None:
    fill(table, *(item(f"{n}", GSI1PK="g", GSI1SK="same") for n in range(5)))
    read: list[str] = []
    more: dict[str, Any] = {"IndexName": "GSI1", "Limit": 2, "ScanIndexForward": forward}
    for _ in range(3):
        answer = query(table, "#0 = :0", ["GSI1PK"], ["g"], **more)
        read += sort_keys(answer)
        more["ExclusiveStartKey"] = answer.get("LastEvaluatedKey")
    assert read == sorted("01234", reverse=not forward)
    assert more["ExclusiveStartKey"] is None


def test_a_page_ends_with_the_item_that_fills_a_megabyte(table: Table) -> None:
    text = "x" * (PAGE_BYTES // 2)
    fill(table, *(item(f"{n}", text=text) for n in range(3)))
    answer = query(table, "#0 = :0", ["PK"], ["p"])
    assert sort_keys(answer) == ["0", "1"]
    assert answer["LastEvaluatedKey"] == item("1")
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 257 * 0.5


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("Scan", {}),
        ("Query", {"IndexName": "GSI1", "ConsistentRead": True}),
        ("Query", {"IndexName": "directory"}),
        ("Query", {"FilterExpression": "#0 = :0"}),
        ("Query", {"KeyConditionExpression": "#0 > :0"}),
        (
            "Query",
            {
                "KeyConditionExpression": "#0 = :0",
                "ExpressionAttributeNames": {"#0": "name"},
                "ExpressionAttributeValues": {":0": {"S": "a"}},
            },
        ),
    ],
)
def test_what_a_resolver_may_not_ask_is_refused(
    table: Table, operation: str, parameters: Any
) -> None:
    with pytest.raises(Refused):
        ask(table, operation, **parameters)


def test_a_table_grows_by_as_many_of_each_list(table: Table) -> None:
    table.fill(shop.shop_items())
    before = len(table)
    table.fill(shop.more_items(before, 400))
    assert len(table) == before + 400
    users = query(table, "#0 = :0", ["GSI3PK"], ["TENANT#acme#USERS#00"], IndexName="GSI3")
    assert users["Count"] == shop.PAGE + 100
    assert len({item["PK"]["S"] for item in users["Items"]}) == shop.PAGE + 100
