"""Attribute values: what an item holds comes back as it was, and nothing else goes in."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table.attributes import decode, decode_item, encode, encode_item
from tenantql.table.errors import InvalidItem

scalars = (
    st.text()
    | st.booleans()
    | st.integers(-(10**37), 10**37)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-9999, max_value=9999)
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(trees)
def test_a_value_comes_back(value: object) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("a", {"S": "a"}),
        ("", {"S": ""}),
        (True, {"BOOL": True}),
        (1, {"N": "1"}),
        (Decimal("1.50"), {"N": "1.50"}),
        ([1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
        ({"a": {"b": False}}, {"M": {"a": {"M": {"b": {"BOOL": False}}}}}),
    ],
)
def test_the_form_of_each_type(value: object, attribute: dict[str, Any]) -> None:
    assert encode(value) == attribute


def test_a_truth_value_stays_one() -> None:
    assert decode(encode(True)) is True


def test_an_absent_value_is_an_absent_attribute() -> None:
    assert encode_item({"a": None, "b": {"c": None, "d": 1}}) == {"b": {"M": {"d": {"N": "1"}}}}
    assert decode_item({"a": {"NULL": True}}) == {"a": None}


def test_a_number_without_a_fraction_is_an_integer() -> None:
    whole, part = decode({"N": "2.0"}), decode({"N": "2.5"})
    assert (whole, type(whole)) == (2, int)
    assert (part, type(part)) == (Decimal("2.5"), Decimal)


@pytest.mark.parametrize("value", [1.5, b"a", {1}, None, object()])
def test_what_an_item_cannot_hold_is_named(value: object) -> None:
    with pytest.raises(InvalidItem, match=f"cannot hold a {type(value).__name__}"):
        encode([value])


@pytest.mark.parametrize("kind", ["B", "BS", "NS"])
def test_a_type_outside_of_the_model_is_refused(kind: str) -> None:
    with pytest.raises(InvalidItem, match=f"type {kind}"):
        decode({kind: ["a"]})


@given(st.frozensets(st.text(min_size=1), min_size=1))
def test_a_set_of_strings_comes_back(value: frozenset[str]) -> None:
    assert decode(encode(value)) == value
    assert encode(value) == {"SS": sorted(value)}


@pytest.mark.parametrize(
    "value", [frozenset[str](), frozenset({1}), frozenset({""}), frozenset({"a", 1})]
)
def test_a_set_that_dynamodb_does_not_have(value: frozenset[object]) -> None:
    with pytest.raises(InvalidItem, match="a set holds strings, at least one"):
        encode(value)


EMPTY = frozenset[str]()


def test_an_empty_set_is_an_absent_attribute() -> None:
    assert encode_item({"a": EMPTY, "b": {"c": EMPTY}}) == {"b": {"M": {}}}


@pytest.mark.parametrize(
    "value",
    [
        *(10**38 + 1, -(10**38) - 1, Decimal(f"1.{'1' * 38}"), Decimal("1E126")),
        *(Decimal("1E-140"), Decimal("NaN"), Decimal("Infinity")),
    ],
)
def test_a_number_that_dynamodb_does_not_hold_exactly(value: object) -> None:
    with pytest.raises(InvalidItem, match="at most 38 digits"):
        encode(value)


@pytest.mark.parametrize("value", [10**38 - 1, 10**50, Decimal("9.9E125"), Decimal("1E-130"), 0])
def test_the_largest_and_smallest_numbers(value: int | Decimal) -> None:
    assert decode(encode(value)) == value
