"""docs/item-collection.svg: one customer's partition of the demonstration data, as it is stored."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from local.cloud import LocalCloud
from local.demo import Demo, load, plan
from local.demo.steps import loader
from local.function import RunningFunction
from local.patterns.drawing import Drawing
from local.provision import ROOT, provision, token_parameters

FILE: Final = ROOT / "docs" / "item-collection.svg"

SHOWN: Final[Mapping[str, Sequence[str]]] = {
    "CustomerAccount": ("points", "orders_PAID", "spend_USD", "version"),
    "Cart": ("q_", "p_", "currency"),
    "Favourite": ("created_at",),
    "LoyaltyEntry": ("points", "balance", "why"),
    "Order": ("status", "total", "currency", "points_earned"),
    "User": ("email", "username", "display_name"),
    "CustomerSpend": ("spend", "source_version"),
}
"""The attributes of each type that are drawn; `q_` stands for the first that begins so."""

AT_MOST: Final = 3
"""Items of one type that are drawn: the last ones."""

READS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("C1", ("Cart",)),
    ("U11", ("Favourite",)),
    ("U12", ("LoyaltyEntry",)),
    ("O2", ("Order",)),
    ("U10", ("Order", "User")),
)
"""Patterns that read items of these types, next to each other, by one call."""

INDEXES: Final = ("GSI1", "GSI2", "GSI3", "PLAT")
WIDTH, ROW, TOP = 1190, 46, 104

type Stored = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """An item that is drawn, and how many of its type before it are not."""

    item: Stored
    left_out: int = 0

    @property
    def type(self) -> str:
        """The item's type."""
        return self.item["type"]["S"]


def collection_chart(items: Sequence[Stored]) -> str:
    """The picture of a partition, whose items are in the order of their sort keys."""
    rows = _chosen(items)
    drawing = Drawing(
        "A customer's item collection",
        "The items of one partition in the order of their sort keys: account, cart, favourites, "
        "loyalty points, orders, profile, spend. Brackets show what one call reads.",
        WIDTH,
    )
    drawing.text("title", 20, 32, f"One partition of the demonstration data: {len(items)} items")
    drawing.text("key", 20, 56, f"PK = {items[0]['PK']['S']}")
    for x, heading in ((20, "SK"), (480, "type"), (630, "attributes, some of them; index keys")):
        drawing.text("soft", x, 86, heading)
    for place, row in enumerate(rows):
        _row(drawing, TOP + place * ROW, row)
    for place, (pattern, types) in enumerate(READS):
        within = [place for place, row in enumerate(rows) if row.type in types]
        _bracket(drawing, pattern, 1115 if pattern != "U10" else 1152, min(within), max(within))
    return drawing.svg(TOP + len(rows) * ROW + 12)


def stored_collection() -> Sequence[Stored]:
    """The partition of the first customer of the demonstration, loaded into a local cloud."""
    with TemporaryDirectory(prefix="tenantql-pictures-") as folder, LocalCloud() as cloud:
        scratch = Path(folder)
        parameters = token_parameters("https://issuer.example", "-", "https://issuer.example/keys")
        made = provision(cloud.client("cloudformation"), parameters)
        writer = RunningFunction(loader(made), cloud.environment(), scratch, scratch / "log")
        tenant = asyncio.run(_load(writer, made.data_table)).tenants[0]
        customer = tenant.people["customer"][1].id
        found = cloud.client("dynamodb").query(
            TableName=made.data_table,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"TENANT#{tenant.id}#USER#{customer}"}},
        )
        return found["Items"]


async def _load(running: RunningFunction, table: str) -> Demo:
    try:
        return await load(plan(), table, running)
    finally:
        await running.stop()


def _chosen(items: Sequence[Stored]) -> list[Shown]:
    rows: list[Shown] = []
    for type in dict.fromkeys(item["type"]["S"] for item in items):
        own = [item for item in items if item["type"]["S"] == type]
        first, *rest = own[-AT_MOST:]
        rows += [Shown(first, len(own) - len(rest) - 1), *map(Shown, rest)]
    return rows


def _row(drawing: Drawing, y: float, row: Shown) -> None:
    drawing.line("rule", f"M20 {y:g} H1100")
    drawing.text("key", 20, y + 19, row.item["SK"]["S"])
    if row.left_out:
        drawing.text("soft", 20, y + 36, f"and {row.left_out} before it")
    drawing.text("name", 480, y + 19, row.type)
    names = [
        next(name for name in sorted(row.item) if name.startswith(shown))
        for shown in SHOWN[row.type]
    ]
    values = "  ".join(f"{_short(name)}={_text(row.item[name])}" for name in names)
    drawing.text("code", 630, y + 19, values)
    keys = [
        f"{index} {row.item[f'{index}PK']['S'].removeprefix('TENANT#acme#')}"
        for index in INDEXES
        if f"{index}PK" in row.item
    ]
    drawing.text("soft", 480 if len(keys) > 2 else 630, y + 36, "  ·  ".join(keys))


def _short(name: str) -> str:
    """An attribute's name, of which an id is cut."""
    return name if len(name) < 20 else f"{name[:8]}…"


def _text(value: Mapping[str, Any]) -> str:
    ((_, content),) = value.items()
    return str(content)


def _bracket(drawing: Drawing, pattern: str, x: float, first: int, last: int) -> None:
    top, bottom = TOP + first * ROW + 6, TOP + (last + 1) * ROW - 6
    drawing.line("span", f"M{x - 6} {top} H{x} V{bottom} H{x - 6}")
    drawing.text("name", x + 4, (top + bottom) / 2 + 4, pattern)
