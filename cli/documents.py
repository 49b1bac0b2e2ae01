"""`tenantql documents`: the operations that the next build registers, with their ids."""

import json
from typing import Annotated

import typer
from graphql import OperationDefinitionNode, parse
from rich.console import Console
from rich.markup import escape

from tenantql.registered import registered
from tenantql.registration import RegistrationError
from tenantql.schemas import OPERATORS, TENANTS


def documents(
    platform: Annotated[
        bool, typer.Option("--platform", help="Those of the operators' endpoint.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print them as clients exchange them: id and text.")
    ] = False,
) -> None:
    """List the documents of operations/, which a client may name by id instead of sending them.

    Exit code 0 if all of them are valid, 2 if one is not.
    """
    try:
        found = registered(OPERATORS if platform else TENANTS)
    except RegistrationError as error:
        Console(stderr=True).print(f"[bold red]{escape(str(error))}[/]", soft_wrap=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(found, indent=2, sort_keys=True))
    else:
        for name, text in found.items():
            typer.echo(f"sha256:{name}  {_operations(text)}")


def _operations(text: str) -> str:
    """The kinds and names of a document's operations."""
    found = (each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode))
    named = ((each.operation.value, each.name.value if each.name else "") for each in found)
    return ", ".join(f"{kind} {name}".strip() for kind, name in named)
