"""Clients at the same time on a table that fails: whoever gets no answer tries again."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tenantql.engine.user_errors import UserError
from tenantql.table import calls
from tenantql.table.access import Access, Credentials
from tenantql.table.encoding import Call
from tenantql.table.errors import Conflict, Unavailable
from tenantql.table.requests import AnyRequest
from tenantql.table.sending import Surroundings
from tenantql.table.transport import OneByOne, Transport, send

ATTEMPTS: Final = 4
AT_ONCE: Final = 30


class Died(Exception):
    """The function's end, in the middle of a request."""


@dataclass
class Failing(OneByOne):
    """A transport on which a part of the calls fail: before they have an effect, or after.

    Conflicts come in rows, so that trying again helps sometimes, and sometimes not.
    """

    transport: Transport
    chance: Random
    share: float
    failures: int = 0
    _conflicts: int = 0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        if call.operation == "TransactWriteItems" and self._conflicts:
            self._conflicts -= 1
            raise Conflict("another write was in the way; try again")
        if self.chance.random() >= self.share:
            return send(self.transport, call, credentials)
        self.failures += 1
        if call.operation == "TransactWriteItems" and self.chance.random() < 0.4:
            self._conflicts = self.chance.choice((0, 1, 3, 7))
            raise Conflict("another write was in the way; try again")
        if self.chance.random() < 0.5:
            send(self.transport, call, credentials)
        raise self.chance.choice((Died, Unavailable))


@dataclass
class Client:
    """Somebody who wants one write done, and tries again with the same key."""

    write: Callable[[], Coroutine[AnyRequest, Any, Any]]
    insistent: bool
    outcome: str = "unknown"
    attempts: int = 0

    async def run(self) -> None:
        """Ends with the outcome `done`, `refused`, or `unknown`: the client has given up."""
        for _ in range(ATTEMPTS if self.insistent else 1):
            self.attempts += 1
            try:
                await self.write()
            except UserError:
                self.outcome = "refused"
            except (Conflict, Unavailable, Died):
                continue
            else:
                self.outcome = "done"
            return


@dataclass
class Crowd:
    """Steps its clients in a random order, a request at a time, so many of them at once."""

    transport: Transport
    access: Access
    chance: Random
    requests: int = 0
    _around: Surroundings = field(default_factory=lambda: Surroundings(sleep=lambda _seconds: None))

    def run(self, clients: list[Client]) -> None:
        """Runs each client to its end."""
        left = iter(clients)
        active: list[tuple[Coroutine[AnyRequest, Any, None], AnyRequest]] = []
        while True:
            while len(active) < AT_ONCE and (client := next(left, None)) is not None:
                self._go_on(active, client.run(), None)
            if not active:
                return
            coroutine, request = active.pop(self.chance.randrange(len(active)))
            self.requests += 1
            try:
                answer = calls.run(self.transport, request, self.access, self._around)
            except (Conflict, Unavailable, Died) as error:
                self._go_on(active, coroutine, error)
            else:
                self._go_on(active, coroutine, answer)

    @staticmethod
    def _go_on(
        active: list[tuple[Coroutine[AnyRequest, Any, None], AnyRequest]],
        coroutine: Coroutine[AnyRequest, Any, None],
        answer: Any,
    ) -> None:
        try:
            failed = isinstance(answer, Exception)
            request = coroutine.throw(answer) if failed else coroutine.send(answer)
        except StopIteration:
            return
        active.append((coroutine, request))
