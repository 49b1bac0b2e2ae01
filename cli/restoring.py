"""`tenantql restore`: a table restored, its settings put back, and the tenants moved into it."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from cli import switching_over
from cli.asking import ensure_agreed
from cli.backing_up import backup_of
from cli.cost import prices
from cli.recovery import (
    comparing,
    deployed,
    moving,
    restores,
    returning,
    settings,
    telling,
    tenants,
)
from cli.recovery.comparing import How
from cli.recovery.deployed import CONTROL, DATA, Deployed, RecoveryError
from cli.recovery.options import LOCAL, AsJson, Profile, Region, StackName, Yes
from cli.recovery.records import Restore

app = typer.Typer(
    help="Restore a table: start makes it, compare and switch put it to use, release gives up.",
    no_args_is_help=True,
)
app.command("switch")(switching_over.switch)

To = Annotated[str, typer.Option("--to", help="The restored table.")]


@app.command()
def start(  # noqa: PLR0917 - Typer's arguments
    at: Annotated[
        str, typer.Option(help="Time to restore to, such as 2026-11-21T14:02:00Z; or latest.")
    ] = "",
    backup: Annotated[str, typer.Option(help="Name or ARN of a backup, in place of a time.")] = "",
    table: Annotated[
        str, typer.Option(help="Which table: data, control, or the name of one that is gone.")
    ] = DATA,
    target: Annotated[
        str, typer.Option("--as", help="Name of the new table; default: the next number.")
    ] = "",
    yes: Yes = False,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Restore a table into a new one, and put back the settings that a restore leaves out.

    Nothing else changes: nobody reads the new table yet. Interrupted, it is run again with --as.
    Exit code 0 if every setting was verified, 1 if one is not right, 2 if it could not be done.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "restore"):
        if bool(at) == bool(backup):
            raise RecoveryError("give one of --at and --backup")
        found = deployed.find(stack, profile, region)
        source = found.tables.get(table, table)
        name = target or found.next_name(found.kind_of(source))
        if backup:
            origin = backup_of(found, source, backup).arn
        else:
            origin = restores.origin_of_time(found, source, at)
        restore, there = restores.plan(found, source, name, origin)
        _announce(console, found, restore, there=there)
        if not there:
            if not yes:
                ensure_agreed(console, "Restore?", "nobody agreed to restore")
            restores.start(found, restore, lambda _: None)
        with telling.progress(console, "Restoring") as advance:
            found.until_active(name, lambda told: advance(told, 0))
            done, left = settings.put_back(
                found, name, restore.settings, lambda told: advance(f"Putting back: {told}", 0)
            )
    if as_json:
        typer.echo(json.dumps(_data(restore, done, left), indent=2))
    else:
        telling.show_settings(console, restore.settings, done, left)
        if not left:
            _next(console, stack, restore)
    raise typer.Exit(1 if left else 0)


@app.command()
def compare(  # noqa: PLR0917 - Typer's arguments
    to: To,
    how: Annotated[
        How, typer.Option("--compare", help="How closely; a full one reads both tables.")
    ] = How.FULL,
    yes: Yes = False,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Compare a restored table with the one in whose place it is to be.

    It asks first if reading them costs a cent or more.
    Exit code 0 if no difference was found, 1 if one was, 2 if it could not be done.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "compare"):
        found = deployed.find(stack, profile, region)
        restore = moving.restore_of(found, to)
        units = comparing.read_units(found, restore.source, to, how)
        usd = prices.load()["read_request_units"].of(units)
        if usd >= telling.CENT and not yes:
            question = f"Read about {units:,.0f} units, {telling.dollars(usd)}?"
            ensure_agreed(console, question, "nobody agreed to compare")
        with telling.progress(console, "Comparing") as advance:
            count = 0

            def read(more: int) -> None:
                nonlocal count
                count += more
                advance(f"Comparing: {count:,} items read", 0)

            outcome = comparing.compare(found, restore.source, to, how, read)
    if as_json:
        typer.echo(json.dumps(telling.comparison_data(outcome), indent=2))
    else:
        telling.show_comparison(console, outcome, restore.source, to)
    raise typer.Exit(0 if outcome.agrees else 1)


@app.command()
def release(
    to: To,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Give up a switch: whoever waits for the table may write again where they are.

    Exit code 0, or 2 if it could not be done.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "release"):
        released = tenants.release(deployed.find(stack, profile, region), to)
    if as_json:
        typer.echo(json.dumps({"released": released}, indent=2))
    else:
        console.print(f"May write again: {', '.join(released) or 'nobody waited'}")


@app.command()
def records(  # noqa: PLR0917 - Typer's arguments
    source: Annotated[str, typer.Option("--from", help="The restored control table.")],
    changed: Annotated[
        bool, typer.Option("--changed", help="Also those that are there and differ.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Put records of a restored control table back into the one in use; what came later stays.

    Exit code 0 if it has them all now, 1 if some differ still, 2 if it could not be done.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "put records back"):
        found = deployed.find(stack, profile, region)
        returns = returning.look(found, source)
        wanted: list[tuple[Any, Any]] = [(item, None) for item in returns.gone]
        wanted += returns.changed if changed else []
        for told, items in (
            ("gone", returns.gone),
            ("differs", [item for item, _ in returns.changed]),
        ):
            for item in items:
                console.print(f"  {told}: {escape(returning.name_of(item))}", highlight=False)
        if wanted and not yes:
            question = f"Put {len(wanted)} records back into {found.tables[CONTROL]}?"
            ensure_agreed(console, question, "nobody agreed to put them back")
        for item, now in wanted:
            returning.put_back(found, item, now)
    left = 0 if changed else len(returns.changed)
    if as_json:
        data = {"putBack": [returning.name_of(item) for item, _ in wanted], "differ": left}
        typer.echo(json.dumps(data, indent=2))
    else:
        console.print(f"Put back: {len(wanted)}; differ still: {left}", highlight=False)
    raise typer.Exit(1 if left else 0)


def _announce(console: Console, found: Deployed, restore: Restore, *, there: bool) -> None:
    verb = "Is there already, restored" if there else "Restoring"
    console.print(
        f"{verb}: [bold]{restore.source}[/] of {escape(restore.origin)} as"
        f" [bold]{restore.target}[/]",
        highlight=False,
        soft_wrap=True,
    )
    bytes = (found.table(restore.source) or {}).get("TableSizeBytes", 0)
    console.print(
        f"About {telling.size(bytes)}, which AWS charges for restoring and for keeping; it takes"
        " from 20 minutes to hours. Nobody reads the new table yet."
    )


def _next(console: Console, stack: str, restore: Restore) -> None:
    """What to do with a restored table."""
    where = f"--to {restore.target} --stack {stack}"
    if restore.target.startswith(f"{stack}-data-"):
        console.print("Next, what it has and has not, then the switch-over:")
        console.print(f"  ./tenantql restore compare {where}", highlight=False)
        console.print(f"  ./tenantql restore switch {where} --dry-run", highlight=False)
    else:
        console.print("Next, its records come back into the table in use:")
        command = f"./tenantql restore records --from {restore.target} --stack {stack}"
        console.print(f"  {command}", highlight=False)


def _data(restore: Restore, done: list[str], left: list[settings.Difference]) -> dict[str, Any]:
    return {
        "table": restore.target,
        "source": restore.source,
        "origin": restore.origin,
        "settings": telling.settings_data(restore.settings, done, left),
    }
