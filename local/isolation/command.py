"""The command `verify-isolation`: the whole matrix, against a local cloud or a stack on AWS."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local.cloud import CloudError, LocalCloud
from local.isolation import evaluator, report
from local.isolation.deployment import VerificationError
from local.isolation.matrix import rows
from local.isolation.rules import Who
from local.isolation.runner import Verdict
from local.isolation.trust import TrustVerdict, trust_rows
from local.isolation.verification import PATIENCE, Verification, aws_connect, verification
from local.provision import ProvisionError, provision, token_parameters
from local.template import TemplateError
from tenantql.tenancy.errors import VendingFailed

LOCAL_STACK: Final = "tenantql-local"
CANNOT_RUN: Final = (
    *(CloudError, ProvisionError, TemplateError, VerificationError),
    # A right that the tester lacks, or no way to AWS.
    *(BotoCoreError, ClientError, VendingFailed),
)


def verify_isolation(
    profile: Annotated[
        str, typer.Option(help="AWS profile of the tester; without one, a local cloud is started.")
    ] = "",
    stack: Annotated[str, typer.Option(help="Name of the stack on AWS.")] = "tenantql-dev",
    region: Annotated[str, typer.Option(help="Region of the stack; default: the profile's.")] = "",
    all_tables: Annotated[
        bool, typer.Option("--all", help="Show a table for each kind of credentials.")
    ] = False,
    by_copies: Annotated[
        bool, typer.Option(help="In the local cloud too, work on copies of the roles.")
    ] = False,
) -> None:
    """Send every request type in every situation, and compare the answers with the rules.

    On AWS, no person may assume the stack's roles, and the stack is not changed for this. So the
    run copies its roles: the policies as they are, the trust policies with the tester in the
    place of the functions. Who else may become whom is then not tried; the run says so. Beside
    these roles it makes one more data table, and items of tenants of its own in the stack's
    tables. All of it is removed in the end.

    The tester needs: the reading of the stack and its roles (CloudFormation, IAM), the making of
    roles with inline policies, sts:AssumeRole and sts:TagSession on them, and reading, writing
    and the making of tables in DynamoDB. The run plants foreign index keys, which rings the
    stack's ForeignIndexKey alarm: that it rings is part of the proof.
    """
    console = Console()
    try:
        with _target(profile, stack, region, by_copies) as target:
            right = _run(console, target, all_tables)
    except CANNOT_RUN as error:
        console.print(f"[bold red]Cannot verify:[/] {error}", soft_wrap=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if right else 1)


@contextmanager
def _target(profile: str, stack: str, region: str, by_copies: bool) -> Generator[Verification]:
    if profile:
        connect, found = aws_connect(profile, region or None)
        with verification(connect, stack, found, as_deployed=False, patience=PATIENCE) as target:
            yield target
        return
    with LocalCloud() as cloud:
        issuer = "https://issuer.example"
        parameters = token_parameters(issuer, "verification", f"{issuer}/jwks")
        provision(cloud.client("cloudformation"), parameters, stack=LOCAL_STACK)
        with verification(
            cloud.client, LOCAL_STACK, cloud.region, as_deployed=not by_copies
        ) as target:
            yield target


def _run(console: Console, target: Verification, all_tables: bool) -> bool:
    """Run and show everything; whether all of it is as the rules say."""
    wanted = list(rows())
    trusted = list(trust_rows(target.tenants))
    possible = [row for row in trusted if target.trust.can_send(row)]
    verdicts: list[Verdict] = []
    trust: list[TrustVerdict] = []
    with report.progress(console) as bar:
        task = bar.add_task(target.deployment.stack, total=len(wanted) + len(possible))
        for verdict in target.verdicts(wanted):
            verdicts.append(verdict)
            bar.update(task, advance=1, description=verdict.row.who)
        for row in possible:
            trust.append(target.trust.verdict(row))
            bar.update(task, advance=1, description="who may become whom")
    report.legend(console)
    for who in Who if all_tables else report.SHOWN:
        report.show(console, who, [each for each in verdicts if each.row.who is who])
    report.summary(console, verdicts, trust)
    for row in trusted:
        if row not in possible:
            console.print(f"[yellow]not run[/] {row.name}", soft_wrap=True, highlight=False)
    right = not any(each.problem for each in (*verdicts, *trust))
    return _second_opinion(console, target) and right


def _second_opinion(console: Console, target: Verification) -> bool:
    """Ask the second evaluator the same; whether it agrees, or is not there to be asked."""
    if not evaluator.installed():
        console.print("[yellow]not run[/] the second evaluator: `make setup` installs it")
        return True
    opinions = list(target.opinions(rows()))
    others = [each for each in opinions if not each.agrees]
    for each in others:
        console.print(f"{report.WRONG} the second evaluator does not agree: {each.row.name}")
    agreed = len(opinions) - len(others)
    console.print(f"The second evaluator agrees in {agreed} of {len(opinions)} rows.")
    return not others
