"""`tenantql restore switch`: the tenants of a stack move into a restored table."""

import json
from contextlib import suppress
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from cli.asking import ensure_agreed
from cli.recovery import (
    comparing,
    deployed,
    moving,
    records,
    settings,
    switching,
    telling,
    telling_moves,
    tenants,
)
from cli.recovery.comparing import Comparison, How
from cli.recovery.deployed import Deployed, RecoveryError
from cli.recovery.options import LOCAL, AsJson, Profile, Region, StackName, Yes
from cli.recovery.records import Restore
from cli.recovery.settings import Difference
from cli.stack import StackError
from tenantql.tenancy.routing import FRESH_SECONDS

SETTLE = FRESH_SECONDS + 20
"""Seconds until the last write has ended: a kept routing record, and the functions' timeout."""


def switch(  # noqa: PLR0917 - Typer's arguments
    to: Annotated[str, typer.Option("--to", help="The table to move into.")],
    how: Annotated[
        How, typer.Option("--compare", help="How closely the tables are compared first.")
    ] = How.FULL,
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds that writes may take to end.")
    ] = SETTLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    stack: StackName = LOCAL,
    profile: Profile = "",
    region: Region = "",
) -> None:
    """Move the tenants into a restored table; the same command moves them back.

    They may read all the time, and not write from the first question to the end. It can be
    interrupted and run again. Exit code 0 if all is as it was on the old table, 1 if the tenants
    have moved and something is not, 2 if it could not be done; then it says how to go on.
    """
    console = Console(stderr=as_json)
    with telling.failures(console, "switch over"):
        found = deployed.find(stack, profile, region)
        restore = moving.restore_of(found, to)
        done, left = _settings(console, found, restore, dry_run=dry_run)
        changes = switching.preview(found, found.until_active(to))
        telling_moves.show_plan(console, found, restore, changes, how)
        if dry_run:
            if as_json:
                typer.echo(
                    json.dumps(telling_moves.plan_data(found, restore, changes, left), indent=2)
                )
            raise typer.Exit(1 if left else 0)
        _ask(console, "Keep them from writing, and compare?", yes=yes)
        records.write(found, restore)
        outcome = _freeze(console, found, restore, how, settle, yes=yes)
        moved = _move(console, found, restore)
        wrong = _missing(found, restore)
    if as_json:
        data = {
            "table": to,
            "source": restore.source,
            "tenants": moved,
            "settings": telling.settings_data(restore.settings, done, left),
            "surroundings": telling.settings_data(restore.surroundings, [], wrong),
            "comparison": telling.comparison_data(outcome),
        }
        typer.echo(json.dumps(data, indent=2))
    else:
        telling_moves.show_end(console, found, restore, moved, wrong)
    raise typer.Exit(1 if wrong else 0)


def _settings(
    console: Console, found: Deployed, restore: Restore, *, dry_run: bool
) -> tuple[list[str], list[Difference]]:
    if dry_run:
        differing = settings.differences(settings.read(found, restore.target), restore.settings)
        telling.show_settings(console, restore.settings, [], differing)
        return [], differing
    with telling.progress(console, "Settings") as advance:
        done, left = settings.put_back(
            found, restore.target, restore.settings, lambda told: advance(told, 0)
        )
    telling.show_settings(console, restore.settings, done, left)
    if left:
        names = ", ".join(each.setting for each in left)
        raise RecoveryError(f"{restore.target} is not as {restore.source} was: {names}")
    return done, left


def _ask(console: Console, question: str, *, yes: bool) -> None:
    if not yes:
        ensure_agreed(console, question, "nobody agreed to switch over")


def _freeze(
    console: Console, found: Deployed, restore: Restore, how: How, settle: float, *, yes: bool
) -> Comparison:
    """Keeps tenants from writing and compares; they may write again if nobody agrees then."""
    whole = len(tenants.of_table(found, restore.source))
    try:
        with telling.progress(console, "Keeping tenants from writing", whole) as advance:
            tenants.freeze(found, restore.source, restore.target, lambda: advance("", 1))
        with telling.progress(console, "Waiting for the last writes") as advance:
            if whole:
                found.wait(settle)
            outcome = comparing.compare(
                found, restore.source, restore.target, how, lambda more: advance("Comparing", more)
            )
        telling.show_comparison(console, outcome, restore.source, restore.target)
        _ask(console, f"Move {whole} tenants to {restore.target}?", yes=yes)
    except StackError:
        released = tenants.release(found, restore.target)
        console.print(f"May write again: {', '.join(released)}", highlight=False)
        raise
    except BaseException:
        _tell_frozen(console, found, restore)
        raise
    return outcome


def _move(console: Console, found: Deployed, restore: Restore) -> list[str]:
    try:
        with telling.progress(console, "Telling the stack") as advance:
            moving.protect(found, restore.source)
            target = found.until_active(restore.target)
            switching.apply(found, target, lambda told: advance(told, 0))
            moving.follow(found, restore, lambda told: advance(told, 0))
        whole = len(tenants.of_table(found, restore.source))
        with telling.progress(console, "Moving tenants", whole) as advance:
            return moving.move(found, restore, lambda: advance("", 1))
    except BaseException:
        _tell_frozen(console, found, restore)
        raise


def _tell_frozen(console: Console, found: Deployed, restore: Restore) -> None:
    """Says how to go on, if somebody is kept from writing; as far as AWS answers."""
    with suppress(ClientError, BotoCoreError):
        waiting = tenants.of_table(found, restore.source)
        if all(each.waits_for != restore.target for each in waiting):
            return
    where = f"--to {restore.target} --stack {found.name}"
    console.print(
        "[yellow]Interrupted: tenants are kept from writing.[/] Run the same command again, or"
        f" give it up: ./tenantql restore release {where}",
        highlight=False,
        soft_wrap=True,
    )


def _missing(found: Deployed, restore: Restore) -> list[Difference]:
    """What does not hang on the new table, or could not be looked at: the tenants have moved."""
    try:
        return moving.missing(found, restore)
    except (ClientError, BotoCoreError) as error:
        wanted = restore.surroundings.items()
        return [Difference(name, None, each, str(error)) for name, each in wanted]
