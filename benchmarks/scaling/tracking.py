"""Target tracking of DynamoDB's capacity, minute by minute.

What AWS documents is modelled as documented, and named below. What it does not say is assumed, on
the side of more throttles:

- A minute's consumption is known to CloudWatch when the next one is over.
- Changes of a table and its indexes that are due in the same minute are made together; until they
  have effect, two minutes later, nothing else of the table changes.
- A decrease goes to what the mean of the fifteen minutes needs.
- A write that an index has no capacity for is refused by the table, and every write is taken to
  go to the index that is shortest.
- What is refused does not come back. Retries would be load on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.scaling.demand import MINUTES, PARTS, TABLE, Asked, Numbers

OUT_POINTS: Final = 2
IN_POINTS: Final = 15
"""Consecutive minutes over the target, and under it, until capacity changes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
"""
IN_MARGIN: Final = 0.2
"""Under the target means so much under it.

https://repost.aws/knowledge-center/dynamodb-auto-scaling
"""
KNOWN: Final = 1
EFFECT: Final = 2
"""Minutes until a minute's consumption is known, and until a change has effect.

"Several minutes" each, says the first of the pages above.
"""
BURST: Final = 300
"""Seconds of unused capacity that are kept; best effort, and never promised.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
"""
FREE_DECREASES: Final = 4
DECREASE_EVERY: Final = 60
"""Decreases of a table or index on a day, reads and writes together; after these one if the last
was so many minutes ago: 27 in all.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Limits.html
"""


@dataclass(frozen=True)
class Policy:
    """How a part is scaled: the target as a share, cooldowns in minutes, limits by part."""

    target: float
    cooldown_out: int
    cooldown_in: int
    least: Numbers
    most: Numbers


@dataclass(frozen=True)
class Followed:
    """What became of a day, by minute and part: units that were served, capacity of a second."""

    asked: Asked
    policy: Policy
    served: Numbers
    capacity: Numbers

    @property
    def lost(self) -> float:
        """The share of all units that were refused."""
        return 1 - float(self.served.sum() / self.asked.units.sum())

    @property
    def minutes(self) -> int:
        """Minutes in which something was refused."""
        return int(((self.asked.units - self.served) > SLIGHT).any(axis=1).sum())

    @property
    def most(self) -> float:
        """The largest share of a part's units that was refused in a minute."""
        refused = self.asked.units - self.served
        return float(np.max(refused / np.maximum(self.asked.units, 1)))


SLIGHT: Final = 1e-6
_TABLE_OF: Final = np.array([int(place not in TABLE) for place, _ in PARTS])
_WRITES: Final = np.array([kind == "Write" and place in TABLE for place, kind in PARTS])
_READ, _WRITE = slice(0, None, 2), slice(1, None, 2)
"""Parts are places, each with reads and then writes."""
_LONG_AGO: Final = -1_000_000


def follow(days: Sequence[Asked], policies: Sequence[Policy]) -> list[Followed]:
    """Lets the capacity of each policy follow its day, all of them side by side.

    A day begins with what its first minutes need.
    """
    state = _State(days, policies)
    served, given = np.zeros((2, len(days), MINUTES, len(PARTS)))
    for minute in range(MINUTES):
        state.take_effect(minute)
        given[:, minute] = state.capacity
        served[:, minute] = state.serve(minute)
        # What a minute consumed is looked at when the next one is over.
        state.decide(minute, served[:, : minute + 1 - KNOWN])
    return [Followed(*each) for each in zip(days, policies, served, given, strict=True)]


class _State:
    """Capacity, credit and alarms of each run, as arrays of runs and parts."""

    def __init__(self, days: Sequence[Asked], policies: Sequence[Policy]) -> None:
        self._units = np.stack([day.units for day in days])
        self._target = np.array([[policy.target] for policy in policies])
        self._shares = self._target, self._target - IN_MARGIN
        self._cooldown_out = np.array([[policy.cooldown_out] for policy in policies])
        self._cooldown_in = np.array([[policy.cooldown_in] for policy in policies])
        self._least = np.stack([policy.least for policy in policies])
        self._most = np.stack([policy.most for policy in policies])
        self._raised = np.array(
            [[minute in day.shape.raised for minute in range(MINUTES)] for day in days]
        )
        busiest = np.ceil(self._units.max(axis=1) / 60 / self._target)
        self._raised_least = np.clip(busiest, self._least, self._most)
        first = np.ceil(self._units[:, :IN_POINTS].mean(axis=1) / 60 / self._target)
        self.capacity = np.clip(first, self._least, self._most)
        shape = self.capacity.shape
        self._credit = self.capacity * BURST
        self._out, self._in = np.full((2, *shape), _LONG_AGO)
        self._due = self.capacity.copy()
        self._due_at = np.full((len(days), 2), _LONG_AGO)
        self._decreases = np.zeros((len(days), len(PARTS) // 2), dtype=int)
        self._decreased = np.full((len(days), len(PARTS) // 2), _LONG_AGO)

    def take_effect(self, minute: int) -> None:
        """Changes that are due come into force."""
        due = (self._due_at == minute)[:, _TABLE_OF]
        self.capacity = np.where(due, self._due, self.capacity)

    def serve(self, minute: int) -> Numbers:
        """What of the minute is served. Writes of the table are served as far as each index can."""
        asked, available = self._units[:, minute], self.capacity * 60 + self._credit
        shares = np.minimum(1, available / np.maximum(asked, SLIGHT))
        shares[:, _WRITES] = shares[:, _WRITES].min(axis=1, keepdims=True)
        served = asked * shares
        self._credit = np.clip(available - served, 0, self.capacity * BURST)
        return served

    def decide(self, minute: int, known: Numbers) -> None:
        """Changes that alarms ask for, and cooldowns, quotas and other changes allow."""
        wanted = self.capacity
        # The alarms' thresholds are units, and go with the capacity.
        target, margin = (self.capacity[:, None] * share[:, None] * 60 for share in self._shares)
        if known.shape[1] >= IN_POINTS:
            points = known[:, -IN_POINTS:]
            enough = np.ceil(points.mean(axis=1) / 60 / self._target)
            under = (points < margin).all(axis=1)
            wanted = np.where(under, np.minimum(enough, wanted), wanted)
        if known.shape[1] >= OUT_POINTS:
            points = known[:, -OUT_POINTS:]
            enough = np.ceil(points.mean(axis=1) / 60 / self._target)
            over = (points > target).all(axis=1)
            wanted = np.where(over, np.maximum(enough, wanted), wanted)
        least = np.where(self._raised[:, minute, None], self._raised_least, self._least)
        wanted = np.clip(wanted, least, self._most)
        free = (self._due_at <= minute)[:, _TABLE_OF]
        up = free & (wanted > self.capacity) & (minute - self._out >= self._cooldown_out)
        since = minute - np.maximum(self._in, self._out)
        down = free & (wanted < self.capacity) & (since >= self._cooldown_in)
        for kind in (_READ, _WRITE):
            few = self._decreases < FREE_DECREASES
            down[:, kind] &= few | (minute - self._decreased >= DECREASE_EVERY)
            self._decreases += down[:, kind]
            self._decreased = np.where(down[:, kind], minute, self._decreased)
        self._out = np.where(up, minute, self._out)
        self._in = np.where(down, minute, self._in)
        changed = up | down
        # What is not changed stays, until all that is on its way has effect.
        self._due = np.where(changed, wanted, np.where(free, self.capacity, self._due))
        for table in (0, 1):
            touched = changed[:, table == _TABLE_OF].any(axis=1)
            self._due_at[:, table] = np.where(touched, minute + EFFECT, self._due_at[:, table])
