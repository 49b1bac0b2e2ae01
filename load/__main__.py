"""The load's command: `make load`, or `python -m load --help`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.report import new_table
from load import summary
from load.backends import Kind
from load.run import LoadError, Plan, run
from load.screen import Screen
from load.setting import SIZES
from load.summary import PROMISED, Row, Summary
from local.provision import ROOT

REPORT: Final = ROOT / ".local" / "load" / "report.html"

SMALL: Final = 2_000
"""Requests that a local cloud answers in a minute or two."""

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("run")
def in_process(
    *,
    requests: Annotated[int, typer.Option(min=1, help="How many are asked.")] = SMALL,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that ask.")] = 2,
    store: Annotated[
        Kind | None,
        typer.Option(
            help="What is asked: the table in memory, or a local cloud with IAM enforced, which "
            f"is slow. The local cloud, if there are at most {SMALL:,} requests.",
            show_default=False,
        ),
    ] = None,
    tenants: Annotated[int | None, typer.Option(min=2, help="How many; by the store.")] = None,
    size: Annotated[
        str | None, typer.Option(help=f"What the largest has: {', '.join(SIZES)}; by the store.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the same requests again.")] = 1,
    out: Annotated[Path, typer.Option(help="The report; its data goes beside it.")] = REPORT,
) -> None:
    """Ask the functions' own handlers in this machine, in the catalogue's mix, and report.

    Ctrl-C ends it early, with a report of what there is. Exit code 1 if an answer was not right.
    """
    console = Console(width=None if sys.stdout.isatty() else 120)
    kind = store or (Kind.CLOUD if requests <= SMALL else Kind.MEMORY)
    small = kind is Kind.CLOUD
    if size is not None and size not in SIZES:
        raise typer.BadParameter(f"it is one of {', '.join(SIZES)}", param_hint="--size")
    plan = Plan(
        requests,
        workers,
        kind,
        tenants or (3 if small else 20),
        size or ("small" if small else "medium"),
        seed,
        command=shlex.join(["python", "-m", "load", *sys.argv[1:]]),
    )
    screen = Screen(console)
    try:
        with screen.shown():
            found = run(plan, screen)
    except LoadError as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(2) from None
    data = out.with_suffix(".json")
    summary.save(found, data)
    _tell(console, found)
    console.print(f"Data: {data}")
    raise typer.Exit(1 if found.wrong else 0)


def _tell(console: Console, found: Summary) -> None:
    title = (
        f"{found.requests:,} requests in {found.seconds:,.0f} s, "
        f"{found.requests / found.seconds:,.0f} a second, {found.wrong:,} errors"
    )
    table = new_table(
        title, "", "requests", "own p50", "own p99", "CPU p99", "with store p50", "p99", "calls"
    )
    for name in PROMISED:
        if name in found.rows:
            _row(table, name, found.rows[name])
    _row(table, "all rows", found.all)
    for name, bare in found.bare.items():
        quantiles = bare.whole
        told = f"{quantiles.p50:.2f}", f"{quantiles.p99:.2f}"
        table.add_row(f"boto3 {name}", f"{bare.calls:,}", "", "", "", *told, "1")
    console.print(table)
    for row, codes in found.errors.items():
        told = ", ".join(f"{count:,} {code}" for code, count in codes.items())
        console.print(f"[red]{row}: {told}[/]")
    for example in found.examples:
        console.print(example[:600], markup=False)


def _row(table: Table, name: str, row: Row) -> None:
    times = (row.own.p50, row.own.p99, row.cpu.p99, row.whole.p50, row.whole.p99)
    told = (f"{one:.2f}" for one in times)
    table.add_row(name, f"{row.requests:,}", *told, f"{row.calls:.2f}")


if __name__ == "__main__":
    app(prog_name="python -m load")
