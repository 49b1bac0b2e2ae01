"""`tenantql cost`: what a month costs, of the whole, of each pattern and of one tenant."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.cost import prices as price_lists
from cli.cost import usage
from cli.cost.advice import largest, of_item, steps
from cli.cost.bill import (
    Item,
    Rates,
    Tenant,
    bill,
    break_even,
    by_service,
    of_pattern,
    of_tenant,
    total,
)
from cli.cost.plan import Plan

SHOWN: Final = 8


def cost(  # noqa: PLR0917 - Typer's arguments
    requests_per_day: Annotated[int, typer.Option(min=0, help="Requests a day.")] = 1_000_000,
    records: Annotated[int, typer.Option(min=0, help="Records that are kept.")] = 100_000_000,
    mix: Annotated[
        Path | None,
        typer.Option(
            help='JSON: how often each pattern is asked, {"O1": 1}; else the catalogue\'s.'
        ),
    ] = None,
    provisioned: Annotated[
        bool, typer.Option("--provisioned", help="Provisioned capacity; else on demand.")
    ] = False,
    utilisation: Annotated[
        float, typer.Option(min=0.01, max=1, help="Share of provisioned capacity that is used.")
    ] = 0.5,
    log_sample: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that are logged.")
    ] = 1.0,
    retention_days: Annotated[float, typer.Option(min=0, help="Days that logs are kept.")] = 30,
    traces: Annotated[bool, typer.Option(help="Whether X-Ray traces.")] = True,
    backups: Annotated[float, typer.Option(min=0, help="Full backups that are kept.")] = 2,
    active_users: Annotated[
        float, typer.Option(min=0, help="Users who sign in within the month; told apart.")
    ] = 0,
    tenant_requests: Annotated[
        float | None, typer.Option(min=0, help="A tenant's requests in the month.")
    ] = None,
    tenant_read_units: Annotated[
        float | None, typer.Option(min=0, help="Its read units; else as in the mix.")
    ] = None,
    tenant_write_units: Annotated[
        float | None, typer.Option(min=0, help="Its write units; else as in the mix.")
    ] = None,
    tenant_records: Annotated[float, typer.Option(min=0, help="Its records.")] = 0,
    prices: Annotated[
        Path, typer.Option(help="Price list of a region.", show_default="us-east-1")
    ] = price_lists.FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Reckon what a month on AWS costs, from measured units and public prices.

    It asks nobody: the prices are a dated file. docs/cost.md has the model and its assumptions.
    Exit code 0, or 2 if a file cannot be used.
    """
    console = Console(stderr=as_json)
    try:
        listed = price_lists.load(prices)
        plan = Plan(
            requests_per_day=requests_per_day,
            records=records,
            utilisation=utilisation if provisioned else 0,
            log_sample=log_sample,
            retention_days=retention_days,
            traces=traces,
            copies=backups,
            mix=_mix(mix),
        )
    except (OSError, ValueError) as error:
        console.print(f"[bold red]Cannot reckon:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from None
    rates = Rates(plan, listed)
    tenant = None
    if tenant_requests is not None:
        used = Tenant(tenant_requests, tenant_read_units, tenant_write_units, tenant_records)
        tenant = of_tenant(used, rates)
    sign_in = listed["active_users"].of(active_users)
    if as_json:
        typer.echo(json.dumps(_data(rates, tenant, sign_in), indent=2))
    else:
        _tell(console, rates, tenant, sign_in)


def _mix(file: Path | None) -> Mapping[str, float] | None:
    if file is None:
        return None
    found = msgspec.json.decode(file.read_bytes(), type=dict[str, float])
    if unknown := sorted(set(found) - set(usage.rows())):
        raise ValueError(f"{file}: no pattern is called {', '.join(unknown)}")
    if not sum(found.values()) > 0 or min(found.values()) < 0:
        raise ValueError(f"{file} has to have numbers from 0 on, and one above")
    return found


def _data(rates: Rates, tenant: list[Item] | None, sign_in: float) -> dict[str, Any]:
    plan, prices = rates.plan, rates.prices
    items = bill(plan, prices)
    read, write = break_even(prices)
    found: dict[str, Any] = {
        "region": prices.region,
        "pricesOf": prices.date.isoformat(),
        "requestsPerDay": plan.requests_per_day,
        "total": total(items),
        "services": by_service(items),
        "items": [_item(item) for item in items],
        "signIn": sign_in,
        "perMillion": {row: total(of_pattern(row, rates)) for row in _rows()},
        "breakEven": {"reads": read, "writes": write},
        "steps": [
            {"what": step.title, "saves": step.saved, "total": step.usd}
            for step in steps(plan, prices)
        ],
    }
    if tenant is not None:
        found["tenant"] = {"total": total(tenant), "items": [_item(item) for item in tenant]}
    return found


def _item(item: Item) -> dict[str, Any]:
    told = {**msgspec.to_builtins(item), "whatToDo": of_item(item)}
    return {name: value for name, value in told.items() if value != ""}


def _rows() -> list[str]:
    return [*usage.rows(), "check"]


def _tell(console: Console, rates: Rates, tenant: list[Item] | None, sign_in: float) -> None:
    plan, prices = rates.plan, rates.prices
    items = bill(plan, prices)
    whole = total(items)
    console.print(
        f"[bold]${whole:,.2f} a month[/] for {plan.requests_per_day:,.0f} requests a day,"
        f" {plan.records:,.0f} records; list prices of {prices.region}, {prices.date}"
    )
    services = _table("", "$ a month", "share")
    for service, usd in by_service(items).items():
        services.add_row(service, f"{usd:,.2f}", f"{usd / whole:.0%}" if whole else "")
    console.print(services)
    if sign_in:
        console.print(f"Sign-in, apart: ${sign_in:,.2f}")
    dear = _table("The largest", "$ a month")
    dear.add_column("what to do about it")
    for item in largest(items)[:SHOWN]:
        dear.add_row(f"{item.service}: {item.name}", f"{item.usd:,.2f}", of_item(item))
    console.print(dear)
    each = sorted(((total(of_pattern(row, rates)), row) for row in _rows()), reverse=True)
    console.print("[bold]$ for a million requests[/]")
    console.print(", ".join(f"{row} {usd:.2f}" for usd, row in each), style="dim")
    read, write = break_even(prices)
    console.print(
        f"[bold]Provisioned capacity[/] breaks even where {read:.1%} of the reads' and {write:.1%}"
        " of the writes' is used."
    )
    if tenant is not None:
        told = _table("This tenant", "$ a month")
        for service, usd in by_service(tenant).items():
            told.add_row(service, f"{usd:,.4f}")
        told.add_row("all", f"{total(tenant):,.4f}")
        console.print(told)


def _table(first: str, *numbers: str) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column(first, no_wrap=True)
    for number in numbers:
        table.add_column(number, justify="right", no_wrap=True)
    return table
