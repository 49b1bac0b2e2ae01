"""What a request of each flow touches: `footprints.json`, as `footprints.py` measured it last."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("footprints.json")


class Touch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units of one call on one partition key, or its write of the item `sk` there.

    `together`: in a transaction. `every`: of each shard. `gathered`: once for a batch of records.
    `times`: how often the flow does just this.
    """

    place: str
    pk: str
    sk: str = ""
    read: float = 0
    write: float = 0
    together: bool = False
    every: bool = False
    gathered: bool = False
    times: int = 1


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of a flow and what they touch; then those of the stream's consumers, after it."""

    calls: Mapping[str, int]
    touches: tuple[Touch, ...]
    later_calls: Mapping[str, int]
    later: tuple[Touch, ...]

    @property
    def all(self) -> tuple[Touch, ...]:
        """What the flow touches, at once and later."""
        return self.touches + self.later


def load() -> dict[str, Footprint]:
    """The footprints as they were measured last, by the names of their flows."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Footprint])
