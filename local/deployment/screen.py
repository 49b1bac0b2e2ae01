"""What `deploy` shows: how far it has come, a table of all checks, and where the stack is."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.table import Table

from local.deployment.deployment import Deployment, Watcher
from local.deployment.outcome import Check, Outcome
from local.server import GRAPHQL, PLATFORM

type Row = tuple[Check, Outcome]


class Screen:
    """Writes to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()
        self._stage = ""
        self._stage_begun = self._begun

    @contextmanager
    def working(self) -> Generator[Watcher]:
        """Show the stages while the block runs: a moving line, and a lasting one for each."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed}"),
        )
        with self._progress(*columns) as progress:
            task = progress.add_task("", total=None)

            def stage(text: str) -> None:
                self._finished()
                self._stage, self._stage_begun = text, time.monotonic()
                progress.reset(task, description=text)

            yield Watcher(
                stage=stage,
                completed=lambda _resource: progress.advance(task),
                advance=lambda items: progress.advance(task, items),
            )
            self._finished()

    def asking(self, checks: Sequence[Check]) -> Generator[Check]:
        """The checks, one after the other, with a counter."""
        columns = (SpinnerColumn(), TextColumn("Asking: {task.description}"), MofNCompleteColumn())
        with self._progress(*columns) as progress:
            task = progress.add_task("", total=len(checks))
            for check in checks:
                progress.update(task, description=check.name)
                yield check
                progress.advance(task)

    def table(self, rows: Sequence[Row]) -> None:
        """Every check with its answer in a line, then what differed, in full."""
        table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
        table.add_column("query", no_wrap=True)
        table.add_column("who", no_wrap=True, style="dim")
        table.add_column("answer", no_wrap=True, ratio=1)
        table.add_column("ms", no_wrap=True, justify="right", style="dim", min_width=4)
        table.add_column("ok", no_wrap=True, min_width=2)
        for check, outcome in rows:
            table.add_row(
                check.name,
                check.who,
                escape(str(outcome.got)),
                f"{outcome.seconds * 1000:.0f}",
                "[green]✓[/]" if outcome.ok else "[bold red]✗[/]",
            )
        self._console.print()
        self._console.print(table)
        failed = [row for row in rows if not row[1].ok]
        for check, outcome in failed:
            self._line(f"\n[bold red]✗ {escape(check.name)}[/], as {escape(check.who)}")
            self._line(f"  expected {escape(repr(outcome.expected))}")
            self._line(f"  got      {escape(repr(outcome.got))}")
        took = time.monotonic() - self._begun
        if failed:
            self._line(
                f"\n[bold red]{len(failed)} of {len(rows)} differ[/] after {took:.0f} s. "
                "The local cloud's log is in [cyan].local/logs/deployment/[/].\n"
            )
        else:
            self._line(f"\n[bold green]All {len(rows)} are as they should be[/], {took:.0f} s.\n")

    def ready(self, deployment: Deployment) -> None:
        """Where the stack is, and a token for everybody."""
        self._line("[bold]Tokens[/], good for 12 hours:\n")
        for actor in deployment.actors.values():
            self._line(f"  [bold]{actor.id}[/] [dim]{escape(actor.name)}[/]")
            self._line(f"[dim]{actor.token(deployment.issuer)}[/]")
        self._line("\n[bold]Addresses[/]:\n")
        for name, where in (
            ("Tenants' endpoint", deployment.stack.url(GRAPHQL)),
            ("Platform endpoint", deployment.stack.url(PLATFORM)),
            ("Issuer of tokens", deployment.issuer.url),
            ("Local cloud", deployment.stack.cloud.endpoint),
            ("Stack", deployment.stack.name),
        ):
            self._line(f"  [dim]{name:<18}[/] [cyan]{where}[/]")
        self._line("\n[bold]Ask it[/] in another terminal, with a token from above:\n")
        # Quoted: the shell would take $default for a variable.
        self._line(
            f"curl -s '{deployment.stack.url(GRAPHQL)}' \\\n"
            "  -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\\n"
            '  -d \'{"query": "{ organisation { slug name } }"}\'\n'
        )
        self._line("Ctrl-C ends everything.\n")

    def failed(self, error: Exception) -> None:
        """Why it could not deploy."""
        self._line(f"[bold red]Cannot deploy:[/] {escape(str(error))}")

    def ended(self) -> None:
        """Say that nothing runs any more."""
        self._line("Ended.")

    def _progress(self, *columns: ProgressColumn) -> Progress:
        """A line that moves; in a file there is none."""
        disabled = not self._console.is_terminal
        return Progress(*columns, console=self._console, transient=True, disable=disabled)

    def _finished(self) -> None:
        if self._stage:
            took = time.monotonic() - self._stage_begun
            self._line(f"[green]✓[/] {self._stage} [dim]{took:.1f} s[/]")
        self._stage = ""

    def _line(self, text: str) -> None:
        # Tokens and commands are copied, so no line is broken for the terminal's width.
        self._console.print(text, soft_wrap=True, highlight=False)
