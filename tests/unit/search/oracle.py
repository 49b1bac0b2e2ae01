"""What a search has to find, worked out from the books alone: word by word, without an index."""

from collections.abc import Iterable, Sequence
from typing import Final

from tests.unit.search.library import HEAD, Book

WRITTEN: Final = {
    "Kettle": "kettle",
    "KETTLES": "kettles",
    "kéttl": "kettl",
    "Ket": "ket",
    "tea": "tea",
    "Téapot": "teapot",
    "TEA-pot": "tea pot",
    "Straße": "strasse",
    "STRASSEN": "strassen",
    "ﬁne": "fine",
    "Fines,": "fines",
    "5": "5",
    "50%": "50",
    "x": "x",
}
"""Words as people write them, and as they count."""

COUNTED: Final = WRITTEN | {
    "ke": "ke",
    "k": "k",
    "KETT": "kett",
    "te": "te",
    "strass": "strass",
    "fi": "fi",
    "no such": "no such",
}
"""The same for what people ask for."""


def scores_of(book: Book, most: int) -> dict[str, int]:
    """The words of a book that count, with what they are worth."""
    found: dict[str, int] = {}
    for text, worth in ((book.title, 3), (book.author or "", 2), (book.blurb, 1)):
        for word in dict.fromkeys(_split(text)):
            found[word] = found.get(word, 0) + worth
    ranked = sorted(found.items(), key=lambda each: -each[1])[:most]
    return dict(ranked)


def expected(books: Iterable[Book], texts: Sequence[str], most: int, *, whole: bool) -> list[str]:
    """The ids of the books that are to be found, in their order."""
    words = list(dict.fromkeys(_split("|".join(texts))))

    def meets(word: str, other: str) -> bool:
        return other == word if whole or len(word) < HEAD else other.startswith(word)

    # A word that another one implies adds nothing.
    words = [
        word for word in words if not any(meets(word, other) for other in words if other != word)
    ]
    found: list[tuple[tuple[object, ...], str]] = []
    for book in books:
        scores = scores_of(book, most)
        met = [{word: scores[word] for word in scores if meets(asked, word)} for asked in words]
        if not all(met):
            continue
        if len(words) == 1:
            first = min(met[0])
            found.append(((first, -met[0][first], book.id), book.id))
        else:
            best = [max(each.values()) for each in met]
            found.append(((-sum(best), -best[0], book.id), book.id))
    return [id for _, id in sorted(found)]


def words_in(texts: Sequence[str]) -> set[str]:
    """The words of a search."""
    return set(_split("|".join(texts)))


def _split(text: str) -> list[str]:
    return " ".join(COUNTED[word] for word in text.split("|") if word).split()
