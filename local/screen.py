"""What `run` shows: how far the start has come, what there is to try, and each request."""

import json
import shlex
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from local.demo import PlannedTenant
from local.demo.steps import items_of
from local.development import Development, Watcher
from local.examples import Example
from local.gateway import Request, Response
from local.server import GRAPHQL, PLATFORM

TRIED: Final = (
    (
        "invoices",
        "acme/staff",
        "the newest invoices of acme, of all shards, and a cursor to go on",
    ),
    (
        "checkout",
        "globex/customer",
        "a cart becomes an order of globex: all or nothing, and once",
    ),
    ("foreign-invoice", "acme/staff", "an invoice of acme-eu: for acme there is no such thing"),
)
"""The examples that are printed as commands, whom they act as, and what they show."""


class Screen:
    """Writes to one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()

    @contextmanager
    def starting(self, tenants: Sequence[PlannedTenant]) -> Generator[Watcher]:
        """Show the start's stages and a bar for the data while the block runs."""
        columns = (
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
        )
        total = sum(items_of(tenant) for tenant in tenants)
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("Starting", total=total)
            yield Watcher(
                stage=lambda stage: progress.update(task, description=stage),
                advance=lambda items: progress.advance(task, items),
                answered=self.answered,
            )

    def ready(self, running: Development) -> None:
        """Say where everything is, who can be acted as, and what to try."""
        took = time.monotonic() - self._begun
        names = ", ".join(f"[bold]{tenant.id}[/]" for tenant in running.demo.tenants)
        self._line(
            f"\n[bold green]TenantQL is ready[/] after {took:.1f} s, with tenants {names}.\n"
        )
        self._line("[bold]Tokens[/], good for 12 hours:\n")
        for actor in running.actors:
            self._line(f"  [bold]{actor.id}[/] [dim]{escape(actor.name)}[/]")
            self._line(f"[dim]{actor.token(running.issuer)}[/]")
        self._line("\n[bold]Addresses[/]:\n")
        for name, where in (
            ("Playground", f"{running.url}/"),
            ("Tenants' endpoint", running.url + GRAPHQL),
            ("Platform endpoint", running.url + PLATFORM),
            ("Issuer of tokens", running.issuer.url),
            ("A fresh token", f"{running.url}/tokens/acme/admin"),
            ("Local cloud", running.cloud.endpoint),
        ):
            self._line(f"  [dim]{name:<18}[/] [cyan]{where}[/]")
        self._line("\n[bold]Three queries to try[/] in another terminal:\n")
        for name, actor, about in TRIED:
            example = next(each for each in running.examples[GRAPHQL] if each.name == name)
            self._line(f"[dim]# {about}[/]")
            self._line(curl(running.url, example, actor) + "\n", markup=False)
        self._line("Logs of the functions: [cyan].local/logs/[/]. Ctrl-C ends everything.\n")

    def answered(self, request: Request, response: Response, seconds: float) -> None:
        """One line for a request to the API."""
        colour = "green" if response.status < 400 else "yellow" if response.status < 500 else "red"
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        hint = " see [cyan].local/logs/[/]" if response.status >= 500 else ""
        self._line(
            f"[dim]{now}[/] {request.method} {escape(request.path)} "
            f"[{colour}]{response.status}[/] [dim]{seconds * 1000:.0f} ms[/]{hint}"
        )

    def failed(self, error: Exception) -> None:
        """Why it could not start."""
        self._line(f"[bold red]Cannot start:[/] {escape(str(error))}")

    def ending(self) -> None:
        """Acknowledge Ctrl-C."""
        self._line("\nEnding the functions and the local cloud …")

    def ended(self) -> None:
        """Say that nothing runs any more."""
        self._line("Ended.")

    def _line(self, text: str, **options: Any) -> None:
        # Tokens and commands are copied, so no line is broken for the terminal's width.
        self._console.print(text, soft_wrap=True, highlight=False, **options)


def curl(url: str, example: Example, actor: str) -> str:
    """A command that sends an example with a fresh token; it works as pasted into a shell."""
    tenant = actor.partition("/")[0]
    body = {"query": " ".join(example.query.split()), "variables": example.variables[tenant]}
    return (
        f"curl -s {url}{GRAPHQL} \\\n"
        f'  -H "authorization: Bearer $(curl -s {url}/tokens/{actor})" \\\n'
        "  -H 'content-type: application/json' \\\n"
        f"  -d {shlex.quote(json.dumps(body))}"
    )
