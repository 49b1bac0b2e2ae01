"""Addresses of a host: looked up in a thread, since the system's resolver knows no time limit."""

import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final

FRESH: Final = 5.0
"""Seconds for which an answer is good; DynamoDB's names change their address about as often."""

type Address = tuple[socket.AddressFamily, Any]
"""What `socket.socket` and `connect` take."""

type Lookup = Callable[[str, int], Sequence[Address]]


def resolve(host: str, port: int, flags: int = 0) -> list[Address]:
    """The addresses of `host`, as the system's resolver orders them. Raises OSError."""
    # As bytes: a text makes Python import its codec of international names first.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found]


class Addresses:
    """The addresses of one host, kept for a moment. Safe to share between threads."""

    def __init__(
        self,
        host: str,
        port: int,
        lookup: Lookup = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._port = port
        self._lookup = lookup
        self._clock = clock
        self._lock = threading.Lock()
        self._flight: Future[Sequence[Address]] | None = None
        self._found: Sequence[Address] = ()
        self._found_at = -FRESH
        try:
            self._fixed = resolve(host, port, socket.AI_NUMERICHOST)
        except OSError:
            self._fixed = []

    def get(self, until: float) -> list[Address]:
        """The addresses, another one first at each time. `until` is a time of the clock.

        Raises OSError if the host is not found, TimeoutError if that takes too long. What was
        found before is better than neither.
        """
        found = self._fixed or self._recent() or self._looked_up(until)
        return random.sample(found, len(found))

    def forget_all(self) -> None:
        """Has the host looked up again."""
        self._lock = threading.Lock()
        self._flight, self._found = None, ()

    def _recent(self) -> Sequence[Address]:
        with self._lock:
            return self._found if self._clock() - self._found_at < FRESH else ()

    def _looked_up(self, until: float) -> Sequence[Address]:
        with self._lock:
            flight = self._flight
            if flight is None:
                flight = self._flight = Future()
                threading.Thread(target=self._fly, args=(flight,), daemon=True).start()
        try:
            return flight.result(timeout=max(0.0, until - self._clock()))
        except OSError:
            if not self._found:
                raise
            return self._found

    def _fly(self, flight: Future[Sequence[Address]]) -> None:
        try:
            found = self._lookup(self._host, self._port)
        except Exception as error:  # noqa: BLE001 - whoever waits for the flight gets it
            with self._lock:
                self._flight = None
            flight.set_exception(error)
            return
        with self._lock:
            self._flight = None
            self._found, self._found_at = found, self._clock()
        flight.set_result(found)
