"""`tenantql rebuild`: compares a tenant's aggregates with their sources, and mends them."""

import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cli.stack import Stack, StackError, connect
from tenantql import commerce
from tenantql.engine.rebuilds import Difference, Outcome, Rebuild, Watcher, run
from tenantql.errors import TenantqlError
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.tenancy.routing import RoutingRecord

REBUILDS: Final = {each.name: each for each in commerce.rebuilds}
NAMES: Final = ", ".join(REBUILDS)


def rebuild(  # noqa: PLR0917 - Typer's arguments
    tenant: Annotated[str, typer.Option(help="The tenant's id.")],
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {NAMES}. Default: all.")
    ] = None,
    mend: Annotated[bool, typer.Option("--mend", help="Put right what differs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    settle: Annotated[
        float, typer.Option(help="Seconds between two passes: more than the stream is behind.")
    ] = 2.0,
    stack: Annotated[str, typer.Option(help="Name of the stack.")] = "tenantql-local",
    profile: Annotated[str, typer.Option(help="AWS profile that may become the tenant role.")] = "",
    region: Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")] = "",
) -> None:
    """Compute aggregates of a tenant from their sources, and show what differs from what is kept.

    Exit code 0 if everything agrees (with --mend: in the end), 1 if something differs or was
    written to all the time, 2 if it could not be done.
    """
    console = Console(stderr=as_json)
    try:
        wanted = _wanted(names or [])
        reached = connect(stack, profile, region)
        route = reached.route(tenant)
        _announce(console, route, wanted, mend=mend)
        outcomes = _run(console, reached, route, wanted, settle, mend=mend)
    except (StackError, TenantqlError) as error:
        console.print(f"[bold red]Cannot rebuild:[/] {error}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({name: _plain(found) for name, found in outcomes.items()}, indent=2))
    else:
        _show(console, outcomes)
    raise typer.Exit(0 if all(found.agrees for found in outcomes.values()) else 1)


def _wanted(names: Sequence[str]) -> list[Rebuild]:
    if unknown := sorted({*names} - REBUILDS.keys()):
        raise StackError(f"there is no {', '.join(unknown)}; there is {NAMES}")
    return [each for name, each in REBUILDS.items() if not names or name in names]


def _announce(
    console: Console, route: RoutingRecord, wanted: Sequence[Rebuild], *, mend: bool
) -> None:
    verb = "Comparing, and mending what differs" if mend else "Comparing; nothing is written"
    console.print(f"{verb}: [bold]{route.tenant}[/] in {route.table}", highlight=False)
    for each in wanted:
        sources = " and ".join(source.__name__ for source in each.sources)
        console.print(f"  [cyan]{each.name:<16}[/] {each.about}, from {sources}", highlight=False)


def _run(
    console: Console,
    reached: Stack,
    route: RoutingRecord,
    wanted: Sequence[Rebuild],
    settle: float,
    *,
    mend: bool,
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}

    def answer(request: Any) -> Any:
        # Vended anew for each, so that credentials are renewed in a run of hours.
        return calls.run(reached.transport, request, reached.access(route))

    with _progress(console) as read:
        for each in wanted:
            watcher = Watcher(
                lambda kind, done, whole, name=each.name: read(f"{name}: {kind}", done, whole),
                lambda: time.sleep(settle),
            )
            outcomes[each.name] = drive(run(each, route, watcher, mend=mend), answer)
    return outcomes


@contextmanager
def _progress(console: Console) -> Generator[Callable[[str, int, int], None]]:
    """A bar of what is read at the moment."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Starting", total=None)

        def read(what: str, done: int, whole: int) -> None:
            progress.update(task, description=what, completed=done, total=whole)

        yield read


def _show(console: Console, outcomes: dict[str, Outcome]) -> None:
    table = Table("rebuild", "of", "number", "is", "must be", "", title_justify="left")
    for name, found in outcomes.items():
        for what, differences in (("differs", found.differences), ("mended", found.mended)):
            style = "red" if what == "differs" else "green"
            for difference in differences:
                for number, wrong in difference.numbers.items():
                    now, right = str(wrong.found), str(wrong.expected)
                    table.add_row(name, difference.owner, number, now, right, what, style=style)
        for owner in found.moving:
            table.add_row(name, owner, "", "", "", "is being written to", style="yellow")
    if table.row_count:
        console.print(table)
    for name, found in outcomes.items():
        mark = "[green]✓[/]" if found.agrees else "[red]✗[/]"
        counts = f"{found.owners} compared, {len(found.mended)} mended"
        left = f"{len(found.differences)} differ, {len(found.moving)} moving"
        console.print(f"{mark} {name:<16} {counts}, {left}", highlight=False)


def _plain(found: Outcome) -> dict[str, Any]:
    return {
        "compared": found.owners,
        "differences": [_difference(each) for each in found.differences],
        "mended": [_difference(each) for each in found.mended],
        "moving": found.moving,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    numbers = {
        name: {"found": wrong.found, "expected": wrong.expected}
        for name, wrong in difference.numbers.items()
    }
    return {"of": difference.owner, "numbers": numbers}
