"""What is shown of backups and restores: tables of what was found, progress, and sizes."""

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cli.recovery.comparing import Comparison, How
from cli.recovery.deployed import RecoveryError
from cli.recovery.settings import Difference
from cli.stack import StackError

GB: Final = 1_000_000_000
CENT: Final = 0.01
_SHOWN: Final = 60
"""Characters of a value in a table; --json has all of it."""


@contextmanager
def failures(console: Console, what: str) -> Generator[None]:
    """Ends the command with exit code 2 and the reason, where it cannot be done."""
    try:
        yield
    except (RecoveryError, StackError, ClientError, BotoCoreError) as error:
        console.print(f"[bold red]Cannot {what}:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from None


@contextmanager
def progress(
    console: Console, what: str, whole: int | None = None
) -> Generator[Callable[[str, int], None]]:
    """A bar; to call with what is being done and how much more of it is done."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    if whole is None:
        columns = columns[:2]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(escape(what), total=whole)

        def advance(told: str, more: int) -> None:
            bar.update(task, description=escape(told or what), advance=more)

        yield advance


def show_settings(
    console: Console, wanted: Iterable[str], done: Sequence[str], left: Sequence[Difference]
) -> None:
    """Every setting that was verified, and what had to be done about it."""
    if not done and not left:
        console.print(f"[green]✓[/] as they must be: {', '.join(wanted)}", highlight=False)
        return
    wrong = {each.setting: each for each in left}
    table = Table("setting", "", "is", "must be", box=None, header_style="bold")
    for name in wanted:
        if name in wrong:
            each = wrong[name]
            told = f"[red]✗ {escape(each.why) or 'differs'}[/]"
            table.add_row(name, told, *map(escape, (_short(each.found), _short(each.expected))))
        else:
            table.add_row(name, "[green]✓[/] put back" if name in done else "[green]✓[/]", "", "")
    console.print(table)


def show_comparison(console: Console, found: Comparison, source: str, target: str) -> None:
    """What a comparison found."""
    if found.how is How.COUNT:
        console.print(
            f"Items, as DynamoDB counted them within six hours: {source} {found.source:,},"
            f" {target} {found.target:,}",
            highlight=False,
        )
        return
    mark = "[green]✓[/]" if found.agrees else "[yellow]≠[/]"
    which = "every item" if found.how is How.FULL else "a sample"
    console.print(
        f"{mark} {which} compared: {found.same:,} the same, {found.different:,} differ,"
        f" {found.only_source:,} only in {source}, {found.only_target:,} only in {target},"
        f" {found.expired:,} past their time to live",
        highlight=False,
    )
    for tenant, number in found.tenants.most_common(10):
        console.print(f"    {escape(tenant)}: {number:,}", highlight=False)
    for example in found.examples:
        console.print(f"    [dim]{escape(example)}[/]", highlight=False, soft_wrap=True)


def comparison_data(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON has it."""
    return {
        "how": found.how,
        "agrees": found.agrees,
        "items": {"source": found.source, "target": found.target},
        "same": found.same,
        "different": found.different,
        "onlySource": found.only_source,
        "onlyTarget": found.only_target,
        "expired": found.expired,
        "tenants": dict(found.tenants),
        "examples": found.examples,
    }


def settings_data(
    wanted: Iterable[str], done: Sequence[str], left: Sequence[Difference]
) -> dict[str, Any]:
    """Settings as JSON has them."""
    return {"verified": [*wanted], "putBack": [*done], "wrong": [asdict(each) for each in left]}


def size(bytes: float) -> str:
    """A size for people."""
    return f"{bytes / GB:,.1f} GB" if bytes >= GB / 10 else f"{bytes / 1_000_000:,.1f} MB"


def dollars(usd: float) -> str:
    """An amount for people."""
    return "less than a cent" if usd < CENT else f"${usd:,.2f}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
