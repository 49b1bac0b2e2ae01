"""The day's command: `make day`, or `python -m benchmarks.day --help`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from benchmarks.day import footprints, page, picture, weights
from benchmarks.day.limits import LIMITS, UNITS
from benchmarks.day.mix import FLOWS, Flow
from benchmarks.day.running import Day, Lengths, Row, whole_day
from benchmarks.day.weights import Weight
from benchmarks.day.world import World
from benchmarks.report import new_table

QUICK = Lengths(peak=20, own=2, minute=1, compared=1)

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    seed: Annotated[int, typer.Option(help="Draws the same requests again.")] = 1,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure what each operation touches anew.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Short runs; nothing is written but with --out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The page; its picture goes beside it.", dir_okay=False)
    ] = None,
) -> None:
    """Units a second of each partition key, and transactions of each item, at the peaks of a day.

    Makes docs/load/day.md from the committed footprints of the operations.
    """
    console = Console(width=None if sys.stdout.isatty() else 140)
    lengths = QUICK if quick else Lengths()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        if measure:
            asking = progress.add_task("Operations", total=len(FLOWS))
            found_weights: dict[str, Weight] = {}

            def watch(flow: Flow, world: World) -> None:
                found_weights[flow.name] = weights.weight_of(world.observed)
                progress.advance(asking)

            footprints.save(footprints.measure(watch))
            weights.save(found_weights)
        drawing = progress.add_task("Seconds", total=lengths.total)
        measured = footprints.load()
        found = whole_day(
            measured, lengths, seed, lambda seconds: progress.advance(drawing, seconds)
        )
    _tell(console, found)
    file = out or (None if quick else page.FILE)
    if file is not None:
        image = file.with_suffix(".svg")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page.page(found, measured, lengths, seed, image), encoding="utf-8")
        picture.save(found, image)
        console.print(f"Page: {file}\nPicture: {image}")


def _tell(console: Console, found: Day) -> None:
    title = "The busiest keys, units or transactions a second"
    table = new_table(title, "", "at the peak", "own peak", "of", "limit", "headroom")
    shown: Sequence[Row] = [row for row in found.rows if row.share >= page.SHOWN]
    for row in shown:
        unit, limit = UNITS[row.measure], LIMITS[row.measure]
        common, own = row.peak, row.hardest
        if row.measure == "transactions":
            common, own = row.mean, row.hardest_mean
        color = "red" if row.share > 1 else "yellow" if row.share > page.HARD else "green"
        table.add_row(
            page.key_name(row.kind).replace("`", ""),
            f"{common:,.0f} {unit}",
            f"{own:,.0f} {unit}",
            row.row,
            f"{limit:,.0f} {unit}",
            f"[{color}]{row.headroom:.1f}x[/]",
        )
    console.print(table)


app(prog_name="python -m benchmarks.day")
