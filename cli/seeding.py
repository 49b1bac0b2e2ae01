"""`tenantql seed`: demonstration data in a deployed stack, or in the local cloud."""

import asyncio
import json
import os
from collections.abc import Collection, Mapping
from typing import Annotated, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from cli.asking import ensure_agreed
from cli.demonstration import Demonstration, State
from cli.stack import StackError, connections, stand_in
from local.demo import PlannedTenant, Size, plan
from local.demo.steps import items_of
from tenantql.errors import TenantqlError

NAMES: Final = tuple(tenant.id for tenant in plan())
TOLD: Final[Mapping[State, str]] = {
    State.ABSENT: "is not there: will be written",
    State.COMPLETE: "is there: nothing to do",
    State.PARTIAL: "is there in part: what is there will be deleted, and all of it written",
}


def seed(  # noqa: PLR0917 - Typer's arguments
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {', '.join(NAMES)}; without any, all.")
    ] = None,
    size: Annotated[Size, typer.Option(help="How much data each tenant gets.")] = Size.SMALL,
    production: Annotated[
        bool, typer.Option("--production", help="Also in a stack of production.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    stack: Annotated[str, typer.Option(help="Name of the stack.")] = "tenantql-local",
    profile: Annotated[
        str,
        typer.Option(
            help="AWS profile that may become the tenant role, and write routing records."
        ),
    ] = "",
    region: Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")] = "",
) -> None:
    """Write the demonstration's tenants, with their people, products and orders.

    A tenant that is there is left alone; one whose writing was interrupted is deleted and written
    again, so it can be run again at any time. A tenant of another origin is never touched.
    Exit code 0 if all are there in the end, 2 if it could not be done, or was not to be.
    """
    console = Console(stderr=as_json)
    try:
        tenants = _wanted(names or [], size)
        where = target(stack, profile, region, production=production)
        states = {tenant.id: where.state(tenant) for tenant in tenants}
        _announce(console, where, states)
        waiting = [tenant for tenant in tenants if states[tenant.id] is not State.COMPLETE]
        if waiting:
            if not yes:
                ensure_agreed(console, "Write it?", "nobody agreed to write")
            _write(console, where, waiting, states)
    except (StackError, TenantqlError, BotoCoreError, ClientError) as error:
        console.print(f"[bold red]Cannot seed:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"stack": stack, "tenants": states}, indent=2))
    else:
        console.print(f"[green]✓[/] {len(tenants)} tenants are there", highlight=False)


def _wanted(names: Collection[str], size: Size) -> list[PlannedTenant]:
    if unknown := sorted({*names} - {*NAMES}):
        raise StackError(f"there is no {', '.join(unknown)}; there is {', '.join(NAMES)}")
    return [tenant for tenant in plan(size) if not names or tenant.id in names]


def target(stack: str, profile: str, region: str, *, production: bool) -> Demonstration:
    """Where the demonstration is written. Raises StackError; so for production, unless told."""
    if profile:
        # The package's own clients look here.
        os.environ["AWS_PROFILE"] = profile
    connect, where = connections(profile, region)
    keys = stand_in(connect, stack, "PlatformRole")
    os.environ |= {name.upper(): value for name, value in keys.items()}
    try:
        described = connect("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"the stack {stack} cannot be read: {error}") from error
    parameters = {
        each["ParameterKey"]: each.get("ParameterValue", "")
        for each in described.get("Parameters", [])
    }
    if parameters.get("Environment") == "production" and not production:
        raise StackError(f"{stack} is one of production; --production writes there all the same")
    outputs: dict[str, str] = {
        each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])
    }
    _, partition, _, _, account, _ = str(described["StackId"]).split(":", 5)
    role = f"arn:{partition}:iam::{account}:role/{stack}-tenant-{where}"
    return Demonstration(
        region=where,
        data_table=outputs.get("DataTableName", f"{stack}-data-basic-01"),
        control_table=outputs.get("ControlTableName", f"{stack}-control"),
        tenant_role_arn=outputs.get("TenantRoleArn", role),
        kms_key_arn=parameters.get("KmsKeyArn", ""),
        # The bucket takes nothing without TLS, which a local cloud has not.
        images_bucket="" if keys else outputs.get("ImagesBucketName", ""),
    )


def _announce(console: Console, target: Demonstration, states: Mapping[str, State]) -> None:
    console.print(f"Demonstration data in [bold]{target.data_table}[/]:", highlight=False)
    for name, state in states.items():
        console.print(f"  [cyan]{name:<8}[/] {TOLD[state]}", highlight=False)


def _write(
    console: Console,
    target: Demonstration,
    tenants: Collection[PlannedTenant],
    states: Mapping[str, State],
) -> None:
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Starting", total=sum(map(items_of, tenants)))

        def advance(items: int) -> None:
            progress.advance(task, items)

        for tenant in tenants:
            if states[tenant.id] is State.PARTIAL:
                progress.update(task, description=f"Deleting {tenant.id}")
                target.remove(tenant)
            progress.update(task, description=f"Writing {tenant.id}")
            asyncio.run(target.load(tenant, advance))
