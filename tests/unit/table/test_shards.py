"""Shards: two digits, the same for the same id, below the count."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tenantql.engine.ulids import ulid
from tenantql.table.shards import shard_of
from tests.unit.builders import NOW


@given(st.text(), st.integers(1, 100))
def test_a_shard_is_below_the_count(id: str, count: int) -> None:
    shard = shard_of(id, count)
    assert len(shard) == 2
    assert 0 <= int(shard) < count
    assert shard_of(id, count) == shard


def test_a_shard_never_moves() -> None:
    """Items keep their shards, so the function is fixed for ever: CRC-32, by its check value."""
    assert shard_of("123456789", 100) == f"{0xCBF43926 % 100:02d}"


def test_ids_are_spread() -> None:
    counts = Counter(shard_of(ulid(NOW, randomness), 4) for randomness in range(1000))
    assert len(counts) == 4
    assert min(counts.values()) > 150
