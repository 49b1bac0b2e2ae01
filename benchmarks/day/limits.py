"""What a partition key and an item can carry in a second, and who says so."""

from collections.abc import Mapping
from typing import Final

PARTITION_READS: Final = 3_000
PARTITION_WRITES: Final = 1_000
"""Units a second of one partition, so of one partition key, of a table or an index.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

UNIT_TRANSACTIONS: Final = PARTITION_WRITES // 2
"""Transactions a second on one item of 1 KB that its partition's units allow: each costs two."""

ITEM_TRANSACTIONS: Final = 30
"""Transactions a second on one item, on average, of which 1% end as CONFLICT. AWS has no number:
this one follows from the layer's retries, by `contention`."""

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
