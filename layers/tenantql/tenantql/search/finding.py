"""Finding: from what somebody typed to a page of things.

A word is one Query, and so is a page of its things, however far down the list. Several words are
one Query each, at once, of which a bounded number of entries is read and intersected; the answer
says whether that was all of them (`complete`).
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from tenantql.engine.connections import Connection, Edge, Window, sealer, start_of
from tenantql.engine.context import Context
from tenantql.engine.errors import BadUserInput
from tenantql.search.entries import Entry
from tenantql.search.index import TermIndex
from tenantql.search.words import words_of
from tenantql.table.collections import Slice, first_of, last_of
from tenantql.table.cursors import Scope
from tenantql.table.entity import Key, entity_of
from tenantql.table.keys import DELIMITER
from tenantql.table.requests import Position, Query, together

MAX_TEXT: Final = 200
"""Characters of what is searched for."""

MAX_WORDS: Final = 4
MAX_ENTRIES: Final = 300
"""Of a word, when several are searched for."""

MOST: Final = 9_999
"""More than the scores of all words together."""


class Word(msgspec.Struct, frozen=True):
    """A word to find: as it is (`whole`), or as the beginning of longer ones too."""

    text: str
    whole: bool

    def meets(self, word: str) -> bool:
        """Whether a thing that has `word` is found."""
        return word == self.text if self.whole else word.startswith(self.text)

    def repeats(self, entry: Entry) -> bool:
        """Whether the thing of an entry is found by an earlier word of it already."""
        return not self.whole and entry.shared >= len(self.text)


class Hits[E: Entry](Connection[E], frozen=True):
    """What was found, and whether that is all there is.

    What has two words that begin alike is shown once. The page's ends stay where they are: the
    list goes on behind what was read.
    """

    complete: bool = True
    repeats: Callable[[Entry], bool] = lambda _entry: False

    @property
    def edges(self) -> list[Edge[E]]:
        """The entries that are shown, with their cursors."""
        return [edge for edge in super().edges if not self.repeats(edge.node)]

    @property
    def nodes(self) -> Sequence[E]:
        """The entries that are shown."""
        return [entry for entry in self.found.items if not self.repeats(entry)]


async def find[E: Entry](
    context: Context,
    index: TermIndex[Any, E],
    text: str,
    window: Window,
    *,
    whole_words: bool = False,
    **within: str,
) -> Hits[E]:
    """The things that have every word of `text`, as a connection of entries with `complete`.

    A word also finds the longer ones that begin with it, unless `whole_words` are asked for, or it
    is shorter than the index's `head`. `within` is what the partition key needs besides. What one
    word finds is in the order of the index: by word, then as the entries are ordered. What several
    find is in the order of the sum of their scores, then as the entries of the first word are.
    Raises BadUserInput and CursorRefused.
    """
    words = _words(index, text, whole_words=whole_words)
    scope = Scope(context.tenant, f"search {index.name} {within} {words}", "", descending=False)
    size, start = window.size, start_of(context, scope, window)
    seal = sealer(context, scope)
    if len(words) > 1:
        ranked, complete = await _ranked(context.tenant, index, words, within)
        page = _page(ranked, size, start, backwards=window.last is not None)
        return Hits(page, seal, complete)
    read = first_of if window.last is None else last_of
    queries = [_query(context.tenant, index, words[0], within)]
    return Hits(await read(queries, size, start), seal, repeats=words[0].repeats)


def _words(index: TermIndex[Any, Any], text: str, *, whole_words: bool) -> list[Word]:
    if len(text) > MAX_TEXT:
        raise BadUserInput(f"a text to search for has at most {MAX_TEXT} characters")
    words = [Word(each, whole_words or len(each) < index.head) for each in words_of(text)]
    # What has the longer of two words has the shorter one.
    needed = [
        word
        for word in words
        if not any(word.meets(other.text) for other in words if other is not word)
    ]
    if not 0 < len(needed) <= MAX_WORDS:
        raise BadUserInput(f"a search is for 1 to {MAX_WORDS} words of letters and digits")
    return needed


def _query[E: Entry](
    tenant: str, index: TermIndex[Any, E], word: Word, within: dict[str, str]
) -> Query[E]:
    """The entries of a word; letters and digits stand in a key as they are."""
    head = word.text[: index.head] or word.text
    pk = entity_of(index.entry).pk.format({"tenant": tenant, "head": head, **within})
    begins = word.text + DELIMITER if word.whole else word.text
    return Query(index.entry, pk, sk_begins=begins, limit=MAX_ENTRIES + 1)


async def _ranked[E: Entry](
    tenant: str, index: TermIndex[Any, E], words: Sequence[Word], within: dict[str, str]
) -> tuple[list[tuple[Position, E]], bool]:
    """The things that have every word, each as its first word's best entry, with its place.

    And whether these are all: not, if a word has more entries than are read.
    """
    # Entries that hold the whole text of their things are asked for one word and tested for all.
    asked = words if index.text is None else [max(words, key=lambda word: len(word.text))]
    pages = await together([_query(tenant, index, word, within) for word in asked])
    best = [_best(index, page.items[:MAX_ENTRIES]) for page in pages]
    ranked: list[tuple[Position, E]] = []
    for source in set(best[0]).intersection(*best[1:]):
        place, entry = best[0][source]
        if index.text is None or _has(words_of(index.text(entry)), words):
            score = sum(each[source][1].score for each in best)
            ranked.append(((f"{MOST - score:04d}", place), entry))
    return sorted(ranked, key=lambda each: each[0]), not any(page.more for page in pages)


def _best[E: Entry](index: TermIndex[Any, E], entries: Sequence[E]) -> dict[Key, tuple[str, E]]:
    """The best entry of each thing, with what orders the things of a word in its sort key."""
    best: dict[Key, tuple[str, E]] = {}
    for entry in entries:
        place = entity_of(index.entry).key_of(entry).sk.partition(DELIMITER)[2]
        source = index.source_of(entry)
        if source not in best or place < best[source][0]:
            best[source] = (place, entry)
    return best


def _has(words: Sequence[str], wanted: Sequence[Word]) -> bool:
    return all(any(word.meets(each) for each in words) for word in wanted)


def _page[E: Entry](
    ranked: Sequence[tuple[Position, E]], size: int, start: Position | None, *, backwards: bool
) -> Slice[E]:
    """The part of a list in memory behind `start`, or ahead of it: see `collections`."""
    if backwards:
        left = [each for each in ranked if start is None or each[0] < start]
        shown = left[-size:]
    else:
        left = [each for each in ranked if start is None or each[0] > start]
        shown = left[:size]
    more, began = len(left) > size, start is not None
    return Slice(
        tuple(entry for _, entry in shown),
        tuple(position for position, _ in shown),
        has_next=began if backwards else more,
        has_previous=more if backwards else began,
    )
