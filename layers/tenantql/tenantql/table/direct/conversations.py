"""Conversations: generators that say what they wait for, run side by side on one thread."""

import math
import select
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, Final

import msgspec

READABLE: Final = select.POLLIN
WRITABLE: Final = select.POLLOUT


class Wait(msgspec.Struct, frozen=True):
    """What a conversation waits for: a file descriptor, how, and until when (monotonic time)."""

    descriptor: int
    event: int
    until: float


type Conversation[R] = Generator[Wait, None, R]
"""Yields what it waits for, and returns its result. When it is late, it is thrown TimeoutError."""


class _Turn[R](msgspec.Struct, frozen=True):
    """A conversation that waits, until when, and its place among the results."""

    place: int
    conversation: Conversation[R]
    until: float


class _Table[R]:
    """Those who wait, by the file descriptor that they wait for, and the results so far."""

    __slots__ = ("outcomes", "poll", "waiting")

    def __init__(self) -> None:
        self.outcomes: dict[int, R | Exception] = {}
        self.waiting: dict[int, _Turn[R]] = {}
        self.poll: Any = select.poll()

    def step(self, place: int, conversation: Conversation[R], *, late: bool = False) -> None:
        """Lets a conversation go on until it waits again or ends; if it is `late`, it is told."""
        try:
            wait = conversation.throw(TimeoutError()) if late else next(conversation)
        except StopIteration as stop:
            self.outcomes[place] = stop.value
        except Exception as error:  # noqa: BLE001 - it is the outcome
            self.outcomes[place] = error
        else:
            self.waiting[wait.descriptor] = _Turn(place, conversation, wait.until)
            self.poll.register(wait.descriptor, wait.event)

    def resume(self, descriptor: int, *, late: bool = False) -> None:
        """Lets who waits for `descriptor` go on."""
        turn = self.waiting.pop(descriptor)
        self.poll.unregister(descriptor)
        self.step(turn.place, turn.conversation, late=late)


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
                table.step(*entry)
            if not table.waiting:
                return [table.outcomes[place] for place in range(len(table.outcomes))]
            first = min([turn.until for turn in table.waiting.values()])
            for descriptor, _ in table.poll.poll(_milliseconds(first - clock())):
                table.resume(descriptor)
            if (now := clock()) >= first:
                for descriptor, turn in [*table.waiting.items()]:
                    if turn.until <= now:
                        table.resume(descriptor, late=True)
    finally:
        # An interruption: what is half said is never gone on with.
        for turn in table.waiting.values():
            turn.conversation.close()


def _milliseconds(seconds: float) -> int | None:
    """A time to wait, rounded up; None is for ever."""
    return None if math.isinf(seconds) else max(0, math.ceil(seconds * 1000))
