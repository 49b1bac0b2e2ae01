"""Entities that use everything the toolkit has; declared only while a test wants them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec

from tenantql.table import entity as entities
from tenantql.table.entity import Item, entity
from tests.unit.builders import AUDIT

_before = dict(entities._DECLARED)


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A place on the way; part of a package's item."""

    place: str
    note: str | None = None


@entity(
    name="Package",
    pk="TENANT#{tenant}#PACKAGE#{id}",
    sk="PACKAGE",
    indexes={
        "GSI1": ("TENANT#{tenant}#PLACE#{place}", "{weight:6}#{id}"),
        "GSI2": (
            "TENANT#{tenant}#OPEN#{shard}",
            "{created_at}#{id}",
            lambda package: package.status == "OPEN",
        ),
        "platform": ("PACKAGES#{status}", "{created_at}#{tenant}#{id}"),
    },
    unique={"CODE": "code", "ALIAS": "alias"},
)
class Package(Item, frozen=True, kw_only=True):
    id: str
    shard: str = "00"
    place: str | None = None
    weight: int = 0
    status: str = "OPEN"
    code: str | None = None
    alias: str | None = None
    tags: frozenset[str] = frozenset()
    pieces: dict[str, int] = {}
    stops: tuple[Stop, ...] = ()


@entity(name="PackageEvent", pk="TENANT#{tenant}#PACKAGE#{package}", sk="EVENT#{number:6}")
class PackageEvent(Item, frozen=True, kw_only=True):
    package: str
    number: int
    text: str = ""


@entity(name="Tally", pk="TENANT#{tenant}#TALLY#{name}", sk="TALLY", spread={"days": "day_"})
class Tally(Item, frozen=True, kw_only=True):
    name: str
    total: int = 0
    members: frozenset[str] = frozenset()
    note: str | None = None
    days: dict[str, int] = {}


@entity(
    name="Entry",
    pk="TENANT#{tenant}#ENTRIES#{shard}",
    sk="{name}#{id}",
    indexes={"GSI1": ("TENANT#{tenant}#LISTED#{shard}", "{name}#{id}")},
)
class Entry(Item, frozen=True, kw_only=True):
    id: str
    shard: str
    name: str


def _split(values: dict[str, Any]) -> dict[str, Any]:
    first, _, last = str(values["name"]).partition(" ")
    return values | {"first": first, "last": last}


def _titled(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"title": f"{values['first']} {values['last']}".upper()}


@entity(
    name="Contact",
    pk="TENANT#{tenant}#CONTACT#{id}",
    sk="CONTACT",
    indexes={"GSI1": ("TENANT#{tenant}#CONTACTS", "{last}#{id}")},
    upgrades=(_split, _titled),
)
class Contact(Item, frozen=True, kw_only=True):
    """Version 1 had a `name`; 2 has `first` and `last`; 3 has a `title` as well."""

    id: str
    first: str
    last: str
    title: str
    calls: int = 0


DECLARED = {item: found for item, found in entities._DECLARED.items() if item not in _before}
entities._DECLARED.clear()
entities._DECLARED.update(_before)


@contextmanager
def present() -> Generator[None]:
    """In it the entities are declared, for requests that a module makes when it is imported."""
    entities._DECLARED.update(DECLARED)
    yield
    for item in DECLARED:
        del entities._DECLARED[item]


OWN: dict[str, Any] = {"tenant": "acme", **AUDIT}


def made[T: Item](item: type[T], **values: Any) -> T:
    """An item of the tenant acme."""
    all_of_them: dict[str, Any] = {**OWN, **values}
    return item(**all_of_them)


def package(id: str = "1", **changed: Any) -> Package:
    return made(Package, id=id, **changed)


def event(number: int, **changed: Any) -> PackageEvent:
    return made(PackageEvent, number=number, **({"package": "1"} | changed))


def tally(name: str = "sales", **changed: Any) -> Tally:
    return made(Tally, name=name, **changed)


def contact(id: str = "1", **changed: Any) -> Contact:
    values = {"first": "Ada", "last": "Abt", "title": "ADA ABT"}
    return made(Contact, id=id, **(values | changed))
