"""Sizes and units as the developer guide has them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from typing import Any

import pytest

from tests.unit.commerce.memory.sizes import item_size, read_units


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
        ({"a": {"SS": ["xy", "z"]}}, 4),
        ({"a": {"M": {}}}, 4),
        ({"a": {"M": {"b": {"S": "cd"}}}}, 8),
        ({"a": {"L": [{"S": "b"}, {"S": "c"}]}}, 8),
    ],
)
def test_the_size_of_an_item(item: dict[str, Any], size: int) -> None:
    assert item_size(item) == size


@pytest.mark.parametrize(
    ("sizes", "consistent", "units"),
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
def test_the_units_of_a_page(sizes: list[int], consistent: bool, units: float) -> None:
    items: list[dict[str, Any]] = [{"a": {"S": "x" * (size - 1)}} for size in sizes]
    assert [item_size(item) for item in items] == sizes
    assert read_units(items, consistent=consistent) == units
