"""What a request uses, by its pattern: measured units, calls and bytes, and the time they take.

Units, calls, rounds and bytes are measured (`benchmarks/day`), and a test compares them with the
code. Times are reckoned from them with the assumptions below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Final

from benchmarks.day import footprint, weights
from benchmarks.day.footprint import Footprint, Touch
from benchmarks.day.mix import BESIDE, FLOWS, RATES, rates
from benchmarks.day.weights import Weight

READ_MS: Final = 4.0
WRITE_MS: Final = 6.0
TRANSACTION_MS: Final = 12.0
"""How long DynamoDB takes, seen from a function in its region over a kept connection."""

BASE_MS: Final = 0.3
CALL_MS: Final = 0.3
READ_UNIT_MS: Final = 0.8
WRITE_UNIT_MS: Final = 0.15
"""The handler's processor time of a request, of each call, and of each unit read or written.

Fitted to what was measured with a table in memory: 0.3 ms for a GetItem, 1.9 for a
list of 20 products (2 R), 4.8 for the categories (5.5 R), 34 for a search for two words (45 R), 49
for the whole tree (56 R).
"""

RECORD_MS: Final = 0.5
"""The stream function's processor time for a record, on a whole processor."""

CHECK_MS: Final = 1.0
"""The authorizer's processor time for a token, on a whole processor."""

VISIT: Final = 8
"""Requests that one tenant makes of one instance, one right after the other."""

USAGE_WRITES: Final = 0.081
"""Writes that keep usage, for a request (docs/budgets.md: 1,000 tenants, visits of 8)."""

SESSION_MS: Final = 40.0
"""AssumeRole: at most once in a visit, since the credentials of a tenant are kept."""

COMPRESSED_FROM: Final = 1_000
COMPRESSION: Final = 0.2
"""What is left of a longer answer; measured: 0.08 to 0.18."""

HEADERS: Final = 300
"""Bytes of an answer's status and headers."""

PLACES: Final = ("table", "GSI1", "GSI2", "GSI3", "directory", "platform", "control")
"""Tables and indexes, each with a capacity of its own where it is provisioned."""


@dataclass(frozen=True)
class Usage:
    """What something uses: `requests` of the API and `checks` of tokens, and their work.

    `own_ms` is processor time, and `store_ms` waiting, of the graphql function; `later_` are the
    stream function's, which works on `records`. Units are by table and index, the stream's with
    them. `bytes` go out.
    """

    requests: float = 0
    checks: float = 0
    own_ms: float = 0
    store_ms: float = 0
    records: float = 0
    later_own_ms: float = 0
    later_store_ms: float = 0
    bytes: float = 0
    read: Mapping[str, float] = field(default_factory=dict[str, float])
    write: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def reads(self) -> float:
        """Read units."""
        return sum(self.read.values())

    @property
    def writes(self) -> float:
        """Write units."""
        return sum(self.write.values())

    def times(self, factor: float) -> "Usage":
        """So many times this."""
        return Usage(
            **{name: getattr(self, name) * factor for name in NUMBERS},
            read={place: units * factor for place, units in self.read.items()},
            write={place: units * factor for place, units in self.write.items()},
        )

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            **{name: getattr(self, name) + getattr(other, name) for name in NUMBERS},
            read=_added(self.read, other.read),
            write=_added(self.write, other.write),
        )


NUMBERS: Final = tuple(each.name for each in fields(Usage) if each.name not in {"read", "write"})


def _added(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {place: one.get(place, 0) + other.get(place, 0) for place in {**one, **other}}


def usage_of(footprint: Footprint, weight: Weight) -> Usage:
    """What one request uses, with the stream's work after it and the tenant's routing and usage."""
    read = {"control": 1 / VISIT}
    write = {"table": USAGE_WRITES}
    for touch in footprint.all:
        read[touch.place] = read.get(touch.place, 0) + touch.read * touch.times
        write[touch.place] = write.get(touch.place, 0) + touch.write * touch.times
    own_read, own_write = _units(footprint.touches)
    later_read, later_write = _units(footprint.later)
    calls, later_calls = (sum(each.values()) for each in (footprint.calls, footprint.later_calls))
    return Usage(
        requests=1,
        own_ms=BASE_MS + CALL_MS * calls + READ_UNIT_MS * own_read + WRITE_UNIT_MS * own_write,
        store_ms=READ_MS * (weight.reads + 1 / VISIT)
        + WRITE_MS * weight.writes
        + TRANSACTION_MS * weight.transactions
        + SESSION_MS / VISIT,
        records=USAGE_WRITES + sum(t.times for t in footprint.all if t.place == "table" and t.sk),
        later_own_ms=CALL_MS * later_calls
        + READ_UNIT_MS * later_read
        + WRITE_UNIT_MS * later_write,
        later_store_ms=sum(_ms(name) * n for name, n in footprint.later_calls.items()),
        bytes=HEADERS + weight.bytes * (COMPRESSION if weight.bytes >= COMPRESSED_FROM else 1),
        read=read,
        write=write,
    )


def check_of(footprint: Footprint) -> Usage:
    """What the authorizer uses for one token."""
    reads, _ = _units(footprint.all)
    return Usage(checks=1, read={"control": reads})


@cache
def flows() -> Mapping[str, Usage]:
    """What one request of each flow uses, by the flow's name, as it was measured last."""
    footprints, weighed = footprint.load(), weights.load()
    return {
        name: check_of(each) if name in BESIDE else usage_of(each, weighed[name])
        for name, each in footprints.items()
    }


@cache
def rows() -> Mapping[str, Usage]:
    """What one request of each row of the catalogue uses; a check of a token is apart."""
    shares = {f.name: f.share for f in FLOWS if f.name not in BESIDE}
    found: dict[str, Usage] = {}
    for row in RATES:
        of_row = {name: share for name, share in shares.items() if name.split()[0] == row}
        whole = sum(of_row.values())
        parts = (flows()[name].times(share / whole) for name, share in of_row.items())
        found[row] = sum(parts, Usage())
    return found


def check() -> Usage:
    """What one check of a token uses."""
    (name,) = BESIDE
    return flows()[name]


def mix() -> dict[str, float]:
    """How often each flow comes for one request of the catalogue's mix."""
    asked = rates()
    whole = sum(rate for name, rate in asked.items() if name not in BESIDE)
    return {name: rate / whole for name, rate in asked.items()}


@cache
def mean() -> Usage:
    """What one request of the mix uses, with its part of the checks of tokens."""
    return sum((flows()[name].times(share) for name, share in mix().items()), Usage())


def mean_of(asked: Mapping[str, float]) -> Usage:
    """What one request uses if the rows are asked as often as `asked` says, in any measure.

    Checks of tokens are as many as in the catalogue's mix. Raises KeyError for an unknown row.
    """
    each, whole = rows(), sum(asked.values())
    parts = (each[row].times(number / whole) for row, number in asked.items())
    return sum(parts, check().times(mean().checks))


@cache
def own_share() -> tuple[float, float]:
    """The share of the read and of the write units that requests use before the stream's work.

    A tenant's usage counts these, and not what the stream's consumers use for it later.
    """
    reads = writes = 0.0
    for name, share in mix().items():
        read, write = _units(footprint.load()[name].touches)
        reads, writes = reads + share * read, writes + share * write
    return reads / mean().reads, writes / mean().writes


def _units(touches: tuple[Touch, ...]) -> tuple[float, float]:
    return (
        sum(touch.read * touch.times for touch in touches),
        sum(touch.write * touch.times for touch in touches),
    )


def _ms(operation: str) -> float:
    match operation:
        case "GetItem" | "BatchGetItem" | "Query":
            return READ_MS
        case "TransactWriteItems":
            return TRANSACTION_MS
        case _:
            return WRITE_MS
