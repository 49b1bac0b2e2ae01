"""The benchmarks' command: `make bench`, or `python -m benchmarks --help`."""

from typing import Annotated

import typer
from rich.console import Console

from benchmarks import patterns

app = typer.Typer(help="Measured claims of TenantQL.", no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """Measured claims of TenantQL, against the local cloud."""


@app.command("patterns")
def patterns_command(
    repeat: Annotated[int, typer.Option(help="How often each is asked.", min=1)] = 30,
    shards: Annotated[int, typer.Option(help="Shards of each collection.", min=1, max=100)] = 1,
) -> None:
    """Calls, capacity units and time of each access pattern."""
    patterns.run(repeat, shards, Console())


app()
