"""Conversations: generators that say what they wait for, run side by side on one thread."""

import math
import select
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

READABLE: Final = select.POLLIN
WRITABLE: Final = select.POLLOUT


class Wait(NamedTuple):
    """What a conversation waits for: a file descriptor, how, and until when (monotonic time)."""

    descriptor: int
    event: int
    until: float


type Conversation[R] = Generator[Wait, None, R]
"""Yields what it waits for, and returns its result. When it is late, it is thrown TimeoutError."""


@dataclass(slots=True)
class _Turn[R]:
    """A conversation that has begun, and its place among the results."""

    place: int
    conversation: Conversation[R]
    until: float


@dataclass(slots=True)
class _Table[R]:
    """Those who wait, by the file descriptor that they wait for."""

    outcomes: dict[int, R | Exception] = field(default_factory=dict[int, Any])
    waiting: dict[int, _Turn[R]] = field(default_factory=dict[int, Any])
    poll: Any = field(default_factory=select.poll)

    def step(self, turn: _Turn[R], go_on: Callable[[], Wait]) -> None:
        """Lets a conversation go on until it waits again or ends."""
        try:
            wait = go_on()
        except StopIteration as stop:
            self.outcomes[turn.place] = stop.value
        except Exception as error:  # noqa: BLE001 - it is the outcome
            self.outcomes[turn.place] = error
        else:
            turn.until = wait.until
            self.waiting[wait.descriptor] = turn
            self.poll.register(wait.descriptor, wait.event)

    def resume(self, descriptor: int, now: float | None) -> None:
        """Lets who waits for `descriptor` go on; with `now`, only if it is late, and it is told."""
        turn = self.waiting[descriptor]
        if now is not None and turn.until > now:
            return
        del self.waiting[descriptor]
        self.poll.unregister(descriptor)
        if now is None:
            self.step(turn, turn.conversation.__next__)
        else:
            self.step(turn, lambda: turn.conversation.throw(TimeoutError()))


def converse[R](
    conversations: Iterable[Conversation[R]],
    most: int,
    clock: Callable[[], float] = time.monotonic,
) -> list[R | Exception]:
    """What each of `conversations` returned or raised, in their order.

    At most `most` of them are under way at a time. What has arrived is read even if it is late, and
    then no more is waited for.
    """
    table: _Table[R] = _Table()
    coming = enumerate(conversations)
    try:
        while True:
            while len(table.waiting) < most and (entry := next(coming, None)) is not None:
                turn = _Turn(*entry, until=0.0)
                table.step(turn, turn.conversation.__next__)
            if not table.waiting:
                return [table.outcomes[place] for place in range(len(table.outcomes))]
            first = min(turn.until for turn in table.waiting.values())
            for descriptor, _ in table.poll.poll(_milliseconds(first - clock())):
                table.resume(descriptor, None)
            if (now := clock()) >= first:
                for descriptor in [*table.waiting]:
                    table.resume(descriptor, now)
    finally:
        # An interruption: what is half said is never gone on with.
        for turn in table.waiting.values():
            turn.conversation.close()


def _milliseconds(seconds: float) -> int | None:
    """A time to wait, rounded up; None is for ever."""
    return None if math.isinf(seconds) else max(0, math.ceil(seconds * 1000))
