"""The benchmarks' command: `make bench`, or `python -m benchmarks --help`."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import cases, patterns, profiling, requests, sides
from benchmarks.stub.process import Stub
from benchmarks.targets import targets_table

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """Measured claims of TenantQL. Without a command: run."""


@app.command()
def run(
    repeat: Annotated[int, typer.Option(help="How often each is asked.", min=1)] = 300,
) -> None:
    """Time of whole requests, beside the stock stack and bare calls."""
    console = Console()
    with Stub() as stub, sides.surroundings(stub), Progress(console=console) as progress:
        found = requests.run(list(cases.CASES.values()), stub, repeat, progress)
    for table in found.tables():
        console.print(table)
    console.print(targets_table(found.targets()))


@app.command()
def profile(
    case: Annotated[str, typer.Argument(help=f"One of {', '.join(cases.CASES)}.")],
    stock: Annotated[bool, typer.Option("--stock", help="Of the stock stack.")] = False,
    calls: Annotated[bool, typer.Option("--calls", help="Count calls, with cProfile.")] = False,
    seconds: Annotated[float, typer.Option(help="How long to look.")] = 5.0,
) -> None:
    """Where the time of one case goes."""
    asked = cases.CASES[case]
    with Stub() as stub, sides.surroundings(stub):
        side = sides.handler(sides.STOCK if stock else sides.ENDPOINT, stub.urls[0.0])
        ask = requests.asking(side, asked)
        if calls:
            profiling.calls(ask, 200)
        else:
            profiling.sample(ask, seconds, Console())


@app.command("patterns")
def patterns_command(
    repeat: Annotated[int, typer.Option(help="How often each is asked.", min=1)] = 30,
    shards: Annotated[int, typer.Option(help="Shards of each collection.", min=1, max=100)] = 1,
) -> None:
    """Calls, capacity units and time of each access pattern."""
    patterns.run(repeat, shards, Console())


def _arguments(given: list[str]) -> list[str]:
    """What names no command is for `run`."""
    commands = {"profile", "patterns", "run", "--help"}
    return given if given and given[0] in commands else ["run", *given]


app(args=_arguments(sys.argv[1:]))
