"""How aggregates are mended: numbers set or added under the condition that nothing has changed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tenantql.engine.rebuilds import WRITER, Counts, Unequal
from tenantql.table.entity import Item, entity_of, timestamp
from tenantql.table.expressions import Change, Increase, Set, absent, equals
from tenantql.table.writes import Update


def touch() -> tuple[Change, ...]:
    """That a rebuild has written an item, now."""
    return Set("updated_at", timestamp(datetime.now(UTC))), Set("updated_by", WRITER)


def unchanged(items: tuple[Any, ...]) -> Any:
    """That the item which was read, if any, is as it was."""
    return equals("version", items[0].version) if items else absent("PK")


async def set_numbers(difference: Unequal, blank: Item, *more: Change) -> None:
    """Gives the owner's one item the numbers that it must have; `blank` is it, if it is not there.

    Raises ConditionFailed if it has changed.
    """
    numbers = (Set(name, wrong.expected) for name, wrong in difference.numbers.items())
    kind: type[Any] = type(blank)
    await Update(
        kind,
        entity_of(kind).key_of(blank),
        (*numbers, *more, *touch()),
        unchanged(difference.items),
        otherwise=blank,
    )


def spread(item: Item, *fields: str) -> dict[str, int]:
    """The numbers of an item by their names as attributes."""
    kind = type(item)
    attributes = entity_of(kind).attributes(item)
    prefixes = tuple(entity_of(kind).spread.values())
    return {
        name: value
        for name, value in attributes.items()
        if name in fields or (name.startswith(prefixes) and isinstance(value, int))
    }


def named(owner: str, numbers: Mapping[str, int]) -> Counts:
    """An owner's numbers by name."""
    return [(owner, name, number) for name, number in numbers.items()]


async def add_numbers(difference: Unequal, blank: Item) -> None:
    """Adds what is missing to one of the shards: only their sum means something."""
    item = difference.items[0] if difference.items else blank
    kind: type[Any] = type(blank)
    numbers = (
        Increase(name, wrong.expected - wrong.found) for name, wrong in difference.numbers.items()
    )
    await Update(
        kind,
        entity_of(kind).key_of(item),
        (*numbers, *touch()),
        unchanged(difference.items),
        otherwise=blank if not difference.items else None,
    )


async def mend_in_place(difference: Unequal) -> None:
    """Gives an item that is there the numbers that it must have. Raises ConditionFailed."""
    item: Item = difference.items[0]
    numbers = (Set(name, wrong.expected) for name, wrong in difference.numbers.items())
    key = entity_of(type(item)).key_of(item)
    await Update(type(item), key, (*numbers, *touch()), unchanged(difference.items))
