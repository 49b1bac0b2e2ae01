"""The load's command: `make load`, or `python -m load --help`."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.report import new_table
from load import page, people, report, summary
from load.backends import Kind
from load.people import TokensError
from load.run import LoadError, Plan, run
from load.screen import Screen
from load.setting import SIZES
from load.summary import PROMISED, Row, Summary
from load.target import dollars, is_loopback
from local.provision import ROOT

REPORT: Final = ROOT / ".local" / "load" / "report.html"
LOCUST_REPORT: Final = REPORT.with_name("locust.html")
LOCUSTFILE: Final = ROOT / "load" / "locustfile.py"

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
    document: Annotated[
        Path | None,
        typer.Option(
            "--page", help="Also write this page, with picture and data beside it.", metavar="MD"
        ),
    ] = None,
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
    out.write_text(report.html(found), encoding="utf-8")
    _tell(console, found)
    console.print(f"Report: {out}\nData: {data}")
    if document is not None:
        page.make(found, document)
        console.print(f"Page: {document}")
    if found.money is not None and not found.money.agrees:
        console.print("[red]The tenants' revenue is not what their customers paid.[/]")
        raise typer.Exit(1)
    raise typer.Exit(1 if found.wrong else 0)


@app.command("page")
def again(
    data: Annotated[Path, typer.Argument(help="What a run has kept.", dir_okay=False, exists=True)],
) -> None:
    """Make a page and its picture anew from the data of a run."""
    page.make(summary.load(data), data.with_suffix(".md"))


@app.command("url")
def over_http(
    url: Annotated[str, typer.Argument(help="Of the API, such as `make run` prints.")],
    *,
    tokens: Annotated[
        Path | None,
        typer.Option(
            help="JWTs, one a line: of each tenant a customer, a seller, staff and an admin. "
            "Without, those that `make run` hands out.",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    requests: Annotated[int, typer.Option(min=1, max=10_000_000, help="At most.")] = 1_000,
    seconds: Annotated[int, typer.Option(min=1, max=86_400, help="At most.")] = 60,
    users: Annotated[int, typer.Option(min=1, max=10_000, help="Customers at the same time.")] = 2,
    out: Annotated[Path, typer.Option(help="Locust's report.")] = LOCUST_REPORT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask about the cost.")] = False,
) -> None:
    """Ask an API over HTTP, in the catalogue's mix, by Locust; bounded in requests and time.

    Makes a few users, categories and products in each tenant of the tokens, then carts and orders:
    never ask an API that customers use. Exit code 1 if an answer was not right.
    """
    console = Console()
    if tokens is not None:
        try:
            people.staffed(people.read(tokens), users)
        except TokensError as error:
            raise typer.BadParameter(str(error), param_hint="--tokens") from None
    if not is_loopback(url):
        usd = dollars(requests)
        console.print(f"{requests:,} requests cost about ${usd:.2f} on AWS, and write data there.")
        if not yes:
            typer.confirm("Ask them?", abort=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"]
    command += ["--only-summary", "--host", url, "--users", str(users), "--spawn-rate", str(users)]
    command += ["--run-time", f"{seconds}s", "--requests", str(requests), "--html", str(out)]
    command += ["--tokens", str(tokens)] if tokens else []
    ended = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - Locust, with our file
    console.print(f"Report: {out}")
    raise typer.Exit(ended.returncode)


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
