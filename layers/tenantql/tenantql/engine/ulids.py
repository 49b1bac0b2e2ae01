"""ULIDs: ids that sort by the time they were made.

https://github.com/ulid/spec
"""

import secrets
from datetime import datetime
from typing import Final

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(moment: datetime, randomness: int | None = None) -> str:
    """26 characters: 48 bits of milliseconds since 1970, then 80 random bits.

    `randomness` is for reproducible demonstration data and tests.
    """
    milliseconds = int(moment.timestamp() * 1000)
    value = milliseconds << 80 | (secrets.randbits(80) if randomness is None else randomness)
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))
