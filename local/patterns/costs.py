"""Capacity units of typical calls, from the sizes of typical items.

A call is written in words: `strong get 1 User`, `query 21 Order`, `batch 3 Stock`, `query 30
SellerDay + 1 SellerTotal` (one page of both); `put`, `update`, `move` and `delete` write so many
items. `move` is an update that changes the item's key in GSI1 and in `platform`, as a new status
does. A comma joins calls, and what begins with `transact` is one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from local.memory.units import page_units, write_units

ENTRY_BYTES: Final = 1024
"""An entry of an index that has keys only: never more than one unit."""

KEYS_ONLY: Final = frozenset({"directory", "platform"})
MOVING: Final = frozenset({"GSI1", "platform"})
READS: Final = frozenset({"get", "query", "batch"})


@dataclass(frozen=True)
class Units:
    """Read and write units."""

    read: float = 0
    write: float = 0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.read + other.read, self.write + other.write)

    def __str__(self) -> str:
        parts = ((self.read, "R"), (self.write, "W"))
        return " + ".join(f"{number:g} {kind}" for number, kind in parts if number) or "0"


@dataclass(frozen=True)
class Costs:
    """Computes units from sizes of items in bytes and from the indexes that entities are in."""

    sizes: Mapping[str, int]
    indexes: Mapping[str, Sequence[str]]

    def of(self, calls: str) -> Units:
        """What `calls` consume. Raises KeyError for an entity of unknown size, and ValueError."""
        together = calls.startswith("transact ")
        parts = calls.removeprefix("transact ").split(", ")
        return sum((self._call(part.split(), together=together) for part in parts), Units())

    def _call(self, words: list[str], *, together: bool) -> Units:
        strong = words[0] == "strong"
        verb, *rest = words[1:] if strong else words
        items = [(int(number), name) for number, name in zip(rest[::3], rest[1::3], strict=True)]
        match verb:
            case "query":
                size = sum(number * self.sizes[name] for number, name in items)
                return Units(read=page_units(size, strong=strong))
            case "get" | "batch":
                ((number, name),) = items
                return Units(read=number * page_units(self.sizes[name], strong=strong))
            case "put" | "update" | "move" | "delete":
                ((number, name),) = items
                return Units(write=number * self._write(verb, name, together=together))
            case _:
                raise ValueError(f"no such call: {' '.join(words)}")

    def _write(self, verb: str, name: str, *, together: bool) -> int:
        """One item's, in the table and in each of its indexes."""
        size = self.sizes[name]
        written = write_units(size, transactional=together)
        for index in self.indexes[name]:
            entry = ENTRY_BYTES if index in KEYS_ONLY else size
            match verb:
                case "update" | "move" if index in KEYS_ONLY and (verb, index) != (
                    "move",
                    "platform",
                ):
                    entries = 0
                case "move" if index in MOVING:
                    entries = 2
                case _:
                    entries = 1
            written += entries * write_units(entry, transactional=False)
        return written
