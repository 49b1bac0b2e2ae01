"""Loads the demonstration data step by step, through a function with the platform's role."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from local.demo.plan import FOUNDED, Person, PlannedTenant
from local.provision import ROOT, LocalFunction, Provisioned

type Step = Mapping[str, Any]
type Invoke = Callable[[Step, str], Awaitable[Any]]

PEOPLE_A_STEP: Final = 10
INVOICES_A_STEP: Final = 25


@dataclass(frozen=True)
class Loaded:
    """A person or invoice as it is in the table, with the global id that queries take."""

    id: str
    global_id: str


@dataclass(frozen=True)
class DemoTenant:
    """A tenant with its people by role and some of its invoices."""

    id: str
    name: str
    people: Mapping[str, tuple[Person, Loaded]]
    invoices: Sequence[Loaded]


@dataclass(frozen=True)
class Demo:
    """All tenants of the demonstration, in the order of the plan."""

    tenants: Sequence[DemoTenant]


def loader(provisioned: Provisioned) -> LocalFunction:
    """The function that writes: it runs as the platform function, which may register tenants."""
    return replace(
        provisioned.functions["platform"],
        name="demo",
        folder=ROOT / "local" / "demo",
        handler="local.demo.handler.handler",
        timeout=120,
    )


def steps_of(tenant: PlannedTenant, table: str) -> Iterator[Step]:
    """The steps that load one tenant, in order: the tenant, its people, its invoices."""
    yield {
        "do": "tenant",
        "tenant": tenant.id,
        "name": tenant.name,
        "tier": tenant.tier,
        "table": table,
        "shards": tenant.shards,
        "currency": tenant.currency,
        "time_zone": tenant.time_zone,
        "founded_at": FOUNDED.isoformat(),
    }
    for start in range(0, len(tenant.people), PEOPLE_A_STEP):
        people = tenant.people[start : start + PEOPLE_A_STEP]
        yield {"do": "people", "tenant": tenant.id, "items": [asdict(each) for each in people]}
    for start in range(0, len(tenant.invoices), INVOICES_A_STEP):
        invoices = tenant.invoices[start : start + INVOICES_A_STEP]
        yield {"do": "invoices", "tenant": tenant.id, "items": [asdict(each) for each in invoices]}


def items_of(tenant: PlannedTenant) -> int:
    """How many items the steps of a tenant report as written."""
    return 1 + len(tenant.people) + len(tenant.invoices)


async def load(
    tenants: Sequence[PlannedTenant],
    table: str,
    invoke: Invoke,
    advance: Callable[[int], None] = lambda _items: None,
) -> Demo:
    """Write the tenants with `invoke`, telling `advance` how many items each step wrote.

    Raises what `invoke` raises: part of the data is not a demonstration.
    """
    return Demo([await _load(tenant, table, invoke, advance) for tenant in tenants])


async def _load(
    tenant: PlannedTenant, table: str, invoke: Invoke, advance: Callable[[int], None]
) -> DemoTenant:
    loaded: dict[str, list[Loaded]] = {"tenant": [], "people": [], "invoices": []}
    for position, step in enumerate(steps_of(tenant, table)):
        written = await invoke(step, f"demo-{tenant.id}-{position}")
        loaded[step["do"]] += [Loaded(**item) for item in written]
        advance(len(written))
    people: dict[str, tuple[Person, Loaded]] = {}
    for person, item in zip(tenant.people, loaded["people"], strict=True):
        people.setdefault(person.role, (person, item))
    return DemoTenant(tenant.id, tenant.name, people, loaded["invoices"][:20])
