"""What is found is what a look at every book finds, in the same order, whatever the stream did."""

from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec.structs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantql.search import TermIndex
from tenantql.search.finding import MAX_WORDS
from tests.unit.search.library import BOOKS, BY_TITLE, MAX_TERMS, Book, Library, book
from tests.unit.search.oracle import COUNTED, WRITTEN, expected, words_in

asked = st.lists(st.sampled_from([*COUNTED]), min_size=1, max_size=3).filter(
    lambda texts: len(words_in(texts)) <= MAX_WORDS
)
written = st.lists(st.sampled_from([*WRITTEN]), max_size=6).map("|".join)


@dataclass(frozen=True)
class Step:
    """A write of one of a few books, and how many records of the stream come after it."""

    book: str
    what: str
    title: str
    author: str
    blurb: str
    delivered: int


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from("abcdef"),
        st.sampled_from(["write", "write", "write", "lend", "delete"]),
        written,
        written,
        written,
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=14,
)


def play(library: Library, script: list[Step], chance: Random) -> None:
    """Writes, while records come in any order, some twice; in the end each has come."""
    there: dict[str, Book] = {}
    seen: set[int] = set()
    for step in script:
        before = there.get(step.book)
        after = _after(before, step)
        if after is None and before is None:
            continue
        library.write(after, before)
        there.pop(step.book, None)
        if after is not None:
            there[step.book] = after
        for _ in range(step.delivered):
            number = chance.randrange(len(library.stream))
            seen.add(number)
            library.deliver(library.stream[number])
    late = [number for number in range(len(library.stream)) if number not in seen]
    late += chance.sample(range(len(library.stream)), len(library.stream) // 2)
    chance.shuffle(late)
    for number in late:
        library.deliver(library.stream[number])


def _after(before: Book | None, step: Step) -> Book | None:
    if step.what == "delete":
        return None
    version = 1 if before is None else before.version + 1
    if step.what == "lend" and before is not None:
        return msgspec.structs.replace(before, version=version, lent=before.lent + 1)
    fields = {"author": step.author or None, "blurb": step.blurb}
    return msgspec.structs.replace(book(step.book, step.title, **fields), version=version)


@pytest.mark.parametrize("index", [BOOKS, BY_TITLE], ids=["fields", "title alone"])
@settings(max_examples=150)
@given(data=st.data())
def test_a_search_finds_what_is_there(index: TermIndex[Any, Any], data: st.DataObject) -> None:
    library = Library(index)
    play(library, data.draw(steps), data.draw(st.randoms(use_true_random=False)))
    assert library.terms() == library.wanted()
    books, most = library.books, MAX_TERMS
    if index is BY_TITLE:
        most = len(COUNTED)
        books = [msgspec.structs.replace(each, author=None, blurb="") for each in books]
    for texts in data.draw(st.lists(asked, min_size=3, max_size=6)):
        size, text = data.draw(st.integers(1, 4)), " ".join(texts)
        found = expected(books, texts, most, whole=False)
        assert library.found(text, size) == found
        assert library.found_backwards(text, size) == found
        whole = expected(books, texts, most, whole=True)
        assert library.found(text, size, whole_words=True) == whole
