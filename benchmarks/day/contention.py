"""One item that many transactions write: how many of them conflict, and how many give up.

DynamoDB refuses a write of an item while a transaction has it, and the layer tries again, by
`tenantql.table.retries`: so what a busy item carries follows from how long a transaction has it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

import heapq
from dataclasses import dataclass
from random import Random
from typing import Final

from tenantql.table.retries import CONFLICT_ATTEMPTS, longest_before

HELD: Final = (0.010, 0.020, 0.040)
"""Seconds for which a transaction has its items. AWS names none: the whole of a call takes some
10 to 20 ms, so 20 ms are on the safe side, and 40 are twice that."""

RATES: Final = (5, 10, 15, 20, 25, 30, 40, 50, 75, 100)
REFUSAL: Final = 0.005
"""Seconds until a caller knows of a conflict."""

SECONDS: Final = 1_000
TOLERATED: Final = 0.01
"""The share of transactions that may end as CONFLICT."""


@dataclass(frozen=True)
class Contention:
    """Of the transactions of one item: the share that met another, and the share that gave up."""

    rate: float
    held: float
    retried: float
    refused: float


def contend(rate: float, held: float, seed: int, attempts: int = CONFLICT_ATTEMPTS) -> Contention:
    """Transactions that arrive by chance, `rate` a second, each `held` seconds on the item."""
    chance = Random(seed)  # noqa: S311 - a simulation
    waiting: list[tuple[float, int]] = []
    now, total = 0.0, 0
    while now < SECONDS:
        now += chance.expovariate(rate)
        waiting.append((now, 0))
        total += 1
    heapq.heapify(waiting)
    free, retried, refused = 0.0, 0, 0
    while waiting:
        now, attempt = heapq.heappop(waiting)
        if now >= free:
            free = now + held
            continue
        retried += attempt == 0
        if attempt == attempts - 1:
            refused += 1
            continue
        pause = chance.uniform(0, longest_before(attempt + 1))
        heapq.heappush(waiting, (now + REFUSAL + pause, attempt + 1))
    return Contention(rate, held, retried / total, refused / total)


def most(held: float, seed: int, attempts: int = CONFLICT_ATTEMPTS) -> int:
    """The largest whole rate at which no more than `TOLERATED` give up."""
    low, high = 1, round(1 / held)
    while low < high:
        rate = (low + high + 1) // 2
        if contend(rate, held, seed, attempts).refused <= TOLERATED:
            low = rate
        else:
            high = rate - 1
    return low
