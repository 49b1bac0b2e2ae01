"""docs/cost.md: the model's findings, its assumptions, and what it leaves out."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import replace
from typing import Any, Final

import msgspec

from benchmarks.day import footprint
from benchmarks.day.mix import BESIDE, PEAK
from cli.cost import bill as bills
from cli.cost import method, usage
from cli.cost.advice import after, largest, of_item, steps
from cli.cost.bill import Item, Rates, Tenant, affordable, bill, break_even, by_service, total
from cli.cost.plan import DAYS, GB, SECONDS, Plan
from cli.cost.plot import AIM, LIMIT
from cli.cost.prices import Prices
from local.provision import ROOT

FILE: Final = ROOT / "docs" / "cost.md"
PICTURE: Final = FILE.with_suffix(".svg")

WRITES_SHOWN: Final = 10

_SENSITIVE: Final[Mapping[str, Mapping[str, Any]]] = {
    "twice the records": {"records": 200_000_000},
    "no records": {"records": 0},
    "a tenth of the requests logged": {"log_sample": 0.1},
    "logs kept for 365 days, as `samconfig.toml` has it for production": {"retention_days": 365},
    "no traces": {"traces": False},
    "no directory index": {"without": "directory"},
    "provisioned, 70% used": {"utilisation": 0.7},
    "provisioned, 20% used": {"utilisation": 0.2},
}
"""Changes of the plan, each by itself."""


def page(prices: Prices) -> str:
    """The whole page."""
    plan = Plan()
    rates = Rates(plan, prices)
    parts = (
        _head(plan, prices),
        _services(plan, prices),
        _items(plan, prices),
        _ladder(plan, prices),
        _capacity(plan, prices),
        _patterns(rates),
        _writes(),
        _tenants(rates),
        _sensitivity(plan, prices),
        [method.model(plan, rates)],
        [method.left_out(prices)],
        method.price_list(prices),
    )
    return "\n".join("\n".join(part) for part in parts)


def patterns(rates: Rates) -> dict[str, tuple[float, float]]:
    """Dollars for a million requests of each row: in all, and of them DynamoDB's units."""
    found: dict[str, tuple[float, float]] = {}
    for row in [*usage.rows(), "check"]:
        items = bills.of_pattern(row, rates)
        units = sum(item.usd for item in items if item.service == "DynamoDB")
        found[row] = total(items), units
    return found


def documented(text: str) -> dict[str, float]:
    """The dollars for a million requests of each row that a page has."""
    rows = re.findall(
        r"^\| (\w+) \| [^|]+ \| [^|]+ \| [^|]+ \| \*\*([\d.]+)\*\*", text, re.MULTILINE
    )
    return {row: float(usd) for row, usd in rows}


def _verdict(usd: float, limit: float) -> str:
    return "**holds**" if usd < limit else "**does not hold**"


def _head(plan: Plan, prices: Prices) -> Iterator[str]:
    usd = total(bill(plan, prices))
    saving = total(bill(after(plan), prices))
    yield (
        "<!-- Made by `make docs`; change cli/cost instead. -->\n"
        "# What it costs\n\n"
        f"**${usd:.0f} a month** for {plan.requests_per_day:,.0f} requests a day in the"
        f" catalogue's mix, with {plan.records:,.0f} records kept, at the list prices of"
        f" {prices.region} on {prices.date}, without the free tier and without sign-in. It is"
        " reckoned, from measured units and public prices; no bill of AWS has confirmed it yet.\n\n"
        "| | a month | |\n|---|--:|---|\n"
        f"| the limit | ${LIMIT} | {_verdict(usd, LIMIT)}: ${usd:.0f} |\n"
        f"| the aim | ${AIM} | {_verdict(usd, AIM)}; after four small changes"
        f" ${saving:.0f} |\n\n"
        f"As it is, ${LIMIT} pay for {affordable(LIMIT, plan, prices):,.0f} requests a day"
        " with that many records; after the four changes"
        f" [below](#what-would-bring-it-to-{AIM}), {affordable(LIMIT, after(plan), prices):,.0f}."
        "\n\n"
        f"![Dollars a month over requests a day, and the items of a month]({PICTURE.name})\n\n"
        "`./tenantql cost` reckons it for other traffic, data, settings, prices, and for one"
        " tenant; `./tenantql cost --help` lists what it takes.\n"
    )


def _services(plan: Plan, prices: Prices) -> Iterator[str]:
    items = bill(plan, prices)
    whole = total(items)
    yield "## By service\n\n| service | $ a month | share |\n|---|--:|--:|"
    for service, usd in by_service(items).items():
        yield f"| {service} | {usd:.2f} | {usd / whole:.0%} |"
    yield f"| **all** | **{whole:.2f}** | |\n"
    users = prices["active_users"]
    yield (
        f"Sign-in is apart: Cognito takes ${users.of(10_000):.0f} for 10,000 users who sign in"
        " within a month (Essentials, the default of a new user pool). Another issuer of tokens"
        " costs what it costs; nothing else here depends on it.\n"
    )


def _items(plan: Plan, prices: Prices) -> Iterator[str]:
    items = bill(plan, prices)
    whole = total(items)
    yield "## The largest items\n\nThose of at least 1%.\n"
    yield "| item | $ a month | share | quantity | what to do about it |\n|---|--:|--:|--:|---|"
    for item in largest(items):
        yield (
            f"| {item.service}: {item.name} | {item.usd:.2f} | {item.usd / whole:.0%} |"
            f" {_quantity(item)} | {of_item(item)} |"
        )
    yield ""


def _quantity(item: Item) -> str:
    if item.unit.startswith("bytes"):
        return f"{item.quantity / GB:.1f} GB"
    if item.unit.startswith("GB"):
        return f"{item.quantity:.0f} GB"
    return f"{item.quantity / 1e6:.1f} M" if item.quantity >= 1e6 else f"{item.quantity:.0f}"


def _ladder(plan: Plan, prices: Prices) -> Iterator[str]:
    yield (
        f"## What would bring it to ${AIM}\n\n"
        "One after another, each on top of those before. The first four are small changes of"
        " the template or the code; the others give something up, and show where the rest is.\n\n"
        "| | saves | then |\n|---|--:|--:|"
    )
    for step in steps(plan, prices):
        yield f"| {step.title} | ${step.saved:.0f} | ${step.usd:.0f} |"
    at_last = bill(after(plan, 6), prices)
    functions = by_service(at_last)["Lambda"]
    left = {item.name: item.usd for item in at_last}
    yield (
        f"\nSo none of this reaches the aim. Of what remains after all steps, the API is"
        f" ${left['requests']:.0f}, the writes are ${left['writes']:.0f} and the functions"
        f" ${functions:.0f}: a checkout writes {usage.flows()['O1'].writes:.0f} units, and is"
        f" {_row_shares()['O1']:.1%} of the requests. It would take half of a checkout's writes"
        " (its entries in the search are the largest part), capacity reserved for years, and fewer"
        " requests of the same clients (several operations in one).\n"
    )


def _capacity(plan: Plan, prices: Prices) -> Iterator[str]:
    read, write = break_even(prices)
    yield (
        "## Provisioned capacity\n\n"
        f"A provisioned unit that is used all the time costs {write:.0%} of one on demand (reads"
        f" {read:.0%}). So provisioned capacity **breaks even where {write:.1%} of it is used** on"
        " average, of each table and index. Target tracking at 60% is taken to come to some"
        " 50% over a day, as [where it is simulated](load/scaling.md) with what it throttles; a"
        " flat capacity for a peak pays if the peak is less than"
        f" {0.7 / write:.1f} times the mean, with 70% of it used at the peak. Capacity for the"
        f" catalogue's {PEAK:,} requests a second, at this mean of {plan.requests / SECONDS:.1f},"
        f" would be used to {plan.requests / SECONDS / PEAK:.1%}.\n\n"
        "| used | units, $ a month | all, $ a month |\n|---|--:|--:|"
    )
    for share in (0.0, 0.2, write, 0.4, 0.5, 0.7, 0.9):
        items = bill(replace(plan, utilisation=share), prices)
        units = _units(items)
        name = f"{share:.0%}" if share else "on demand"
        yield f"| {name} | {units:.0f} | {total(items):.0f} |"
    units = _units(bill(plan, prices))
    least = [sum(units) for units in zip(*bills.LEAST_UNITS.values(), strict=True)]
    floor = sum(
        prices[name].of(units * 24 * DAYS)
        for name, units in zip(("read_capacity_hours", "write_capacity_hours"), least, strict=True)
    )
    yield (
        f"\nThe least capacity of the template's smallest `CapacityFor` ({least[0]} R and"
        f" {least[1]} W in {len(usage.PLACES)} tables and indexes) is ${floor:.0f} of it: below"
        f" {floor / units * plan.requests_per_day:,.0f} requests a day, on demand costs less"
        " however much of it is used.\n"
    )


def _units(items: Sequence[Item]) -> float:
    return sum(item.usd for item in items if item.name in {"reads", "writes"})


def _patterns(rates: Rates) -> Iterator[str]:
    shares = {**_row_shares(), "check": usage.mean().checks}
    whole = total(bill(rates.plan, rates.prices))
    yield (
        "## Each pattern\n\n"
        "Dollars for a million requests: units with those of the stream's work afterwards, API,"
        " functions, logs, traces, transfer, and a part of the tenant's routing and usage; without"
        " what is kept and without metrics and alarms."
        " `check` is the authorizer's look at a token, beside the requests (0.35 of them, with the"
        " cache). **A test fails when one is dearer than here.** In the order of what they cost in"
        " the mix.\n\n"
        "| pattern | R | W | share of requests | $ a million | of it units | share of the bill |\n"
        "|---|--:|--:|--:|--:|--:|--:|"
    )
    found = patterns(rates)
    for row in sorted(found, key=lambda row: -found[row][0] * shares[row]):
        usd, units = found[row]
        used = usage.check() if row == "check" else usage.rows()[row]
        part = usd * shares[row] * rates.plan.requests / 1e6 / whole
        yield (
            f"| {row} | {used.reads:.1f} | {used.writes:.1f} | {shares[row]:.2%} | **{usd:.2f}** |"
            f" {units:.2f} | {part:.1%} |"
        )
    yield ""


def _writes() -> Iterator[str]:
    kinds: dict[tuple[str, str], float] = defaultdict(float)
    measured, shares = footprint.load(), usage.mix()
    for name, share in shares.items():
        for touch in measured[name].all:
            key = re.sub(r"^TENANT#\{tenant\}", "T", touch.pk)
            kinds[touch.place, key + (f" / {touch.sk}" if touch.sk else "")] += (
                share * touch.write * touch.times
            )
    whole = sum(kinds.values())
    yield (
        "## Where the write units go\n\n"
        "By key (`T` is `TENANT#{tenant}`), of all that the mix writes.\n\n"
        "| key | in | units a request | share |\n|---|---|--:|--:|"
    )
    for (place, key), units in sorted(kinds.items(), key=lambda each: -each[1])[:WRITES_SHOWN]:
        yield f"| `{key}` | {place} | {units:.2f} | {units / whole:.0%} |"
    places: dict[str, float] = defaultdict(float)
    for (place, _), units in kinds.items():
        places[place] += units
    by_place = ", ".join(
        f"{place} {units / whole:.0%}"
        for place, units in sorted(places.items(), key=lambda each: -each[1])
        if units / whole > 0.005
    )
    yield f"\nBy table and index: {by_place}.\n"


def _tenants(rates: Rates) -> Iterator[str]:
    items = bills.total(rates.standing())
    yield (
        "## A tenant\n\n"
        "What a tenant's requests cause and its records cost, from its usage"
        " ([budgets](budgets.md#usage)): `./tenantql cost --tenant-requests 1000000"
        " --tenant-read-units 6900000 --tenant-write-units 2600000 --tenant-records 500000`."
        " Without units, the mix's. The stream's work is added in the mix's proportion; what"
        f" stands there anyway, ${items:.2f}, is nobody's.\n\n"
        "| requests a month | records | $ a month |\n|--:|--:|--:|"
    )
    for requests, records in (
        (0, 10_000),
        (3_000, 10_000),
        (100_000, 100_000),
        (15_208_333, 50_000_000),
    ):
        usd = total(bills.of_tenant(Tenant(requests, records=records), rates))
        yield f"| {requests:,} | {records:,} | {usd:.3f} |"
    yield (
        "\nThe second is the mean of 10,000 tenants, the last a tenant with half of everything.\n"
    )


def _sensitivity(plan: Plan, prices: Prices) -> Iterator[str]:
    before = total(bill(plan, prices))
    yield (
        "## If things were otherwise\n\n"
        "Each by itself, against the first table.\n\n| | $ a month | difference |\n|---|--:|--:|"
    )
    for title, change in _SENSITIVE.items():
        usd = total(bill(replace(plan, **change), prices))
        yield f"| {title} | {usd:.0f} | {usd - before:+.0f} |"
    twice = {
        name: msgspec.structs.replace(prices[name], usd=2 * prices[name].usd)
        for name in ("read_request_units", "write_request_units")
    }
    usd = total(bill(plan, replace(prices, each={**prices.each, **twice})))
    yield (
        "| DynamoDB on demand at twice the price, as it was before November 2024 |"
        f" {usd:.0f} | {usd - before:+.0f} |"
    )
    asked = _row_shares()
    for title, row, factor in (
        ("twice as many checkouts (O1)", "O1", 2),
        ("half as many searches for words (P2)", "P2", 0.5),
        ("twice as many changes of carts (C2)", "C2", 2),
    ):
        shares = {**asked, row: asked[row] * factor}
        changed = replace(
            plan, mix=shares, requests_per_day=plan.requests_per_day * sum(shares.values())
        )
        usd = total(bill(changed, prices))
        yield f"| {title}, all else as it is | {usd:.0f} | {usd - before:+.0f} |"
    yield ""


def _row_shares() -> dict[str, float]:
    """The share of each row in the requests."""
    shares: dict[str, float] = defaultdict(float)
    for name, share in usage.mix().items():
        if name not in BESIDE:
            shares[name.split()[0]] += share
    return dict(shares)
