"""A run in process: a store, workers that ask, the stream function that follows, and a summary."""

import multiprocessing
import os
import platform
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import psutil

from benchmarks.day.mix import FLOWS
from load.backends import TITLES, Backend, Kind, backend
from load.follower import Followed, follow
from load.gathering import Gathering
from load.measuring import Part
from load.scene import Scene
from load.setting import SIZES, Size
from load.summary import Cost, Heat, Machine, Money, Stream, Summary
from load.tenants import scenes_of
from load.worker import Ask, Done, Orders, Revenue, SetScenes, work
from local.provision import ROOT

SPAWN: Final = multiprocessing.get_context("spawn")
"""Workers begin as bare processes, as instances of a function do."""

GOODBYE: Final = 5
"""Seconds for a process to end by itself."""

PATIENCE: Final = 600
"""Seconds for the stream to be followed."""


@dataclass(frozen=True)
class Plan:
    """What is to be done."""

    requests: int
    workers: int = 2
    store: Kind = Kind.MEMORY
    tenants: int = 20
    size: str = "medium"
    seed: int = 1
    command: str = ""

    @property
    def slice_seconds(self) -> float:
        """How often percentiles are taken: so that a long run has a few hundred of them."""
        return 5.0 if self.requests >= 50_000 else 1.0


class Watch:
    """Who is told how a run goes; this one says nothing. `stop` is asked again and again."""

    stop = False

    def stage(self, title: str, total: int | None) -> None:
        """Something begins that has so many steps, if that is known."""

    def advance(self, steps: int) -> None:
        """So many steps are done."""

    def found(self, gathering: Gathering) -> None:
        """More has been measured."""


class LoadError(Exception):
    """Raised when a run cannot go on; the message says what happened."""


def run(plan: Plan, watch: Watch) -> Summary:
    """Does it. Raises LoadError."""
    with backend(plan.store) as store, _Run(plan, store, watch) as running:
        return running.summary()


class _Run:
    def __init__(self, plan: Plan, store: Backend, watch: Watch) -> None:
        self._plan, self._store, self._watch = plan, store, watch
        self._stop, self._end = SPAWN.Event(), SPAWN.Event()
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []

    def __enter__(self) -> Self:
        plan, store = self._plan, self._store
        for number in range(plan.workers):
            orders = Orders(
                number,
                plan.workers,
                store.environment,
                store.table,
                plan.seed * 1_000 + number,
                store.left_out,
            )
            self._pipes.append(self._start(work, orders, self._stop))
        self._follower = None
        if store.followed:
            self._follower = self._start(follow, store.environment, self._end)
        return self

    def _start(self, target: Callable[..., None], told: Any, event: Any) -> Connection:
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=target, args=(told, theirs, event), daemon=True)
        process.start()
        theirs.close()
        self._processes.append(process)
        return ours

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.send(None)
        self._end.set()
        for process in self._processes:
            process.join(GOODBYE)
            process.kill()
            process.join()

    def summary(self) -> Summary:
        """Sets the scene, asks, and adds up."""
        plan, load_before = self._plan, os.getloadavg()[0]
        scenes = self._set_scenes()
        self._settled("Following the stream")
        self._store.forget()
        state, began = self._store.state(), time.monotonic()
        moment, follower = datetime.now(UTC), self._follower_cpu()
        gathering, done = self._ask(scenes)
        seconds = time.monotonic() - began
        after = self._store.state()
        waiting = self._settled("Following the stream")
        money = None if waiting is None else self._money(scenes, done)
        follower = self._follower_cpu() - follower
        stream = self._followed(waiting)
        rows, everything = gathering.rows()
        heat = self._store.heat()
        asked = everything.requests
        return Summary(
            command=plan.command,
            commit=_commit(),
            began=moment.isoformat(timespec="seconds"),
            seconds=round(seconds, 1),
            interrupted=asked < plan.requests,
            store=TITLES[plan.store],
            workers=plan.workers,
            tenants=plan.tenants,
            size=plan.size,
            seed=plan.seed,
            machine=_machine(load_before),
            requests=asked,
            checks=gathering.checks.count,
            check=gathering.checks.quantiles if gathering.checks.count else None,
            errors={row: dict(codes) for row, codes in gathering.errors.items()},
            examples=gathering.examples,
            skipped=dict(sum((Counter(one.skipped) for one in done), Counter[str]())),
            rows=rows,
            all=everything,
            bare=gathering.bare(),
            slices=gathering.slices,
            cost=Cost(
                round(sum(gathering.cpu.values()) / asked * 1e3, 4),
                round((after["cpu"] - state["cpu"]) / asked * 1e3, 4) if after else None,
                round(follower / asked * 1e3, 4) if stream else None,
            ),
            items=after.get("items"),
            heat=msgspec.convert(heat, Heat) if heat else None,
            stream=stream,
            money=money,
        )

    def _set_scenes(self) -> list[Scene]:
        plan = self._plan
        planned = scenes_of(plan.tenants, SIZES[plan.size], self._store.table)
        self._store.register([scene for scene, _ in planned])
        shares = _shared(planned, plan.workers)
        self._watch.stage("Setting the scene", sum(size.steps for _, size in planned))
        made: list[Scene] = []
        for pipe, share in zip(self._pipes, shares, strict=True):
            pipe.send(SetScenes([scene for scene, _ in share], [size for _, size in share]))
        pending = [*self._pipes]
        while pending:
            for pipe in _ready(pending):
                told = _received(pipe)
                if told is None:
                    self._watch.advance(1)
                else:
                    made += told
                    pending.remove(pipe)
        return sorted(made, key=lambda scene: scene.tenant)

    def _ask(self, scenes: Sequence[Scene]) -> tuple[Gathering, list[Done]]:
        plan, gathering = self._plan, Gathering(self._plan.workers)
        self._watch.stage("Asking", plan.requests)
        each, more = divmod(plan.requests, plan.workers)
        opening = [flow.name for flow in FLOWS]
        for number, pipe in enumerate(self._pipes):
            parts = [scene.part(number, plan.workers) for scene in scenes]
            pipe.send(Ask(parts, each + (number < more), opening[number :: plan.workers]))
        done = list[Done]()
        pending, began = [*self._pipes], time.monotonic()
        ends = began + plan.slice_seconds
        while pending:
            for pipe in _ready(pending):
                told = _received(pipe)
                if isinstance(told, Part):
                    gathering.take(told)
                    self._watch.advance(len(told))
                else:
                    done.append(told)
                    pending.remove(pipe)
            if time.monotonic() >= ends or not pending:
                gathering.end_slice(
                    time.monotonic() - began, self._store.state(), os.getloadavg()[0]
                )
                ends = time.monotonic() + plan.slice_seconds
            self._watch.found(gathering)
            if self._watch.stop:
                self._stop.set()
        return gathering, done

    def _settled(self, title: str) -> float | None:
        """Waits for the stream to be followed: seconds that took; None if it is not."""
        if self._follower is None:
            return None
        began = time.monotonic()
        left = self._store.state()["waiting"]
        self._watch.stage(title, left)
        while (now := self._store.state()["waiting"]) and time.monotonic() - began < PATIENCE:
            # Following goes on writing: there can be more than before.
            self._watch.advance(max(0, left - now))
            left = min(left, now)
            if self._follower.poll(0.1):
                raise LoadError("the stream function has ended")
        return time.monotonic() - began

    def _follower_cpu(self) -> float:
        if self._follower is None:
            return 0.0
        found = psutil.Process(self._processes[-1].pid).cpu_times()
        return found.user + found.system

    def _followed(self, seconds: float | None) -> Stream | None:
        if self._follower is None or seconds is None:
            return None
        self._end.set()
        told: Followed = _received(self._follower)
        return Stream(told.records, told.failed, round(seconds, 1))

    def _money(self, scenes: Sequence[Scene], done: Sequence[Done]) -> Money:
        """What was paid and given back, and what the tenants' revenue says of it (I4)."""
        pipe = self._pipes[0]
        pipe.send(Revenue([scene.tenant for scene in scenes]))
        net: int = _received(pipe)
        sums = [pair for each in done for pair in each.money.values()]
        return Money(sum(pair[0] for pair in sums), sum(pair[1] for pair in sums), net)


def _shared(planned: Sequence[tuple[Scene, Size]], workers: int) -> list[list[tuple[Scene, Size]]]:
    """Tenants for each worker to make, about as much for each."""
    shares: list[list[tuple[Scene, Size]]] = [[] for _ in range(workers)]
    for one in sorted(planned, key=lambda pair: -pair[1].steps):
        min(shares, key=lambda share: sum(size.steps for _, size in share)).append(one)
    return shares


def _ready(pipes: Sequence[Connection]) -> list[Any]:
    return wait(pipes, timeout=0.1)


def _received(pipe: Connection) -> Any:
    """Raises LoadError for what a process raised, or when it has ended."""
    try:
        told = pipe.recv()
    except EOFError:
        raise LoadError("a process has ended; its error is above") from None
    if isinstance(told, Exception):
        raise LoadError(str(told)) from told
    return told


def _machine(load_before: float) -> Machine:
    return Machine(
        _processor(),
        os.cpu_count() or 1,
        round(psutil.virtual_memory().total / 2**30, 1),
        f"{platform.system()} {platform.release()}",
        platform.python_version(),
        round(load_before, 2),
        round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """The commit that is asked, with a mark if there are changes beside it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607 - whichever is on the path
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return told.stdout.strip() or "unknown"
