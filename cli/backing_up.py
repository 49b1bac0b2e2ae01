"""`tenantql backup`: backups of the stack's tables on demand: made, listed, deleted."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.asking import ensure_agreed
from cli.cost import prices
from cli.recovery import copies, deployed, restores, telling
from cli.recovery.copies import Copy
from cli.recovery.deployed import KINDS, Deployed, RecoveryError
from cli.recovery.options import LOCAL, AsJson, Profile, Region, StackName, Yes

ALL = "all"

app = typer.Typer(
    help="Backups of the stack's tables, beside point-in-time recovery and AWS Backup's plan.",
    no_args_is_help=True,
)


@app.command()
def create(  # noqa: PLR0917 - Typer's arguments
    table: Annotated[str, typer.Option(help="Which: data, control, or all.")] = ALL,
    name: Annotated[
        str, typer.Option(help="Name of the backup, by which it is not made twice.")
    ] = "",
    yes: Yes = False,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Make a full backup of each table, and wait until it can be restored.

    It takes no capacity of the table. Exit code 0, or 2 if it could not be done or nobody agreed.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "back up"):
        if table not in {ALL, *KINDS}:
            raise RecoveryError(f"--table is {', '.join(KINDS)} or {ALL}")
        found = deployed.find(stack, profile, region)
        wanted = [each for kind, each in found.tables.items() if table in {ALL, kind}]
        named = name or f"{stack}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        sizes = {each: (found.table(each) or {}).get("TableSizeBytes", 0) for each in wanted}
        monthly = prices.load()["backups"].of(sum(sizes.values()) / telling.GB)
        console.print(f"Backing up, as [bold]{escape(named)}[/]:", highlight=False)
        for each, bytes in sizes.items():
            console.print(f"  {each}, about {telling.size(bytes)}", highlight=False)
        console.print(f"Kept for {telling.dollars(monthly)} a month, until it is deleted.")
        if not yes:
            ensure_agreed(console, "Make it?", "nobody agreed to back up")
        with telling.progress(console, "Backing up", len(wanted)) as advance:
            made: list[Copy] = []
            for each in wanted:
                made.append(copies.create(found, each, named, lambda told: advance(told, 0)))
                advance("", 1)
    if as_json:
        typer.echo(json.dumps([_data(each) for each in made], indent=2))
        return
    _show(console, made)
    console.print("To restore it: ./tenantql restore start --backup " + escape(named))


@app.command("list")
def list_(
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Show what can be restored: backups, copies in AWS Backup's vault, and to which times.

    Exit code 0, or 2 if it could not be shown.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "list backups"):
        found = deployed.find(stack, profile, region)
        made = copies.listed(found)
        windows = {each: restores.window(found, each) for each in found.tables.values()}
    if as_json:
        data = {
            "recovery": {
                table: window
                and {
                    "earliest": window.earliest.isoformat(),
                    "latest": window.latest.isoformat(),
                }
                for table, window in windows.items()
            },
            "backups": [_data(each) for each in made],
        }
        typer.echo(json.dumps(data, indent=2))
        return
    for table, window in windows.items():
        if window is None:
            console.print(f"[red]{table}: point-in-time recovery is off[/]", highlight=False)
        else:
            reach = f"{_time(window.earliest)} to {_time(window.latest)}"
            console.print(f"{table}: to any second from {reach}", highlight=False)
    if made:
        _show(console, made)
    else:
        console.print("No backups.")


@app.command()
def delete(  # noqa: PLR0917 - Typer's arguments
    backup: Annotated[str, typer.Argument(help="ARN of a backup, or its name: all of that name.")],
    yes: Yes = False,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Delete a backup. Nothing brings it back.

    Exit code 0, or 2 if it could not be done or nobody agreed.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "delete"):
        found = deployed.find(stack, profile, region)
        going = copies.named(found, backup)
        _show(console, going)
        if not yes:
            ensure_agreed(console, "Delete for good?", "nobody agreed to delete")
        for each in going:
            copies.delete(found, each)
    if as_json:
        typer.echo(json.dumps([_data(each) for each in going], indent=2))
    else:
        console.print(f"Deleted: {len(going)}")


def backup_of(found: Deployed, table: str, wanted: str) -> Copy:
    """The backup that this ARN or name means, of the table or else of one of its kind.

    Raises RecoveryError unless it is one.
    """
    kind = found.kind_of(table)
    alike = [each for each in copies.named(found, wanted) if found.kind_of(each.table) == kind]
    own = [each for each in alike if each.table == table]
    matching = own or alike
    if len(matching) != 1:
        raise RecoveryError(
            f"{len(matching)} backups of {table} are called {wanted}: give the ARN of one"
        )
    return matching[0]


def _show(console: Console, made: list[Copy]) -> None:
    table = Table("table", "name", "kind", "made", "size", "state", box=None, header_style="bold")
    for each in made:
        state = each.status if each.expires is None else f"{each.status} to {_time(each.expires)}"
        row = (each.table, each.name, each.kind, _time(each.created), telling.size(each.bytes))
        table.add_row(*map(escape, (*row, state)))
    console.print(table)


def _data(each: Copy) -> dict[str, Any]:
    return {
        "arn": each.arn,
        "name": each.name,
        "table": each.table,
        "kind": each.kind,
        "created": each.created.isoformat(),
        "bytes": each.bytes,
        "status": each.status,
        "expires": each.expires and each.expires.isoformat(),
    }


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
