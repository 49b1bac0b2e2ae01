"""Shards: a large collection is spread over several partition keys, by its items' ids."""

from zlib import crc32


def shard_of(id: str, count: int) -> str:
    """The shard, `00` to `99`, of `count` that an item with this id is created in."""
    return f"{crc32(id.encode()) % count:02d}"


def shard_names(count: int) -> list[str]:
    """The shards of a collection that has `count` of them."""
    return [f"{number:02d}" for number in range(count)]
