"""The categories of a planned tenant, several levels deep."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from local.demo.today import ago
from local.demo.words import CATEGORIES, PLACES


@dataclass(frozen=True)
class PlannedCategory:
    """A category to create; `parent` is the position of another, None at the top."""

    name: str
    parent: int | None
    created_at: str
    randomness: int


_POSITIONS: Final = {name: position for position, name in enumerate(CATEGORIES)}
_PLACE_OF: Final = {thing: name for name, things in PLACES.items() for thing in things}


def categories_of(tenant: str) -> tuple[PlannedCategory, ...]:
    """The same tree for every tenant, each category after the one that it is under."""
    source = random.Random(f"{tenant} categories")  # noqa: S311 - nothing secret
    return tuple(
        PlannedCategory(
            name=name,
            parent=None if parent is None else _POSITIONS[parent],
            created_at=ago(timedelta(days=350, minutes=-position)),
            randomness=source.getrandbits(80),
        )
        for position, (name, parent) in enumerate(CATEGORIES.items())
    )


def place_of(thing: str) -> int:
    """The position of the category that a thing stands in."""
    return _POSITIONS[_PLACE_OF[thing]]
