"""A longer run: `python -m tests.differential --seed 0 --cases 1000000 --of random`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.differential.comparing import Equal
from tests.differential.kinds import KINDS, cases

TOLD = 10_000
"""Cases after which a line says how far a run is that nobody watches."""


def main(
    seed: Annotated[int, typer.Option(help="The number of the first case.")] = 0,
    count: Annotated[int, typer.Option("--cases", help="How many cases.")] = 10_000,
    kind: Annotated[str, typer.Option("--of", help=f"What of: {', '.join(KINDS)}.")] = "random",
    most: Annotated[int, typer.Option(help="Differences after which it ends.")] = 1,
) -> None:
    """Runs operations in graphql-core's executor and as compiled code, and compares the answers."""
    if kind not in KINDS:
        raise typer.BadParameter(f"there are {', '.join(KINDS)}", param_hint="--of")
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    different = 0
    with (
        cases(kind) as running,
        Progress(*columns, TimeRemainingColumn(), console=console) as progress,
    ):
        task = progress.add_task(kind, total=count)
        for number in range(seed, seed + count):
            try:
                running.run(number)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                different += 1
                told = "\n".join((repr(error), *getattr(error, "__notes__", ())))
                console.print(told, markup=False, highlight=False, soft_wrap=True)
                console.print(f"python -m tests.differential --of {kind} --seed {number} --cases 1")
                if different == most:
                    raise typer.Exit(1) from None
            progress.advance(task)
            if not console.is_terminal and (number + 1 - seed) % TOLD == 0:
                console.print(f"{number + 1 - seed:,} of {count:,}", highlight=False)
    for equal in Equal:
        console.print(f"{running.equal[equal]:>10,} equal {equal}", highlight=False)
    for what, times in running.seen.items():
        console.print(f"{times:>10,} with {what}", highlight=False)
    if different:
        console.print(f"{different} different")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
