"""What is shown of a switch-over: what it would do, and what is left to do after it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.cost import prices
from cli.recovery import comparing, switching, telling, tenants
from cli.recovery.comparing import How
from cli.recovery.deployed import Deployed
from cli.recovery.records import Restore
from cli.recovery.settings import Difference
from cli.recovery.switching import ChangeSet


def plan_data(
    found: Deployed, restore: Restore, proposed: ChangeSet | None, left: Sequence[Difference]
) -> dict[str, Any]:
    """What a switch would do, as JSON has it."""
    return {
        "table": restore.target,
        "source": restore.source,
        "tenants": [each.id for each in tenants.of_table(found, restore.source)],
        "settings": telling.settings_data(restore.settings, [], left),
        "changes": [asdict(each) for each in proposed.changes] if proposed else [],
    }


def show_plan(
    console: Console, found: Deployed, restore: Restore, proposed: ChangeSet | None, how: How
) -> None:
    """What a switch would do."""
    count = len(tenants.of_table(found, restore.source))
    console.print(
        f"\nTo move: [bold]{count}[/] tenants, from {restore.source} to [bold]{restore.target}[/]"
        f" ({escape(restore.origin)})",
        highlight=False,
        soft_wrap=True,
    )
    units = comparing.read_units(found, restore.source, restore.target, how)
    cost = telling.dollars(prices.load()["read_request_units"].of(units))
    console.print(f"Compared first: {how}, about {units:,.0f} read units, {cost}", highlight=False)
    if proposed is None:
        console.print("The stack has been told of the table already.")
        return
    table = Table("the stack's", "type", "is", box=None, header_style="bold")
    for each in proposed.changes:
        table.add_row(each.resource, each.kind, _said(each, restore))
    console.print(table)
    if switching.owns(found, restore.source):
        console.print(
            f"{restore.source} leaves the stack and stays, protected against deletion, until you"
            " delete it.",
            highlight=False,
            soft_wrap=True,
        )


def _said(change: switching.Change, restore: Restore) -> str:
    if change.action == "Remove":
        return "let go" if change.physical == restore.source else "removed"
    return "replaced" if change.replaced else change.action.lower().replace("modify", "changed")


def show_end(
    console: Console,
    found: Deployed,
    restore: Restore,
    moved: Sequence[str],
    wrong: Sequence[Difference],
) -> None:
    """What has been done, and what is left to do."""
    telling.show_settings(console, restore.surroundings, [], wrong)
    console.print(f"[green]✓[/] {len(moved)} tenants live in {restore.target}", highlight=False)
    steps = _steps(found, restore)
    console.print("Next:")
    for number, step in enumerate(steps, 1):
        console.print(f"  {number}. {step}", highlight=False, soft_wrap=True)


def _steps(found: Deployed, restore: Restore) -> list[str]:
    """What is left to do by hand."""
    stack = f"--stack {found.name}"
    rebuild = f"./tenantql rebuild --tenant ID {stack} --mend"
    label = (found.table(restore.target) or {}).get("LatestStreamLabel", "")
    parameters = f"{switching.TABLE}={restore.target}", f"{switching.STREAM}={label}"
    back = f"./tenantql restore switch --to {restore.source} {stack}"
    return [
        f"Rebuild what consumers had not written yet: {rebuild} (docs/rebuild.md)",
        f"Write into samconfig.toml: {' '.join(parameters)}",
        f"Back again, should it be needed: {back}",
        f"When you are sure, take the protection from {restore.source} and delete it: it costs",
    ]
