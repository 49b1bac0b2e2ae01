"""docs/entities.svg: a tenant's entities by their partitions, from the model's classes."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec.structs

from local.patterns.drawing import Drawing
from local.provision import ROOT
from tenantql.accounts import model, tokens
from tenantql.commerce import model as commerce
from tenantql.engine import carrying, idempotency, markers
from tenantql.table.entity import Entity, declared
from tenantql.table.keys import TENANT_LEAD

FILE: Final = ROOT / "docs" / "entities.svg"

DECLARING: Final = (model, tokens, commerce, carrying, idempotency, markers)
"""Modules whose entities are drawn; the control table's are not."""

REFERENCES: Final = {
    "customer": "User",
    "seller": "User",
    "product": "Product",
    "category": "Category",
    "parent": "Category",
    "order": "Order",
}
"""Fields that hold another entity's id."""

ORDERED: Final = ("ProductCard", "order")
"""A field of this name that holds none: the order of a list."""

WIDTH, GAP, LINE, HEAD = 560, 20, 20, 34


def entity_chart() -> str:
    """The picture: a box for each partition, in it its entities with sort keys and indexes."""
    drawing = Drawing(
        "Entities by partition",
        "A box for each kind of partition of a tenant's table, with the entities in it, their sort "
        "keys, the indexes that they are in, and the entities whose ids they hold.",
        2 * WIDTH + 3 * GAP,
    )
    drawing.text("title", GAP, 32, "Each box is one partition: what is in it is read by one Query")
    note = (
        "PK begins with TENANT#{tenant}#; {number:12} has 12 digits. "
        "The arrow names entities whose ids an item holds."
    )
    drawing.text("soft", GAP, 52, note)
    heights = [70.0, 70.0]
    for key, entities in _partitions():
        column = heights.index(min(heights))
        x, y = GAP + column * (WIDTH + GAP), heights[column]
        heights[column] += _partition(drawing, x, y, key, entities) + GAP
    return drawing.svg(max(heights))


def _partitions() -> Iterator[tuple[str, list[Entity[Any]]]]:
    """Entities by their partition key, in which a user is a user under any name; largest first."""
    own = [each for each in declared().values() if _is_drawn(each)]
    own.sort(key=_partition_key)
    found = [(key, sorted(own, key=_sort_key)) for key, own in groupby(own, key=_partition_key)]
    yield from sorted(found, key=lambda partition: (-len(partition[1]), partition[0]))


def _is_drawn(entity: Entity[Any]) -> bool:
    declaring = tuple(module.__name__ for module in DECLARING)
    in_tenants = entity.pk.text.startswith(TENANT_LEAD)
    return in_tenants and entity.item.__module__.startswith((*declaring, "tenantql.table.unique"))


def _partition_key(entity: Entity[Any]) -> str:
    """The key without the tenant; an id has one name, whichever the class has for it."""
    key = entity.pk.text.removeprefix(TENANT_LEAD)
    lead, _, last = key.rpartition("#")
    known = {"USER", "PRODUCT", "CATEGORY", "SELLER"}
    return f"{lead}#{{{lead.lower()}}}" if lead in known and last.startswith("{") else key


def _sort_key(entity: Entity[Any]) -> str:
    return entity.sk.text


def _partition(
    drawing: Drawing, x: float, y: float, key: str, entities: Sequence[Entity[Any]]
) -> float:
    """Draws one box; its height."""
    height = HEAD + sum(_height(each) for each in entities) + 6
    drawing.box("box", x, y, WIDTH, height)
    drawing.box("head", x, y, WIDTH, HEAD - 6)
    drawing.text("key", x + 12, y + 19, key)
    foot = y + HEAD + 10
    for each in entities:
        drawing.text("name", x + 12, foot, each.name)
        drawing.text("code", x + 170, foot, each.sk.text)
        for place, index in enumerate(sorted(each.indexes, reverse=True)):
            shown = "PLAT" if index == "platform" else index
            drawing.badge(x + WIDTH - 10 - 40 * place, foot, shown)
        if refers := _references(each):
            drawing.text("soft", x + 170, foot + 16, f"→ {', '.join(refers)}")
        foot += _height(each)
    return height


def _height(entity: Entity[Any]) -> int:
    return LINE + (16 if _references(entity) else 2)


def _references(entity: Entity[Any]) -> list[str]:
    fields = {
        info.name
        for info in msgspec.structs.fields(entity.item)
        if (entity.name, info.name) != ORDERED
    }
    found = dict.fromkeys(REFERENCES[name] for name in REFERENCES if name in fields)
    return [name for name in found if name != entity.name or "parent" in fields]
