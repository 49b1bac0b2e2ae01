"""Units by DynamoDB's documented rules: sizes of attributes, and whole units of 4 KB."""

from typing import Any

import pytest

from benchmarks.units import consumed, item_bytes, read_units, write_units


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "Ada"}, 3),
        ({"S": "é"}, 2),
        ({"N": "27"}, 2),
        ({"N": "-27"}, 3),
        ({"N": "100"}, 2),
        ({"BOOL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "a"}]}, 5),
        ({"M": {"k": {"S": "a"}}}, 6),
    ],
)
def test_the_size_of_a_value(value: dict[str, Any], size: int) -> None:
    assert item_bytes({"n": value}) == 1 + size


def test_a_type_without_a_rule_is_told() -> None:
    with pytest.raises(ValueError, match="type NS"):
        item_bytes({"n": {"NS": ["1"]}})


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4095, 1), (4096, 2), (8191, 2)])
def test_a_read_is_whole_units(size: int, units: int) -> None:
    item = {"n": {"S": "a" * size}}
    strong, eventual = {"ConsistentRead": True}, {"ConsistentRead": False}
    assert read_units("GetItem", strong, {"Item": item}) == units
    assert read_units("GetItem", eventual, {"Item": item}) == units / 2
    assert read_units("Query", strong, {"Items": [item]}) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1024, 1), (1025, 2)])
def test_a_write_is_whole_units_and_double_in_a_transaction(size: int, units: int) -> None:
    assert write_units(size, transactional=False) == units
    assert write_units(size, transactional=True) == 2 * units


def test_a_page_is_rounded_once_and_a_batch_item_by_item() -> None:
    items = [{"n": {"S": "a" * 2000}}] * 3
    assert read_units("Query", {"ConsistentRead": True}, {"Items": items}) == 2
    keys: list[dict[str, Any]] = [{}] * 4
    asked = {"RequestItems": {"t": {"Keys": keys, "ConsistentRead": True}}}
    assert read_units("BatchGetItem", asked, {"Responses": {"t": items}}) == 4
    assert read_units("PutItem", {}, {}) == 0


def test_a_read_of_nothing_costs_the_least() -> None:
    assert read_units("GetItem", {"ConsistentRead": False}, {}) == 0.5


def test_what_an_answer_says_of_its_tables() -> None:
    assert consumed({}) == 0
    assert consumed({"ConsumedCapacity": {"CapacityUnits": 2.0}}) == 2
    assert consumed({"ConsumedCapacity": [{"CapacityUnits": 2.0}, {"CapacityUnits": 1.0}]}) == 3
