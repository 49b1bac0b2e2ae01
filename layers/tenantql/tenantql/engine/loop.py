"""An event loop that says when nothing can go on by itself.

graphql-core runs coroutines under asyncio. What they wait for are requests to a table, which are
made together once every coroutine waits: the moment at which asyncio would go to sleep.
"""

import asyncio
import selectors
from collections.abc import Callable


class RoundLoop(asyncio.SelectorEventLoop):
    """asyncio's loop, with callbacks for when there is nothing left to run."""

    def __init__(self) -> None:
        self._idle = _IdleSelector()
        super().__init__(self._idle)

    def when_idle(self, callback: Callable[[], None]) -> None:
        """Calls `callback` once, as soon as everything that can run has run."""
        self._idle.callbacks.append(callback)


class _IdleSelector(selectors.DefaultSelector):
    """What asyncio asks for events; with a timeout other than 0 when it has nothing to run."""

    def __init__(self) -> None:
        super().__init__()
        self.callbacks: list[Callable[[], None]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The events that are there; none if callbacks have made new work."""
        if timeout == 0:
            # Something else can run. Nothing here waits for a socket, so none is looked at.
            return []
        if not self.callbacks:
            return super().select(timeout)
        due, self.callbacks = self.callbacks, []
        for callback in due:
            callback()
        return []
