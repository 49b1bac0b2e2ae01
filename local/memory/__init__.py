"""DynamoDB in memory, for what the local cloud is too slow for: 100,000 items, 10,000 payments.

It answers the calls that the layer makes, by the rules of the developer guide. The integration
tests compare it with the local cloud, call by call.
"""

from local.memory.packed import Packed
from local.memory.table import Memory

__all__ = ["Memory", "Packed"]
