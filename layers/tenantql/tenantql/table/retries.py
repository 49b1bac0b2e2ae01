"""Retries: what is tried again, after which pause, and when there have been enough."""

import random
from typing import Final

from tenantql.table.encoding import Call
from tenantql.table.errors import OutcomeUnknown, TableError, Throttled, Unavailable

ATTEMPTS: Final = 5
"""How often a call is made before the request fails."""

CONFLICT_ATTEMPTS: Final = 10
"""How often a write is made that meets other writes of its items.

More than else, since a conflict is no sign of trouble: the item is free in milliseconds, and what
one popular item carries depends on it (docs/load/day.md). For the same reason such retries do not
draw from the `Quota`; the AWS SDKs make none, and leave them to the application.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

FIRST_PAUSE: Final = 0.025
LONGEST_PAUSE: Final = 0.4
"""Seconds; each further pause is up to twice as long until the longest, at random (full jitter)."""

READS: Final = frozenset({"GetItem", "BatchGetItem", "Query"})


def pause_before(attempt: int) -> float:
    """Seconds to wait before attempt number `attempt` (the first is 0, and waits for nothing)."""
    if not attempt:
        return 0.0
    # No secret: it only keeps two that collided from colliding again.
    return random.uniform(0, longest_before(attempt))  # noqa: S311


def longest_before(attempt: int) -> float:
    """The most seconds before attempt number `attempt`, but the first."""
    return min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)


def repeatable(call: Call, error: TableError) -> bool:
    """Whether `call` may simply be made again after `error`, and that can help.

    What was not carried out may. After a lost answer only what changes nothing the second time:
    reads, and transactions, which DynamoDB knows by their token. Another write could be applied
    twice, or over a write that came between.
    """
    if isinstance(error, OutcomeUnknown):
        return call.operation in READS or "ClientRequestToken" in call.parameters
    return isinstance(error, Throttled | Unavailable)


class Quota:
    """What retries cost and successes earn, so that a table in trouble is not asked still more.

    Retries after a conflict are free: many of them must not use up those that throttling needs.
    The sizes are those of the AWS SDKs' standard mode.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """

    SIZE: Final = 500
    RETRY: Final = 5
    LOST: Final = 10

    def __init__(self) -> None:
        self._left = self.SIZE

    def take(self, error: TableError) -> int:
        """What the retry after `error` costs; 0 if there is not that much left: do not retry."""
        cost = self.LOST if isinstance(error, OutcomeUnknown) else self.RETRY
        if cost > self._left:
            return 0
        self._left -= cost
        return cost

    def give(self, cost: int) -> None:
        """A call has succeeded, after a retry that cost `cost`, or at once (0)."""
        self._left = min(self.SIZE, self._left + (cost or 1))
