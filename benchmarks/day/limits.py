"""What a partition key and an item can carry in a second, and who says so."""

from collections.abc import Mapping
from typing import Final

PARTITION_READS: Final = 3_000
PARTITION_WRITES: Final = 1_000
"""Units a second of one partition, so of one partition key, of a table or an index.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

ITEM_TRANSACTIONS: Final = 25
"""Transactions a second on one item, on average. AWS has no number: this one is the data model's,
section (d), and `contention` says what it means. Units alone would allow some 500."""

LIMITS: Final[Mapping[str, float]] = {
    "read": PARTITION_READS,
    "write": PARTITION_WRITES,
    "transactions": ITEM_TRANSACTIONS,
}

UNITS: Final[Mapping[str, str]] = {"read": "R", "write": "W", "transactions": "T"}
"""How units are written."""

TABLE_QUOTA: Final = 40_000
"""Read and write units a second of a table, by default.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Limits.html
"""

NEW_TABLE_READS: Final = 12_000
NEW_TABLE_WRITES: Final = 4_000
"""What a new on-demand table, or index, takes at once.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
"""
