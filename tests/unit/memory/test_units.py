"""Units by DynamoDB's documented rules: sizes of attributes, and whole units of 4 KB."""

from typing import Any

import pytest

from local.memory.units import consumed, item_bytes, page_units, read_units, write_units


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"shirt-color": {"S": "R"}, "shirt-size": {"S": "M"}}, 23),
        ({"a": {"S": "\N{EURO SIGN}"}}, 4),
        ({"a": {"BOOL": True}}, 2),
        ({"a": {"N": "1"}}, 3),
        ({"a": {"N": "100"}}, 3),
        ({"a": {"N": "27"}}, 3),
        ({"a": {"N": "123"}}, 4),
        ({"a": {"N": "-27"}}, 4),
        ({"a": {"N": "0"}}, 2),
        ({"a": {"L": []}}, 4),
        ({"a": {"SS": ["xy", "z"]}}, 4),
        ({"a": {"M": {}}}, 4),
        ({"a": {"M": {"b": {"S": "cd"}}}}, 8),
        ({"a": {"L": [{"S": "b"}, {"S": "c"}]}}, 8),
    ],
)
def test_the_size_of_an_item(item: dict[str, Any], size: int) -> None:
    assert item_bytes(item) == size


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


@pytest.mark.parametrize(
    ("sizes", "strong", "units"),
    [
        ([], True, 1),
        ([], False, 0.5),
        ([4096], True, 1),
        ([4097], True, 2),
        ([4097], False, 1),
        # The items of a page are added first: 40 of 100 bytes are one unit, not forty.
        ([100] * 40, True, 1),
        ([1024] * 9, False, 1.5),
    ],
)
def test_the_units_of_a_page(sizes: list[int], strong: bool, units: float) -> None:
    assert page_units(sum(sizes), strong=strong) == units


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
