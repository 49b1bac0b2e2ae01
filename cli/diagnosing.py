"""`tenantql doctor`: looks at a deployed stack and says what is not as it should be."""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cli.doctor.deployed import Deployed
from cli.doctor.findings import Check, Result, Severity
from cli.doctor.running import BY_ID, CHECKS, examine
from cli.stack import Connect, StackError, connections, stand_in

GROUPS: Final = tuple(dict.fromkeys(check.group for check in CHECKS))
COLOURS: Final = {Severity.CRITICAL: "bold red", Severity.FAULT: "red", Severity.NOTE: "yellow"}


def doctor(  # noqa: PLR0917 - Typer's arguments
    names: Annotated[
        list[str] | None,
        typer.Argument(help=f"Checks or groups ({', '.join(GROUPS)}); without any, all."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="A check whose findings are known and shall not count; repeatable."),
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the checks and why they are made; ask nobody.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    stack: Annotated[str, typer.Option(help="Name of the stack.")] = "tenantql-local",
    profile: Annotated[str, typer.Option(help="AWS profile that may read the stack.")] = "",
    region: Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")] = "",
    probe_profile: Annotated[
        str,
        typer.Option(help="AWS profile that may become the tenant role; default: --profile's."),
    ] = "",
) -> None:
    """Look at a deployed stack: permissions, isolation, tables, functions, API, alarms, drift.

    It reads and changes nothing; for the isolation it asks for keys of tenants that do not exist.
    Exit code 0 if all is well or there are notes alone, 1 if something is wrong, 2 if nothing is,
    but something could not be looked at.
    """
    console = Console(stderr=as_json)
    try:
        checks = _chosen(names or [])
        known = _known(accept or [])
        if list_all:
            _tell_checks(checks, as_json=as_json)
            return
        deployed = _deployed(stack, profile, region, probe_profile)
        results = _examine(console, deployed, checks, known)
    except StackError as error:
        console.print(f"[bold red]Cannot look:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(_data(stack, results), indent=2))
    else:
        _show(console, results)
    raise typer.Exit(exit_code(results))


def _chosen(names: Collection[str]) -> list[Check]:
    if unknown := sorted({*names} - BY_ID.keys() - {*GROUPS}):
        raise StackError(f"there is no check {', '.join(unknown)}; --list has all of them")
    return [each for each in CHECKS if not names or {each.id, each.group} & {*names}]


def _known(accept: Collection[str]) -> frozenset[str]:
    if unknown := sorted({*accept} - BY_ID.keys()):
        raise StackError(f"there is no check {', '.join(unknown)} to accept; --list has all")
    return frozenset(accept)


def _deployed(stack: str, profile: str, region: str, probe_profile: str) -> Deployed:
    connect, where = connections(profile, region)
    probe, _ = connections(probe_profile or profile, where)
    Deployed(stack, where, connect, connect).ensure_there()
    vending = {} if probe_profile else stand_in(connect, stack, "GraphqlRole")
    return Deployed(stack, where, connect, partial(_with, probe, vending))


def _with(connect: Connect, vending: Mapping[str, str], service: str, **credentials: str) -> Any:
    """A client with the given credentials, or those of a role that stands in."""
    return connect(service, **(credentials or vending))


def _examine(
    console: Console, deployed: Deployed, checks: Collection[Check], known: Collection[str]
) -> list[Result]:
    console.print(
        f"Looking at [bold]{deployed.name}[/] in {deployed.account}, {deployed.region};"
        " nothing is changed",
        highlight=False,
    )
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    results: list[Result] = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Starting", total=len(checks))
        looking = examine(
            *(deployed, checks, known),
            starting=lambda check: progress.update(task, description=check.id),
        )
        for result in looking:
            results.append(result)
            progress.advance(task)
    return results


def exit_code(results: Iterable[Result]) -> int:
    """0 if all is well, 1 if something is wrong, 2 if else something was not looked at."""
    listed = list(results)
    if any(result.failed for result in listed):
        return 1
    return 2 if any(result.unchecked and not result.accepted for result in listed) else 0


def _show(console: Console, results: Collection[Result]) -> None:
    table = Table(box=None, header_style="bold")
    table.add_column("")
    table.add_column("check", no_wrap=True)
    table.add_column("what", overflow="fold")
    for result in results:
        for found in result.found:
            severity = result.severity(found)
            colour = "dim" if result.accepted else COLOURS[severity]
            told = "accepted" if result.accepted else severity.value
            row = (told, result.check.id, f"{found.where}: {found.evidence}")
            table.add_row(*map(escape, row), style=colour)
        if result.unchecked:
            row = ("not made", result.check.id, result.unchecked)
            table.add_row(*map(escape, row), style="magenta")
    if table.row_count:
        console.print(table)
    for result in results:
        if result.failed:
            console.print(f"[bold]{result.check.id}[/]: {escape(result.check.why)}")
            console.print(f"  [cyan]{escape(result.check.mend)}[/]")
    _summarise(console, results)


def _summarise(console: Console, results: Collection[Result]) -> None:
    by_group = {group: [each for each in results if each.check.group == group] for group in GROUPS}
    for group, each in by_group.items():
        if not each:
            continue
        failed, unmade = [r for r in each if r.failed], [r for r in each if r.unchecked]
        mark = "[red]✗[/]" if failed else "[magenta]?[/]" if unmade else "[green]✓[/]"
        right = f"{len(each) - len(failed) - len(unmade)} of {len(each)} hold"
        if noted := [r for r in each if r.found and not r.failed]:
            right += f", {len(noted)} with a note"
        console.print(f"{mark} {group:<12} {right}", highlight=False)


def _tell_checks(checks: Iterable[Check], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([_check(each) for each in checks], indent=2))
        return
    table = Table("check", "holds, because", box=None, header_style="bold")
    table.columns[0].no_wrap = True
    for each in checks:
        told = f"[bold]{escape(each.holds)}.[/] [dim]{escape(each.why)}[/]"
        table.add_row(f"[{COLOURS[each.severity]}]{each.id}[/]", told)
    Console().print(table)


def _check(check: Check) -> dict[str, str]:
    return {
        "id": check.id,
        "group": check.group,
        "holds": check.holds,
        "why": check.why,
        "mend": check.mend,
        "severity": check.severity,
    }


def _data(stack: str, results: Collection[Result]) -> dict[str, Any]:
    return {
        "stack": stack,
        "ok": exit_code(results) == 0,
        "checks": [
            {
                **_check(result.check),
                "ok": not result.found and not result.unchecked,
                "accepted": result.accepted,
                "unchecked": result.unchecked or None,
                "findings": [
                    {
                        "where": found.where,
                        "evidence": found.evidence,
                        "severity": result.severity(found),
                    }
                    for found in result.found
                ],
            }
            for result in results
        ],
    }
