"""Loads the demonstration data step by step, through a function with the platform's role."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from copy import replace
from dataclasses import asdict, dataclass
from itertools import batched, chain
from typing import Any, Final

from local.demo.people import NAMED_CUSTOMER, Person
from local.demo.plan import FOUNDED, PlannedTenant
from local.demo.reviews import PlannedReview
from local.demo.shop import PlannedOrder
from local.provision import ROOT, LocalFunction, Provisioned

type Step = Mapping[str, Any]
type Invoke = Callable[[Step, str], Awaitable[Any]]

ITEMS_A_STEP: Final = 20
"""So that the progress bar moves."""

KEPT: Final = 20


@dataclass(frozen=True)
class Loaded:
    """An object as it is in the table, with the global id that queries take.

    Of a product, `images` are the keys of its images.
    """

    id: str
    global_id: str
    images: Sequence[str] = ()


@dataclass(frozen=True)
class DemoTenant:
    """A tenant with its people by role, its categories, and the first products and orders.

    `leaver` is somebody who can be removed. `invoices` are those of `orders`, `parts` a seller's
    part of each. `reviews` are those of the named customer, as they were planned.
    """

    id: str
    name: str
    currency: str
    people: Mapping[str, tuple[Person, Loaded]]
    leaver: Loaded
    categories: Sequence[Loaded]
    products: Sequence[Loaded]
    orders: Sequence[Loaded]
    invoices: Sequence[Loaded]
    parts: Sequence[Loaded]
    reviews: Sequence[tuple[PlannedReview, Loaded]]


@dataclass(frozen=True)
class Demo:
    """All tenants of the demonstration, in the order of the plan."""

    tenants: Sequence[DemoTenant]


def loader(provisioned: Provisioned) -> LocalFunction:
    """The function that writes: it runs as the platform function, which may register tenants.

    It uploads images to the bucket that the tenants' endpoint has, if `provisioned` has that one.
    """
    platform, endpoint = provisioned.functions["platform"], provisioned.functions.get("graphql")
    known = platform.environment if endpoint is None else endpoint.environment
    images = {name: known[name] for name in known if name.startswith("TENANTQL_IMAGES_")}
    return replace(
        platform,
        name="demo",
        environment={**platform.environment, **images},
        folder=ROOT / "local" / "demo",
        handler="local.demo.handler.handler",
        timeout=120,
    )


def steps_of(tenant: PlannedTenant, table: str) -> Iterator[Step]:
    """The steps that load one tenant: first the tenant, then what it owns, in order."""
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
    for what, items in (
        ("people", map(asdict, chain(tenant.people, tenant.leavers))),
        ("categories", map(asdict, tenant.categories)),
        ("products", map(asdict, tenant.products)),
        ("trade", trade_of(tenant)),
        ("reviews", map(asdict, tenant.reviews)),
        ("carts", map(asdict, tenant.carts)),
        ("standings", spenders_of(tenant)),
    ):
        for part in batched(items, ITEMS_A_STEP, strict=False):
            yield {"do": what, "tenant": tenant.id, "items": list(part)}


def trade_of(tenant: PlannedTenant) -> list[dict[str, Any]]:
    """Orders, payments and refunds as they followed one another."""
    happened = [
        event for position, order in enumerate(tenant.orders) for event in _trade(position, order)
    ]
    # Sorting keeps what has the same time in its order: an order, its payment, its refund.
    return sorted(happened, key=lambda event: event["at"])


def _trade(position: int, order: PlannedOrder) -> Iterator[dict[str, Any]]:
    yield {
        "what": "order",
        "position": position,
        "customer": order.customer,
        "lines": [asdict(line) for line in order.lines],
        "at": order.placed_at,
        "randomness": order.randomness,
    }
    if order.paid_at is not None:
        yield {"what": "pay", "position": position, "at": order.paid_at}
    if order.parcels:
        steps = list(order.parcels)
        yield {"what": "fulfil", "position": position, "steps": steps, "at": order.paid_at}
    if order.cancelled:
        yield {"what": "cancel", "position": position, "at": order.placed_at}
    if order.refund is not None:
        yield {"what": "refund", "position": position, **asdict(order.refund)}


def spenders_of(tenant: PlannedTenant) -> list[int]:
    """The positions of those who paid for something."""
    return sorted({order.customer for order in tenant.orders if order.paid_at is not None})


def items_of(tenant: PlannedTenant) -> int:
    """How many items the steps of a tenant have, which is what the progress counts."""
    return sum(map(size_of, steps_of(tenant, "")))


def size_of(step: Step) -> int:
    """How many items a step has."""
    return len(step.get("items", ("the tenant",)))


async def load(
    tenants: Sequence[PlannedTenant],
    table: str,
    invoke: Invoke,
    advance: Callable[[int], None] = lambda _items: None,
) -> Demo:
    """Write the tenants with `invoke`, telling `advance` how many items each step had.

    Raises what `invoke` raises: part of the data is not a demonstration.
    """
    return Demo([await _load(tenant, table, invoke, advance) for tenant in tenants])


async def _load(
    tenant: PlannedTenant, table: str, invoke: Invoke, advance: Callable[[int], None]
) -> DemoTenant:
    made: dict[str, list[Loaded]] = {}
    for number, step in enumerate(steps_of(tenant, table)):
        written = await invoke(step, f"demo-{tenant.id}-{number}")
        made.setdefault(step["do"], []).extend(Loaded(**item) for item in written)
        advance(size_of(step))
    people: dict[str, tuple[Person, Loaded]] = {}
    everyone = [*tenant.people, *tenant.leavers]
    for person, item in zip(everyone, made["people"], strict=True):
        people.setdefault(person.role, (person, item))
    orders, invoices, parts = _ordered(tenant, made.get("trade", ()))
    return DemoTenant(
        tenant.id,
        tenant.name,
        tenant.currency,
        people,
        made["people"][-1],
        made.get("categories", []),
        made.get("products", [])[:KEPT],
        orders,
        invoices,
        parts,
        [
            (planned, item)
            for planned, item in zip(tenant.reviews, made.get("reviews", ()), strict=True)
            if planned.customer == NAMED_CUSTOMER
        ],
    )


def _ordered(
    tenant: PlannedTenant, made: Iterable[Loaded]
) -> tuple[Sequence[Loaded], Sequence[Loaded], Sequence[Loaded]]:
    """The first orders of the plan with their invoices and parts, which were made in time's order.

    An order gives three objects; what becomes of it later gives none.
    """
    triples = batched(made, 3, strict=True)
    placed = (event["position"] for event in trade_of(tenant) if event["what"] == "order")
    kept = [triple for _, triple in sorted(zip(placed, triples, strict=True))[:KEPT]]
    return [each[0] for each in kept], [each[1] for each in kept], [each[2] for each in kept]
