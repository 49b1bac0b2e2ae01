"""ULIDs: ids that sort by the time they were made.

https://github.com/ulid/spec
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(moment: datetime, randomness: int | None = None) -> str:
    """26 characters: 48 bits of milliseconds since 1970, then 80 random bits.

    `randomness` is for reproducible demonstration data and tests.
    """
    # In integers: a float of seconds would lose the last millisecond of some times.
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    value = milliseconds << 80 | (secrets.randbits(80) if randomness is None else randomness)
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))
