"""Timing several ways to do a thing so that noise hits all of them alike."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rich.progress import Progress

type Ask = Callable[[], object]

WARM_UP: Final = 10


@dataclass(frozen=True)
class Timing:
    """What one way took, in milliseconds: percentiles, and the median of processor time.

    The 10th is near what a quiet machine takes, whoever else uses this one.
    """

    p10: float
    p50: float
    p99: float
    cpu: float


def interleaved(
    asks: Mapping[str, Ask], repeat: int, progress: Progress, title: str
) -> dict[str, Timing]:
    """What each of `asks` takes, asked `repeat` times in turn, each turn in another order.

    In its turn each is asked twice, and the second time counts: the first, after several others in
    one process, finds the processor's caches full of theirs, as no instance does that runs one.
    Processor time is of the whole process, so of the threads that a way uses as well.
    """
    for ask in asks.values():
        for _ in range(min(WARM_UP, repeat)):
            ask()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in asks}
    names, turn = list(asks), random.Random(0)  # noqa: S311 - an order, not a secret
    gc.collect()
    task = progress.add_task(title, total=repeat)
    for _ in range(repeat):
        turn.shuffle(names)
        for name in names:
            asks[name]()
            took[name].append(_timed(asks[name]))
        progress.advance(task)
    progress.remove_task(task)
    return {name: _timing(found) for name, found in took.items()}


def _timed(ask: Ask) -> tuple[float, float]:
    cpu, started = time.process_time(), time.perf_counter()
    ask()
    ended = time.perf_counter()
    return ended - started, time.process_time() - cpu


def _timing(found: list[tuple[float, float]]) -> Timing:
    wall = sorted(took * 1e3 for took, _ in found)
    return Timing(
        p10=wall[len(wall) // 10],
        p50=statistics.median(wall),
        p99=wall[len(wall) * 99 // 100],
        cpu=statistics.median(cpu for _, cpu in found) * 1e3,
    )
