"""Transports that fail on purpose, and instances of the function that run at the same time."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.errors import Conflict
from tenantql.table.transport import OneByOne, Transport, send
from tests.integration.installation import Instance


class Died(Exception):
    """The function's end, in the middle of a request."""


@dataclass
class Dying(OneByOne):
    """Dies at call number `at`: before DynamoDB gets it, or before the answer comes back."""

    transport: Transport
    at: int
    after: bool
    made: int = 0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self.made += 1
        assert self.made <= self.at, "a function that is dead makes no calls"
        if self.made == self.at and not self.after:
            raise Died
        answer = send(self.transport, call, credentials)
        if self.made == self.at:
            raise Died
        return answer


@dataclass
class Colliding(OneByOne):
    """Answers call number `at`, and those after it, with a conflict; so many times."""

    transport: Transport
    at: int
    times: int
    made: int = 0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self.made += 1
        if self.at <= self.made < self.at + self.times:
            raise Conflict("another write was in the way; try again")
        return send(self.transport, call, credentials)


@dataclass
class Between(OneByOne):
    """Lets something else happen just ahead of call number `at`."""

    transport: Transport
    at: int
    happen: Callable[[], None]
    made: int = 0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        self.made += 1
        if self.made == self.at:
            # In a thread of its own, since an operation has an event loop and this is amid one.
            with ThreadPoolExecutor(1) as other:
                other.submit(self.happen).result()
        return send(self.transport, call, credentials)


@dataclass
class Ahead(OneByOne):
    """Lets something else happen just ahead of the first call that `of` is true of."""

    transport: Transport
    of: Callable[[Call], bool]
    happen: Callable[[], None]
    happened: bool = False

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        if not self.happened and self.of(call):
            self.happened = True
            with ThreadPoolExecutor(1) as other:
                other.submit(self.happen).result()
        return send(self.transport, call, credentials)


def at_once[R](instances: Sequence[Instance], ask: Callable[[Instance, int], R]) -> list[R]:
    """What each instance answers when all of them start together."""
    start = Barrier(len(instances))

    def one(number: int) -> R:
        start.wait()
        return ask(instances[number], number)

    with ThreadPoolExecutor(len(instances)) as threads:
        return list(threads.map(one, range(len(instances))))
