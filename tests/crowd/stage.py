"""Workers that take turns: threads of which one runs at a time, and a seed draws which.

So code that knows nothing of it, the endpoint and the function of the stream, is interleaved call
by call, and the same seed interleaves it the same way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Event, Semaphore, Thread

STAYS = 0.3
"""How often the one who has the turn keeps it."""


class Stopped(BaseException):
    """Ends a worker because another one has failed; no `except Exception` keeps it."""


@dataclass(eq=False)
class Worker:
    """Something to do in turns. One that is not `ready` gets no turn while another one is."""

    name: str
    work: Callable[[], None]
    ready: Callable[[], bool] = lambda: True
    gate: Semaphore = field(default_factory=lambda: Semaphore(0))


class Stage:
    """Runs workers. `turns` counts how often the turn could go to another one."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._alive: list[Worker] = []
        self._current: Worker | None = None
        self._failure: BaseException | None = None
        self._done = Event()
        self.turns = 0

    @property
    def current(self) -> str:
        """The name of the worker whose turn it is; none outside of `run`."""
        return "" if self._current is None else self._current.name

    def run(self, workers: Sequence[Worker]) -> None:
        """Runs workers to their ends. Raises what the first of them raised that did not get there.

        The others then stop at their next turn.
        """
        self._alive, self._done = [*workers], Event()
        threads = [Thread(target=self._work, args=(each,), daemon=True) for each in workers]
        for thread in threads:
            thread.start()
        self._pass_on()
        self._done.wait()
        for thread in threads:
            thread.join()
        self._current = None
        if self._failure is not None:
            raise self._failure

    def turn(self) -> None:
        """Lets another worker go on, perhaps."""
        self.turns += 1
        mine = self._current
        if mine is None or self._chance.random() < STAYS:
            return
        self._pass_on()
        mine.gate.acquire()
        if self._failure is not None:
            raise Stopped

    def _pass_on(self) -> None:
        ready = [each for each in self._alive if each.ready()]
        self._current = self._chance.choice(ready or self._alive)
        self._current.gate.release()

    def _work(self, worker: Worker) -> None:
        worker.gate.acquire()
        try:
            if self._failure is None:
                worker.work()
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised by `run`
            self._failure = self._failure or error
        self._alive.remove(worker)
        if self._alive:
            self._pass_on()
        else:
            self._done.set()
