"""`tenantql token`: a token to try an endpoint with."""

import json
import os
from datetime import UTC, datetime
from getpass import getpass
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from cli.stack import StackError, connections
from cli.tokens import LOCAL, LOOPBACK, TokenError, claims, development_token, pool_token

PASSWORD: Final = "TENANTQL_PASSWORD"  # noqa: S105 - a variable's name
PLATFORM: Final = "platform"


def token(  # noqa: PLR0917 - Typer's arguments
    tenant: Annotated[str, typer.Option(help="Of the demonstration: whose.")] = "acme",
    role: Annotated[
        str, typer.Option(help=f"Of the demonstration: as what; {PLATFORM} has no tenant.")
    ] = "admin",
    url: Annotated[str, typer.Option(help="The development server, as `make run` says.")] = LOCAL,
    stack: Annotated[
        str, typer.Option(help="Name of a deployed stack, whose user pool is asked instead.")
    ] = "",
    user: Annotated[str, typer.Option(help="With --stack: the user's name in the pool.")] = "",
    profile: Annotated[
        str, typer.Option(help="With --stack: AWS profile that may log users in.")
    ] = "",
    region: Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the token, whose it is, until when.")
    ] = False,
) -> None:
    """Get a token: of a person of the demonstration, or of a user of a deployed stack.

    It alone is printed, for TOKEN=$(./tenantql token). The password of a user is asked for, or
    read from TENANTQL_PASSWORD; it is no option, so that no list of processes and no history has
    it. Exit code 0, or 2 if there is no token to be had.
    """
    console = Console(stderr=True)
    try:
        found = _of_stack(stack, user, profile, region) if stack else _of_server(url, tenant, role)
        told = _data(found)
    except (StackError, TokenError) as error:
        console.print(f"[bold red]No token:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(told, indent=2) if as_json else found)


def _of_server(url: str, tenant: str, role: str) -> str:
    if not f"{url}/".startswith(LOOPBACK):
        raise TokenError("the development server is on this machine; give --stack for another")
    return development_token(url, role if role == PLATFORM else f"{tenant}/{role}")


def _of_stack(stack: str, user: str, profile: str, region: str) -> str:
    if not user:
        raise TokenError("give --user, the name of somebody in the stack's user pool")
    connect, _ = connections(profile, region)
    return pool_token(connect, stack, user, lambda: _password(user))


def _password(user: str) -> str:
    return os.environ.get(PASSWORD) or getpass(f"Password of {user}: ")


def _data(token: str) -> dict[str, Any]:
    said = claims(token)
    return {
        "token": token,
        "tenant": said.get("custom:tenant"),
        "subject": said.get("custom:user", said.get("sub")),
        "roles": said.get("cognito:groups", []),
        "expiresAt": datetime.fromtimestamp(said["exp"], UTC).isoformat(),
    }
