"""What each flow touches, measured once, with names in the place of ids: `footprints.json`.

A key such as `TENANT#{tenant}#PRODUCT#{product0}` is that of the first product of the request;
`{shard}` is a shard of a list, and `{new}` a value that no other request has.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from benchmarks.day.cast import Cast
from benchmarks.day.footprint import FILE, Footprint, Touch, load
from benchmarks.day.mix import FLOWS, Flow
from benchmarks.day.recording import Touched
from benchmarks.day.world import PRODUCT_IDS, World
from tenantql.commerce.model import (
    FulfilmentStatus,
    InvoiceStatus,
    OrderStatus,
    SellerDay,
    SellerTotal,
)
from tenantql.commerce.model.lists import ALL, Availability, ListOrder
from tenantql.table.entity import Entity, declared, entity_of
from tenantql.table.errors import KeyValueError
from tenantql.table.keys import KeyTemplate

__all__ = ["FILE", "Footprint", "Touch", "load", "measure", "save"]

DIRECTORY: Final = KeyTemplate("TENANT#{tenant}#TYPE#{type}#{shard}")
NEW: Final = "{new}"

_CONSTANT: Final = frozenset({"currency", "type", "attribute", "consumer"})
"""Fields of keys with few values, which stand for themselves."""

_CLOCK: Final[Mapping[str, str]] = {"month": "{month}", "date": "{today}"}
"""Those that follow the clock, and are the same for all requests of a day."""

_WORDS: Final = frozenset(
    str(word)
    for words in (OrderStatus, FulfilmentStatus, InvoiceStatus, Availability, ListOrder)
    for word in words
) | {ALL, "ROOT"}

_GATHERED: Final = tuple(entity_of(item).sk.text.split("{")[0] for item in (SellerTotal, SellerDay))

PAGE: Final = 20
"""Products beside the cast's that are told apart in a request: those of a list's page."""
_FIELD: Final = re.compile(r"\{(\w+)(?::\d+)?\}")


def save(footprints: Mapping[str, Footprint]) -> None:
    """Write the file, a line for each touch."""
    text = msgspec.json.format(msgspec.json.encode(footprints), indent=1).decode()
    # One object a line: so a change of one is one line in a diff.
    lines = re.sub(r"\{\s+(\"place\"[^{}]*?(?:\{\w+\}[^{}]*?)*)\s+\}(?=,?\n)", _joined, text)
    FILE.write_text(lines + "\n", encoding="utf-8")


def _joined(match: re.Match[str]) -> str:
    return "{" + re.sub(r"\n\s*", " ", match[1].strip()) + "}"


def measure(watch: Callable[[Flow, World], None] = lambda *_: None) -> dict[str, Footprint]:
    """Ask every flow once, and let the stream follow. Raises ValueError if one is refused.

    `watch` is called after each, before the stream.
    """
    found: dict[str, Footprint] = {}
    world = World()
    for flow in FLOWS:
        world.prepare(flow)
        world.recorder.forget()
        world.ask(flow)
        names = _Names(world.cast)
        calls, touches = world.recorder.operations, _touches(world.recorder.touched, names)
        names.others = 0
        watch(flow, world)
        world.recorder.forget()
        world.settle()
        found[flow.name] = Footprint(
            calls=Counter(calls),
            touches=touches,
            later_calls=Counter(world.recorder.operations),
            later=_touches(world.recorder.touched, names),
        )
    return found


class _Names:
    """What stands in keys for which of the cast, and for how many other products of a page."""

    def __init__(self, cast: Cast) -> None:
        names = {cast.tenant: "tenant", cast.customer: "customer", cast.user: "user"}
        for name, ids in (
            ("seller", cast.sellers),
            ("product", cast.products),
            ("category", cast.categories),
        ):
            names |= {id: f"{name}{number}" for number, id in enumerate(ids)}
        names |= {word[:2]: f"head{number}" for number, word in enumerate(cast.words)}
        user = cast.user.casefold()
        self._names = names | {f"{user}@example.com": "user", f"user-{user}": "user"}
        self._products = len(cast.products)
        self.others = PAGE

    def of(self, value: str) -> str:
        """The name in braces."""
        if value not in self._names and value in PRODUCT_IDS and self.others:
            self._names[value] = f"product{self._products + PAGE - self.others}"
            self.others -= 1
        return f"{{{self._names[value]}}}" if value in self._names else NEW


def _touches(touched: Iterable[Touched], names: _Names) -> tuple[Touch, ...]:
    found: Counter[Touch] = Counter()
    for each in touched:
        pk, sk = _named(each, names)
        touch = Touch(
            place=each.place,
            pk=pk,
            sk=sk,
            read=each.read,
            write=each.write,
            together=each.transaction,
            every=each.listed and "{shard}" in pk,
            gathered=sk.startswith(_GATHERED),
        )
        # The platform's index is asked shard by shard, however many a tenant has.
        found[touch] = 1 if touch.every else found[touch] + 1
    return tuple(msgspec.structs.replace(touch, times=times) for touch, times in found.items())


def _named(each: Touched, names: _Names) -> tuple[str, str]:
    for pk, sk in _templates(each.place):
        try:
            found = _replaced(pk, each.pk, names)
            if each.item is None:
                return found, ""
            return found, _replaced(sk, each.item.sk, names)
        except KeyValueError:
            continue
    raise KeyError(f"no entity has the key {each.pk} of {each.place}")


def _templates(place: str) -> Iterable[tuple[KeyTemplate, KeyTemplate]]:
    if place == "directory":
        return [(DIRECTORY, DIRECTORY)]
    entities: Iterable[Entity[Any]] = declared().values()
    if place in ("table", "control"):
        return [(entity.pk, entity.sk) for entity in entities]
    return [(e.indexes[place].pk, e.indexes[place].sk) for e in entities if place in e.indexes]


def _replaced(template: KeyTemplate, key: str, names: _Names) -> str:
    values = template.parse(key)

    def name(match: re.Match[str]) -> str:
        field, value = match[1], str(values[match[1]])
        if field in _CONSTANT or value in _WORDS:
            return value
        if field in _CLOCK:
            return _CLOCK[field]
        if field.endswith("shard"):
            return "{shard}"
        return names.of(value)

    return _FIELD.sub(name, template.text)
