"""ULIDs: 26 characters that sort by time, with the millisecond of the item's own times."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.engine.ulids import ulid
from tenantql.table.entity import timestamp

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
START = datetime(1970, 1, 1, tzinfo=UTC)

times = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
random_parts = st.integers(0, 2**80 - 1)


def number(text: str) -> int:
    found = 0
    for character in text:
        found = found * 32 + ALPHABET.index(character)
    return found


@given(times, random_parts)
def test_an_id_holds_its_time_and_its_randomness(moment: datetime, randomness: int) -> None:
    id = ulid(moment, randomness)
    assert len(id) == 26
    value = number(id)
    assert value & (2**80 - 1) == randomness
    # Never a millisecond apart from the time that the item holds.
    held = timestamp(START + timedelta(milliseconds=value >> 80))
    assert held == timestamp(moment)


@given(times, times, random_parts, random_parts)
def test_ids_sort_by_time(one: datetime, other: datetime, first: int, second: int) -> None:
    if one + timedelta(milliseconds=1) <= other:
        assert ulid(one, first) < ulid(other, second)


@pytest.mark.parametrize("milliseconds", [1763717400289, 2147483648002, 4102444799999, 999, 1])
def test_no_millisecond_is_lost(milliseconds: int) -> None:
    moment = START + timedelta(milliseconds=milliseconds)
    assert number(ulid(moment, 0)) >> 80 == milliseconds


def test_the_example_of_the_specification() -> None:
    """https://github.com/ulid/spec: 01ARZ3NDEKTSV4RRFFQ69G5FAV is of this moment."""
    assert ulid(datetime(2016, 7, 30, 23, 54, 10, 259_000, UTC), 0)[:10] == "01ARZ3NDEK"


def test_ids_of_one_moment_differ() -> None:
    assert len({ulid(START) for _ in range(1000)}) == 1000
