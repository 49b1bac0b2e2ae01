"""A process that asks: its own instances of the functions, its own people, its own clock."""

import gc
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, Final

import orjson
import psutil

from benchmarks.day.mix import FLOWS, documents, rates
from load.bare import Bare
from load.functions import Functions, Runtime
from load.measuring import Part, Waiting
from load.scene import CURRENCY, Scene
from load.script import STAFF, Asked, Script, judged
from load.setting import Size, set_scene
from local import issuer
from tenantql.tenancy.identity import Role

PART: Final = 1_000
"""Requests after which what was measured is sent off, at the latest."""

SECONDS: Final = 1.0
EVERY: Final = 250
FIRST: Final = 100
"""Requests between two bare calls by boto3, and before the first."""

CHECKS: Final = rates()["U8 check"] / (sum(rates().values()) - rates()["U8 check"])
"""Times that the authorizer is asked for each request, as in the catalogue."""

NUMBERS: Final = {flow.name: number for number, flow in enumerate(FLOWS)}
EXAMPLES: Final = 3


@dataclass(frozen=True)
class Orders:
    """What a worker is told: who it is of how many, where AWS is, and by what chance it draws."""

    number: int
    workers: int
    environment: Mapping[str, str]
    table: str
    seed: int
    left_out: frozenset[str]


@dataclass(frozen=True)
class SetScenes:
    """Fill scenes with what they have a size of, and send them back; None for each step."""

    scenes: Sequence[Scene]
    sizes: Sequence[Size]


@dataclass(frozen=True)
class Ask:
    """Ask so many requests, beginning with each of `opening`.

    Parts of what is measured are sent, then `Done`.
    """

    scenes: Sequence[Scene]
    requests: int
    opening: Sequence[str]


@dataclass(frozen=True)
class Done:
    """All is asked: by tenant what was paid and given back, and what there was nothing for."""

    money: Mapping[str, tuple[int, int]]
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class Revenue:
    """Send the net revenue of these tenants, in all."""

    tenants: Sequence[str]


def work(orders: Orders, pipe: Connection, stop: Any) -> None:
    """Sets scenes, then asks, as it is told; see `Worker`. Ends when there is nothing more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent hears it, and sets `stop`.
    with issuer.serving() as own:
        worker = Worker(orders, Functions(orders.environment, own), pipe, stop)
        try:
            while (told := pipe.recv()) is not None:
                worker.do(told)
        except Exception as error:
            pipe.send(error)
            raise


class Worker:
    """Asks one request after another, as an instance of a function answers them."""

    def __init__(self, orders: Orders, functions: Functions, pipe: Connection, stop: Any) -> None:
        self._orders = orders
        self._functions = functions
        self._pipe = pipe
        self._stop = stop
        self._waiting = Waiting()
        self._ids = count()
        self._process = psutil.Process()
        # Names and idempotency keys must be new, also to a table that another run has written.
        self._first = (int(time.time()) * 64 + orders.number) * 10_000_000

    def do(self, told: SetScenes | Ask | Revenue) -> None:
        """Does what it is told."""
        match told:
            case SetScenes():
                self.set_scenes(told)
            case Ask():
                self.ask(told)
            case Revenue():
                self.revenue(told)

    def set_scenes(self, told: SetScenes) -> None:
        """See `SetScenes`."""
        for scene, size in zip(told.scenes, told.sizes, strict=True):
            set_scene(scene, size, self._asked, self._first, lambda: self._pipe.send(None))
            self._first += size.steps
        self._pipe.send(list(told.scenes))

    def revenue(self, told: Revenue) -> None:
        """See `Revenue`."""
        year, net = time.gmtime().tm_year, 0
        months = {"currency": CURRENCY, "from": f"{year}-01", "to": f"{year}-12"}
        text = documents()["Revenue"]
        for tenant in told.tenants:
            net += self._asked(tenant, STAFF, Role.STAFF, text, months)["total"]["net"]["amount"]
        self._pipe.send(net)

    def ask(self, told: Ask) -> None:
        """See `Ask`."""
        # What was made by now lives as long as the process, as in a function after its start.
        gc.collect()
        gc.freeze()
        orders = self._orders
        script = Script(told.scenes, orders.seed, self._first, orders.left_out, told.opening)
        bare = Bare(orders.environment, orders.table, told.scenes[0].tenant)
        checks, part, sent = 0.0, Part(orders.number), time.monotonic()
        with self._waiting.watched():
            for number in range(told.requests):
                asked = script.next()
                self._measure(asked, part)
                checks += CHECKS
                if checks >= 1:
                    checks -= 1
                    self._check(asked, part)
                bare.learn(asked, self._functions.observed)
                if number % EVERY == FIRST:
                    bare.ask(part)
                if len(part) >= PART or time.monotonic() - sent > SECONDS:
                    self._send(part)
                    part, sent = Part(orders.number), time.monotonic()
                    if self._stop.is_set():
                        break
        self._send(part)
        money = {tenant: (book.received, book.given_back) for tenant, book in script.books.items()}
        self._pipe.send(Done(money, script.skipped))

    def _send(self, part: Part) -> None:
        part.rss, part.cpu = self._process.memory_info().rss, time.process_time()
        self._pipe.send(part)

    def _measure(self, asked: Asked, part: Part) -> None:
        functions, waiting = self._functions, self._waiting
        event, runtime = functions.event(asked), Runtime(f"request-{next(self._ids)}")
        handler, functions.observed = functions.handler(asked), None
        waiting.seconds = 0.0
        cpu, began = time.thread_time_ns(), time.perf_counter()
        response = handler(event, runtime)
        whole, cpu = time.perf_counter() - began, time.thread_time_ns() - cpu
        part.add(NUMBERS[asked.flow.name], whole, waiting.seconds, cpu, functions.observed)
        wrong = judged(asked, response["body"])
        if wrong is not None:
            part.errors[asked.flow.name, wrong] += 1
            if len(part.examples) < EXAMPLES:
                part.examples.append(f"{asked.flow.name} in {asked.tenant}: {response['body']}")
        if asked.flow.name == "U8 log out":
            functions.forget(asked.tenant, asked.subject, asked.flow.role)

    def _check(self, asked: Asked, part: Part) -> None:
        """The authorizer, with a new token of whoever asks."""
        event = self._functions.authorizer_event(asked.tenant, asked.subject, asked.flow.role)
        began = time.perf_counter()
        found = self._functions.authorizer(event, None)
        part.checks.append(round((time.perf_counter() - began) * 1e6))
        if not found["isAuthorized"]:
            part.errors["U8 check", "refused"] += 1

    def _asked(
        self, tenant: str | None, subject: str, role: Role, text: str, variables: Mapping[str, Any]
    ) -> Any:
        event = self._functions.event_of(tenant, subject, role, text, variables)
        response = self._functions.graphql(event, Runtime(f"request-{next(self._ids)}"))
        body = orjson.loads(response["body"])
        root: Any = next(iter((body.get("data") or {"": None}).values()))
        if "errors" in body or not root or root.get("userErrors"):
            raise RuntimeError(f"the scene cannot be set: {response['body']}")
        return root
