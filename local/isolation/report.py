"""What the command shows: a bar while it runs, a table for each of `Who`, what is wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence
from string import ascii_uppercase
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.isolation.requests import REQUESTS
from local.isolation.rules import Who
from local.isolation.runner import Verdict
from local.isolation.situations import SITUATIONS, Situation
from local.isolation.trust import TrustVerdict

ALLOWED: Final = "[green]✓[/]"
DENIED: Final = "[dim]·[/]"
WRONG: Final = "[bold red]✗[/]"

SHOWN: Final = (Who.READ, Who.WRITE, Who.ADMINISTER, Who.PLATFORM, Who.GRAPHQL_FUNCTION)
"""Whose tables are shown unless all are asked for."""


def progress(console: Console) -> Progress:
    """A bar for the rows, gone when it is full."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def legend(console: Console) -> None:
    """What the columns and the signs of the tables mean."""
    names = (f"[bold]{letter}[/] {each.name}" for letter, each in _columns())
    console.print(f"\n{ALLOWED} allowed  {DENIED} denied by IAM  {WRONG} not what the rules say")
    console.print(", ".join(names), highlight=False)


def show(console: Console, who: Who, verdicts: Iterable[Verdict]) -> None:
    """The request types of one of `Who` against the situations."""
    table = Table(title=f"\n{who}", title_justify="left", box=None, padding=(0, 0))
    table.add_column("request", no_wrap=True)
    for letter, _ in _columns():
        table.add_column(letter, justify="right", width=2)
    found = {(each.row.request.name, each.row.situation.name): each for each in verdicts}
    for request in REQUESTS:
        cells = [found.get((request.name, situation.name)) for _, situation in _columns()]
        if any(cells):
            table.add_row(request.name, *(_cell(each) for each in cells))
    console.print(table)


def summary(console: Console, verdicts: Sequence[Verdict], trust: Sequence[TrustVerdict]) -> None:
    """How many rows of each there were, and every row that is wrong."""
    rows = Counter(each.row.who for each in verdicts)
    wrong = [
        *(each for each in verdicts if each.problem),
        *(each for each in trust if each.problem),
    ]
    allowed = Counter(each.row.who for each in verdicts if each.row.allowed)
    console.print("\n[bold]Rows[/]")
    for who, count in rows.items():
        console.print(f"  {who:<34} {count:>5}, of these {allowed[who]:>4} allowed")
    console.print(f"  {'who may become whom':<34} {len(trust):>5}")
    for each in wrong:
        console.print(f"{WRONG} {escape(str(each))}", soft_wrap=True)
    verdict = f"[bold red]{len(wrong)} rows are wrong[/]" if wrong else "[bold green]All hold[/]"
    console.print(f"\n{verdict} of {len(verdicts) + len(trust)}.")


def _columns() -> Iterable[tuple[str, Situation]]:
    return zip(ascii_uppercase, SITUATIONS, strict=False)


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    if verdict.problem:
        return WRONG
    return ALLOWED if verdict.row.allowed else DENIED
