"""Where the time of one case goes: the stack of the main thread, looked at every millisecond.

Sampling leaves fast functions as fast as they are; cProfile (`--calls`) counts calls, and makes
small functions look slower than they are.
"""

import cProfile
import pstats
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

from rich.console import Console
from rich.table import Table

INTERVAL: Final = 0.001
"""Seconds of wall-clock time: what waits for the stand-in counts where it waits."""

ROWS: Final = 25


def sample(ask: Callable[[], object], seconds: float, console: Console) -> None:
    """Prints which packages and functions were at work while `ask` ran over and over."""
    own, within = Counter[CodeType](), Counter[CodeType]()
    modules: dict[CodeType, str] = {}

    def look(_signal: int, frame: FrameType | None) -> None:
        seen = set[CodeType]()
        if frame is not None and frame.f_code is look.__code__:
            return
        while frame is not None and frame.f_code is not here:
            if not seen:
                own[frame.f_code] += 1
                modules[frame.f_code] = frame.f_globals.get("__name__", "?")
            seen.add(frame.f_code)
            frame = frame.f_back
        within.update(seen)

    here = sys._getframe().f_code
    ask()
    previous = signal.signal(signal.SIGALRM, look)
    count, until = 0, time.perf_counter() + seconds
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
    try:
        while time.perf_counter() < until:
            ask()
            count += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    each = seconds / count * 1e3
    console.print(f"{count} requests, {each:.2f} ms each, {own.total()} samples\n")
    packages = Counter[str]()
    for code, samples in own.items():
        packages[_package(modules[code])] += samples
    for title, counted in (
        ("By package, in its own code", packages),
        ("By function, in its own code", _named(own)),
        ("By function, with what it calls", _named(within)),
    ):
        console.print(_table(title, counted, own.total(), each))


def calls(ask: Callable[[], object], repeat: int) -> None:
    """Prints cProfile's count of calls."""
    ask()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(repeat):
        ask()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(ROWS)


def _table(title: str, counted: Counter[str], total: int, each: float) -> Table:
    table = Table(title=title, box=None, header_style="bold", title_justify="left")
    table.add_column("%", justify="right")
    table.add_column("ms", justify="right")
    table.add_column("")
    for name, count in counted.most_common(ROWS):
        table.add_row(f"{count / total:.1%}", f"{count / total * each:.3f}", name)
    return table


def _package(module: str) -> str:
    """The package of a module; of ours, its layer."""
    return ".".join(module.split(".")[: 2 if module.startswith("tenantql") else 1])


def _named(counted: Counter[CodeType]) -> Counter[str]:
    found = Counter[str]()
    for code, count in counted.items():
        where = "/".join(Path(code.co_filename).parts[-2:])
        found[f"{where}:{code.co_firstlineno} {code.co_qualname}"] += count
    return found
