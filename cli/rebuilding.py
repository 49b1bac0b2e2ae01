"""`tenantql rebuild`: compares what is kept of a tenant with its sources, and mends it."""

import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cli.asking import ensure_agreed
from cli.stack import Stack, StackError, connect
from tenantql.commerce.rebuilds import rebuilds
from tenantql.engine.rebuilds import Difference, Outcome, Rebuild, Watcher
from tenantql.errors import TenantqlError
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.tenancy.routing import RoutingRecord

REBUILDS: Final = {each.name: each for each in rebuilds}
ALL: Final = "all"
NAMES: Final = ", ".join(REBUILDS)
WIDTH: Final = max(map(len, REBUILDS)) + 1
SHOWN: Final = 60
"""Characters of a value in the table; --json has all of it."""


def rebuild(  # noqa: PLR0917 - Typer's arguments
    tenant: Annotated[str, typer.Option(help="The tenant's id.")],
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {NAMES}; or {ALL}, as without a name.")
    ] = None,
    mend: Annotated[
        bool, typer.Option("--mend", help="Put right what differs; asks before it begins.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Mend without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    settle: Annotated[
        float, typer.Option(help="Seconds between two looks: more than the stream is behind.")
    ] = 2.0,
    stack: Annotated[str, typer.Option(help="Name of the stack.")] = "tenantql-local",
    control_table: Annotated[
        str, typer.Option(help="Control table, if the stack was given one; default: its own.")
    ] = "",
    profile: Annotated[str, typer.Option(help="AWS profile that may become the tenant role.")] = "",
    region: Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")] = "",
) -> None:
    """Compute from its sources what is kept of a tenant, and show what differs.

    Exit code 0 if everything agrees (with --mend: in the end), 1 if something differs or was
    written to all the time, 2 if it could not be done, or was not to be.
    """
    console = Console(stderr=as_json)
    try:
        wanted = _wanted(names or [])
        reached = connect(stack, profile, region, control_table)
        route = reached.route(tenant)
        _announce(console, route, wanted, mend=mend)
        if mend and not yes:
            ensure_agreed(console, "Mend what differs?", "nobody agreed to mend")
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
    if unknown := sorted({*names} - REBUILDS.keys() - {ALL}):
        raise StackError(f"there is no {', '.join(unknown)}; there is {NAMES}")
    return [each for name, each in REBUILDS.items() if ALL in (names or [ALL]) or name in names]


def _announce(
    console: Console, route: RoutingRecord, wanted: Sequence[Rebuild], *, mend: bool
) -> None:
    verb = "Comparing, and mending what differs" if mend else "Comparing; nothing is written"
    console.print(f"{verb}: [bold]{route.tenant}[/] in {route.table}", highlight=False)
    for each in wanted:
        sources = " and ".join(source.__name__ for source in each.made_of)
        about = f"{each.about}, from {sources}"
        console.print(f"  [cyan]{each.name:<{WIDTH}}[/] {about}", highlight=False)


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
            outcomes[each.name] = drive(each.run(route, watcher, mend=mend), answer)
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
    table = Table("rebuild", "of", "what", "is", "must be", "", title_justify="left")
    for name, found in outcomes.items():
        for what, differences in (("differs", found.differences), ("mended", found.mended)):
            style = "red" if what == "differs" else "green"
            for difference in differences:
                told = f"{what}: {difference.why_left}" if difference.why_left else what
                for part, wrong in difference.wrong.items():
                    now, right = _short(wrong.found), _short(wrong.expected)
                    row = (name, difference.owner, part, now, right, told)
                    table.add_row(*map(escape, row), style=style)
        for owner in found.moving:
            told = "is being written to"
            table.add_row(name, escape(owner), "", "", "", told, style="yellow")
    if table.row_count:
        console.print(table)
    for name, found in outcomes.items():
        mark = "[green]✓[/]" if found.agrees else "[red]✗[/]"
        counts = f"{found.owners} compared, {len(found.mended)} mended"
        left = f"{len(found.differences)} differ, {len(found.moving)} moving"
        console.print(f"{mark} {name:<{WIDTH}} {counts}, {left}", highlight=False)


def _plain(found: Outcome) -> dict[str, Any]:
    return {
        "compared": found.owners,
        "differences": [_difference(each) for each in found.differences],
        "mended": [_difference(each) for each in found.mended],
        "moving": found.moving,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    wrong = {
        name: {"found": each.found, "expected": each.expected}
        for name, each in difference.wrong.items()
    }
    left = {"why_left": difference.why_left} if difference.why_left else {}
    return msgspec.to_builtins({"of": difference.owner, "wrong": wrong, **left})


def _short(value: object) -> str:
    """A value in a cell of the table; nothing for None."""
    text = "" if value is None else value if isinstance(value, str) else _json(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
