"""`tenantql explain`: runs an operation and shows what it asked of the table, round by round."""

import json
import sys
from collections.abc import Sized
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from cli.tokens import LOCAL, LOOPBACK, TokenError, development_token

SECONDS: Final = 30.0


class _Refused(Exception):
    """Nothing can be explained; the message says what to do."""


def explain(  # noqa: PLR0917 - Typer's arguments
    operation: Annotated[str, typer.Argument(help="GraphQL, @FILE, or - for standard input.")],
    variables: Annotated[str, typer.Option(help="The variables, as JSON.")] = "{}",
    url: Annotated[str, typer.Option(help="The endpoint.")] = f"{LOCAL}/graphql",
    token: Annotated[
        str, typer.Option(envvar="TENANTQL_TOKEN", help="A token of an administrator.")
    ] = "",
    tenant: Annotated[
        str, typer.Option(help="Without a token: whose, of the demonstration of `make run`.")
    ] = "acme",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Run an operation, and show its rounds: requests, keys, index, capacity units and times.

    A mutation is run as well: it changes what it changes. Exit code 0 if the operation ran, 1 if
    it has errors, 2 if it could not be asked or you may not see it.
    """
    console = Console(stderr=as_json)
    try:
        answer = _ask(_text(operation), variables, url, token or _demonstration(url, tenant))
        rounds = _rounds(answer)
    except _Refused as refused:
        console.print(f"[bold red]Cannot explain:[/] {escape(str(refused))}", soft_wrap=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    else:
        console.print(_tree(rounds))
        for error in answer.get("errors", ()):
            console.print(f"[bold red]{escape(error['message'])}[/]", soft_wrap=True)
    raise typer.Exit(1 if answer.get("errors") else 0)


def _text(operation: str) -> str:
    if operation == "-":
        return sys.stdin.read()
    if operation.startswith("@"):
        try:
            return Path(operation[1:]).read_text(encoding="utf-8")
        except OSError as error:
            raise _Refused(str(error)) from None
    return operation


def _demonstration(url: str, tenant: str) -> str:
    """A token that the development server hands out."""
    if not url.startswith(LOOPBACK):
        raise _Refused("give a token of an administrator: --token, or TENANTQL_TOKEN")
    try:
        return development_token(url.rsplit("/", 1)[0], f"{tenant}/admin")
    except TokenError as error:
        raise _Refused(str(error)) from None


def _ask(text: str, variables: str, url: str, token: str) -> dict[str, Any]:
    try:
        values = json.loads(variables)
    except json.JSONDecodeError as error:
        raise _Refused(f"the variables are not JSON: {error}") from None
    body = {"query": text, "variables": values, "extensions": {"explain": True}}
    headers = {"authorization": f"Bearer {token}"}
    try:
        answer = httpx.post(url, json=body, headers=headers, timeout=SECONDS)
    except httpx.HTTPError as error:
        raise _Refused(f"{url}: {error}. Is it running? `make run` starts it.") from None
    try:
        return answer.json()
    except ValueError:
        raise _Refused(f"{url} answered {answer.status_code} and no JSON") from None


def _rounds(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("extensions", {}).get("explain")
    if found is None:
        errors = "; ".join(str(error.get("message")) for error in answer.get("errors", ()))
        raise _Refused(
            errors or str(answer.get("message") or "only administrators and operators may see this")
        )
    return found


def _tree(rounds: list[dict[str, Any]]) -> Tree:
    calls = [call for one in rounds for call in one["calls"]]
    units = sum(call["units"] for call in calls)
    tree = Tree(f"[bold]{_count(rounds, 'round')}, {_count(calls, 'call')}, {units:g} units[/]")
    for number, one in enumerate(rounds, 1):
        waited = _count(range(one["requests"]), "request")
        note = f"[dim]{waited}, at {one['startedMs']} ms, took {one['ms']} ms[/]"
        branch = tree.add(f"[bold cyan]round {number}[/] {note}")
        for call in one["calls"]:
            _add(branch, call)
    return tree


def _count(found: Sized, what: str) -> str:
    return f"{len(found)} {what}" + ("" if len(found) == 1 else "s")


def _add(branch: Tree, call: dict[str, Any]) -> None:
    where = f" on [magenta]{call['index']}[/]" if "index" in call else ""
    strong = ", strong" if call.get("consistent") else ""
    failed = f" [bold red]{call['failed']}[/]" if "failed" in call else ""
    cost = f"[dim]{call['units']:g} units, {call['ms']} ms{strong}[/]"
    leaf = branch.add(f"[green]{call['operation']}[/]{where} {cost}{failed}")
    if "condition" in call:
        order = "descending" if call["descending"] else "ascending"
        condition = escape(call["condition"])
        leaf.add(f"{condition} [dim]at most {call['limit']}, {order}[/]")
    for key in call.get("keys", ()):
        leaf.add(escape(key))
    more = call.get("count", 0) - len(call.get("keys", ()))
    if more > 0:
        leaf.add(f"[dim]and {more} more[/]")
