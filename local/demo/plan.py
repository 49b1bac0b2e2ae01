"""What the demonstration data consists of, worked out from a seed before anything is written."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

TODAY: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""The day that the data is told from; fixed, so that ids and dates never change."""

FOUNDED: Final = TODAY - timedelta(days=400)
PLATFORM_OPERATOR: Final = "operator@tenantql.example"
ROLES: Final = ("admin", "staff", "seller", "customer")
"""Everyone after the first four is a customer."""

GIVEN: Final = (
    *("Ada", "Bela", "Chidi", "Dilek", "Emeka", "Farah", "Goran", "Hana", "Ines", "Jonas"),
    *("Kemal", "Lena", "Mina", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tala"),
)
FAMILY: Final = (
    *("Abt", "Berg", "Costa", "Diallo", "Evers", "Fuchs", "Garcia", "Horvat", "Ivanova", "Jansen"),
    *("Kaya", "Larsen", "Moreau", "Novak", "Okoye", "Petrov", "Quist", "Rossi", "Singh", "Tanaka"),
)


class Size(StrEnum):
    """How much data each tenant gets."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True)
class _Amount:
    people: int
    invoices: int


_AMOUNTS: Final[Mapping[Size, _Amount]] = MappingProxyType(
    {
        Size.SMALL: _Amount(people=8, invoices=40),
        Size.MEDIUM: _Amount(people=60, invoices=600),
        Size.LARGE: _Amount(people=400, invoices=5000),
    }
)


@dataclass(frozen=True)
class Person:
    """A user to create. `randomness` makes the id, which the package derives from it."""

    name: str
    username: str
    email: str
    role: str
    created_at: str
    randomness: int


@dataclass(frozen=True)
class PlannedInvoice:
    """An invoice to create; `customer` is the position of a person."""

    number: str
    status: str
    customer: int
    total: int
    currency: str
    issued_at: str
    due_at: str
    randomness: int


@dataclass(frozen=True)
class PlannedTenant:
    """A tenant with everything that it owns. `shards` is the number for each sharded list."""

    id: str
    name: str
    tier: str
    currency: str
    time_zone: str
    shards: int
    people: tuple[Person, ...] = ()
    invoices: tuple[PlannedInvoice, ...] = ()


def plan(size: Size = Size.SMALL) -> tuple[PlannedTenant, ...]:
    """Three tenants. The id of the first is a prefix of the second's."""
    tenants = (
        PlannedTenant("acme", "Acme Trading", "premium", "USD", "America/New_York", shards=4),
        PlannedTenant("acme-eu", "Acme Europe", "advanced", "EUR", "Europe/Berlin", shards=2),
        PlannedTenant("globex", "Globex Corporation", "basic", "EUR", "Europe/Lisbon", shards=1),
    )
    return tuple(_filled(tenant, _AMOUNTS[size]) for tenant in tenants)


def _filled(tenant: PlannedTenant, amount: _Amount) -> PlannedTenant:
    # A sequence for each tenant and kind: a larger size adds to a smaller one and changes nothing.
    people = random.Random(f"{tenant.id} people")  # noqa: S311 - nothing secret
    invoices = random.Random(f"{tenant.id} invoices")  # noqa: S311 - nothing secret
    return replace(
        tenant,
        people=tuple(_person(people, tenant.id, position) for position in range(amount.people)),
        invoices=tuple(
            _invoice(invoices, tenant.currency, position) for position in range(amount.invoices)
        ),
    )


def _person(source: random.Random, tenant: str, position: int) -> Person:
    given, family = source.choice(GIVEN), source.choice(FAMILY)
    username = f"{given}.{family}.{position}".lower() if position >= len(ROLES) else ""
    role = ROLES[min(position, len(ROLES) - 1)]
    return Person(
        name=f"{given} {family}",
        username=username or role,
        email=f"{username or role}@{tenant}.example",
        role=role,
        created_at=_ago(timedelta(days=200 - position / 10)),
        randomness=source.getrandbits(80),
    )


def _invoice(source: random.Random, currency: str, position: int) -> PlannedInvoice:
    issued = timedelta(hours=position * 7 + source.random() * 6)
    status = source.choices(("PAID", "OPEN", "VOID", "REFUNDED"), (70, 20, 5, 5))[0]
    return PlannedInvoice(
        number=f"INV-{position + 1:05d}",
        status=status,
        # The named customer has every fourth invoice, so that their token shows something.
        customer=3 if position % 4 == 0 else source.randrange(3, 8),
        total=source.randrange(990, 250_000),
        currency=currency,
        issued_at=_ago(issued),
        due_at=_ago(issued - timedelta(days=14)),
        randomness=source.getrandbits(80),
    )


def _ago(before: timedelta) -> str:
    return (TODAY - before).isoformat()
