"""Entries of the inverted index: a word, and the thing that is found by it."""

from collections.abc import Iterable
from itertools import pairwise, takewhile
from typing import Any

import msgspec

from tenantql.search.words import words_of
from tenantql.table.entity import Item


class Entry(Item, frozen=True, kw_only=True):
    """A word of a thing. A subclass is an entity: its sort key begins with `{term}`, its end orders
    the things of a word and names the thing.

    Of the thing's words in order, the one before this has its first `shared` characters too: for a
    prefix no longer than that, the thing has been met already. `version`, and who wrote it when,
    are the thing's at the time.
    """

    term: str
    shared: int = 0

    @property
    def score(self) -> int:
        """How well the word describes the thing; things without a measure have none."""
        return 0


class Weighed(msgspec.Struct, frozen=True):
    """A word of a thing: `score` is the sum of the weights of the texts that have it."""

    term: str
    score: int
    shared: int


def weigh(texts: Iterable[tuple[str | None, int]], limit: int) -> list[Weighed]:
    """The words of texts with weights, in order of the words.

    If there are more than `limit`, those with the highest score, the first to appear among equals.
    How often a text repeats a word does not count.
    """
    scores: dict[str, int] = {}
    for text, weight in texts:
        for word in words_of(text or ""):
            scores[word] = scores.get(word, 0) + weight
    kept = sorted(sorted(scores, key=lambda word: -scores[word])[:limit])
    return [
        Weighed(term, scores[term], _shared(before, term)) for before, term in pairwise(("", *kept))
    ]


def _shared(one: str, other: str) -> int:
    """How many first characters two words have in common."""
    equal = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in equal)


def audit_of(source: Item) -> dict[str, Any]:
    """Whose an entry is, of which version of its thing, and who wrote that when."""
    names = ("tenant", "created_at", "created_by", "updated_at", "updated_by", "version")
    return {name: getattr(source, name) for name in names}
