"""The options that commands about backups and restores have in common."""

from typing import Annotated

import typer

StackName = Annotated[str, typer.Option("--stack", help="Name of the stack.")]
Profile = Annotated[str, typer.Option(help="AWS profile that may do this.")]
Region = Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
LOCAL = "tenantql-local"
