"""The benchmarks' command: `make bench`, or `python -m benchmarks --help`."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    cases,
    cold,
    executing,
    growth,
    memory,
    metering,
    overhead,
    patterns,
    plot,
    profiling,
    refusals,
    requests,
    sides,
)
from benchmarks.report import Findings, Target, targets_table
from benchmarks.stub.process import Stub
from local.provision import ROOT

PLOT: Final = ROOT / ".local" / "benchmarks" / "benchmarks.svg"

app = typer.Typer(no_args_is_help=True, add_completion=False)


@dataclass(frozen=True)
class Run:
    """What the parts of one run share. A quick run asks each thing just often enough to see it."""

    stub: Stub
    progress: Progress
    repeat: int
    quick: bool
    shards: int


PARTS: Final[Mapping[str, Callable[[Run], Findings]]] = {
    "requests": lambda r: requests.run(list(cases.CASES.values()), r.stub, r.repeat, r.progress),
    "executing": lambda r: executing.run(r.repeat, r.progress),
    "overhead": lambda r: overhead.run(r.stub, r.repeat, r.progress),
    "refusals": lambda r: refusals.run(r.stub, r.repeat, r.progress),
    "memory": lambda r: memory.run(1_000 if r.quick else memory.TENANTS, r.progress),
    "cold": lambda r: cold.run(r.stub, 1 if r.quick else 11, r.progress),
    "growth": lambda r: growth.run(
        r.stub, growth.SIZES[:2] if r.quick else growth.SIZES, r.progress
    ),
    "metering": lambda r: metering.run(0.05 if r.quick else 1.0, r.progress),
    "patterns": lambda r: patterns.run(min(r.repeat, 30), r.shards, r.progress),
}


@app.callback()
def main() -> None:
    """Measured claims of TenantQL. What names no command is for `run`."""


@app.command()
def run(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}; all of them by default.")
    ] = None,
    *,
    repeat: Annotated[int, typer.Option(help="How often each request is made.", min=1)] = 200,
    quick: Annotated[
        bool, typer.Option("--quick", help="See that it runs, within a minute.")
    ] = False,
    data: Annotated[Path | None, typer.Option("--json", help="Write the data there.")] = None,
    shards: Annotated[int, typer.Option(help="For patterns: of each list.", min=1, max=100)] = 1,
    picture: Annotated[Path, typer.Option("--plot", help="An SVG or PNG.")] = PLOT,
) -> None:
    """Time of whole requests beside other ways, memory, cold start, and what patterns cost."""
    chosen = parts or list(PARTS)
    if unknown := set(chosen) - PARTS.keys():
        raise typer.BadParameter(f"no part is called {', '.join(sorted(unknown))}")
    console = _console()
    found: dict[str, Findings] = {}
    with Stub() as stub, sides.surroundings(stub), _progress(console) as progress:
        shared = Run(stub, progress, 5 if quick else repeat, quick, shards)
        for part in PARTS:
            if part in chosen:
                found[part] = PARTS[part](shared)
                for table in found[part].tables:
                    console.print(table, "")
    targets = [target for one in found.values() for target in one.targets]
    console.print(targets_table(targets), "")
    if quick:
        console.print("[yellow]A quick run shows that it runs. Its numbers say nothing.[/]")
    _tell_noise(console)
    if plot.save({part: one.data for part, one in found.items()}, picture):
        console.print(f"Plot: {picture}")
    if data is not None:
        _write(data, found, targets)


@app.command()
def profile(
    case: Annotated[str, typer.Argument(help=f"One of {', '.join(cases.CASES)}.")],
    side: Annotated[str, typer.Option(help=f"One of {', '.join(sides.SIDES)}.")] = sides.OURS,
    calls: Annotated[bool, typer.Option("--calls", help="Count calls, with cProfile.")] = False,
    seconds: Annotated[float, typer.Option(help="How long to look.")] = 5.0,
) -> None:
    """Where the time of one case goes."""
    if case not in cases.CASES or side not in sides.SIDES:
        raise typer.BadParameter("there is no such case or side; --help lists them")
    asked, (function, settings) = cases.CASES[case], sides.SIDES[side]
    with Stub() as stub, sides.surroundings(stub):
        answer = sides.handler(function, stub.urls[asked.delay], **settings)
        ask = requests.asking(answer, asked)
        if calls:
            profiling.calls(ask, 200)
        else:
            profiling.sample(ask, seconds, _console())


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 140)


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def _tell_noise(console: Console) -> None:
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load > processors:
        console.print(
            f"[yellow]This machine is busy: a load of {load:.1f} on {processors} processors. "
            "Go by the ratios of p10 and of processor time, or try again later.[/]"
        )


def _write(file: Path, found: Mapping[str, Findings], targets: list[Target]) -> None:
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    all_of_it: dict[str, Any] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine | {"processors": os.cpu_count(), "load": os.getloadavg()[0]},
        "parts": {part: one.data for part, one in found.items()},
        "targets": [target.data() for target in targets],
    }
    file.write_text(json.dumps(all_of_it, indent=2) + "\n", encoding="utf-8")


def _arguments(given: list[str]) -> list[str]:
    commands = {"--help", "profile", "run"}
    return given if given and given[0] in commands else ["run", *given]


app(args=_arguments(sys.argv[1:]), prog_name="python -m benchmarks")
