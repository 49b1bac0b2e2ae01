"""`make scaling`: settings of provisioned capacity, simulated days, and the page about both."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.report import new_table
from benchmarks.scaling import page, picture, settings, writing
from benchmarks.scaling.settings import COOLDOWN_IN, TARGET
from cli.cost import prices

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    show: Annotated[
        bool, typer.Option("--show", help="Show what becomes of the days, and write nothing.")
    ] = False,
) -> None:
    """Derive least and most capacity from the load model, and simulate how scaling follows.

    Writes template.yaml's mappings, the Terraform module's capacity.json, docs/load/scaling.md and
    its picture. Exit code 1 if another target or cooldown should be taken, which is a decision.
    """
    console = Console(width=None if sys.stdout.isatty() else 120)
    tried = {
        (target, cooldown): found for target, cooldown, found in settings.tried(settings.days())
    }
    days = page.first(tried)
    table = new_table("Simulated days", "", "throttled", "minutes", "of $", "on demand $")
    listed = prices.load()
    for each in days:
        usd = page.dollars(each, listed)
        color = "green" if not each.lost else "yellow"
        table.add_row(
            f"{each.asked.size.name}, {each.asked.shape.name}",
            f"[{color}]{each.lost:.2%}[/]",
            str(each.minutes),
            f"{usd.provisioned:.2f}",
            f"{usd.on_demand:.2f}",
        )
    console.print(table)
    if not show:
        writing.write()
        page.FILE.write_text(page.page(tried, listed, page.PICTURE), encoding="utf-8")
        picture.save(days, page.PICTURE)
        console.print(f"Written: {page.FILE}, {page.PICTURE.name}, template.yaml, capacity.json")
    best = settings.chosen((*pair, found) for pair, found in tried.items())
    if best != (TARGET, COOLDOWN_IN):
        console.print(
            f"[red]Target and cooldown should be {best}[/]: benchmarks/scaling/settings.py"
        )
        raise typer.Exit(1)


app(prog_name="python -m benchmarks.scaling")
