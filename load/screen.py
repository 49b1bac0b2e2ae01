"""What a run shows while it goes: requests, rate, errors, time left."""

import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from load.gathering import ALL, Gathering
from load.run import Watch

QUIET: Final = 30
"""Seconds between two lines, where there is no terminal."""


class _Rate(ProgressColumn):
    """Steps a second, of the last seconds."""

    def render(self, task: Task) -> Text:
        """See ProgressColumn."""
        speed = task.speed or task.finished_speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="cyan")


class Screen(Watch):
    """Progress bars, one for each stage."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}"),
            console=console,
            speed_estimate_period=10,
        )
        self._task: TaskID | None = None
        self._said = time.monotonic()

    @contextmanager
    def shown(self) -> Generator[None]:
        """While the block runs. Ctrl-C then ends the run early, and is not raised."""
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            with self._progress:
                yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, *_: Any) -> None:
        self.stop = True
        self._progress.console.print("[yellow]Ending; the report comes of what there is.[/]")

    def stage(self, title: str, total: int | None) -> None:
        """See Watch."""
        self._task = self._progress.add_task(title, total=total, told="")

    def advance(self, steps: int) -> None:
        """See Watch."""
        if self._task is not None:
            self._progress.advance(self._task, steps)

    def found(self, gathering: Gathering) -> None:
        """See Watch."""
        if self._task is None or not gathering.slices:
            return
        wrong = gathering.wrong
        errors = f"[{'red' if wrong else 'green'}]{wrong:,} errors[/]"
        p50, p99, *_ = gathering.slices[-1].rows[ALL]
        told = f"{errors}  own p50 {p50:.2f} p99 {p99:.2f} ms"
        self._progress.update(self._task, told=told)
        console = self._progress.console
        if not console.is_terminal and time.monotonic() - self._said > QUIET:
            # Bars are seen at the end alone, where nobody looks on.
            self._said = time.monotonic()
            console.print(f"{gathering.requests:,} requests, {told}")
