"""The index: what a change costs, how far a search reads, and how a rebuild mends."""

from typing import Any

import msgspec.structs
import pytest

from tenantql.engine.changes import Change
from tenantql.engine.connections import Window
from tenantql.engine.errors import BadUserInput
from tenantql.engine.rebuilds import Wrong
from tenantql.search import weigh
from tenantql.search.finding import MAX_ENTRIES, MAX_TEXT
from tenantql.table.entity import entity_of
from tenantql.table.errors import CursorRefused
from tests.unit.builders import route
from tests.unit.search.library import BY_TITLE, Book, BookTerm, Library, book


def operations(library: Library, work: Any) -> list[str]:
    """The calls that `work` makes."""
    before = len(library.memory.calls)
    work()
    return [call.operation for call in library.memory.calls[before:]]


def test_words_have_the_weights_of_the_texts_that_they_are_in() -> None:
    texts = [("Tea tea kettle", 3), ("tea", 2), (None, 2), ("kettles and tea", 1)]
    found = [(word.term, word.score, word.shared) for word in weigh(texts, 9)]
    assert found == [("and", 1, 0), ("kettle", 3, 0), ("kettles", 1, 6), ("tea", 6, 0)]


def test_of_too_many_words_the_best_are_kept() -> None:
    texts = [("b a", 1), ("d c", 0), ("c", 5)]
    assert [word.term for word in weigh(texts, 3)] == ["a", "b", "c"]
    assert [word.term for word in weigh([("d c b a", 1)], 2)] == ["c", "d"]


def test_a_change_of_something_else_costs_nothing() -> None:
    library = Library().fill(book("1", "Tea"))
    (before,) = library.books
    library.write(msgspec.structs.replace(before, version=2, lent=1), before)
    assert operations(library, lambda: library.deliver(library.stream[-1])) == []


def test_a_change_costs_one_read_and_a_write_of_what_differs() -> None:
    library = Library().fill(book("1", "Tea kettle"))
    (before,) = library.books
    library.write(msgspec.structs.replace(before, version=2, author="Tealeaf"), before)
    made = operations(library, lambda: library.deliver(library.stream[-1]))
    assert made == ["GetItem", "BatchWriteItem"]
    (writes,) = library.memory.calls[-1].parameters["RequestItems"].values()
    assert len(writes) == 1
    assert library.terms() == library.wanted()


def test_a_book_that_came_and_went_leaves_nothing() -> None:
    library = Library()
    there = book("1", "Tea kettle")
    library.write(there)
    library.write(None, there)
    for change in [*library.stream, *library.stream]:
        library.deliver(change)
        assert library.terms() == set()


def test_a_word_is_one_query_at_any_depth() -> None:
    titles = ["tea kettle", "teapot", "teapots", "teas teak"]
    library = Library().fill(*(book(f"{n:03d}", titles[n % 4]) for n in range(80)))
    window: dict[str, Any] = {"first": 5}
    while window:
        before = len(library.memory.calls)
        page = library.page("tea", Window(**window))
        made = [call.operation for call in library.memory.calls[before:]]
        assert made == ["Query"]
        assert library.memory.calls[-1].parameters["Limit"] == 6
        assert page.complete is True
        info = page.page_info
        assert info.end_cursor is not None
        window = {"first": 5, "after": info.end_cursor} if info.has_next_page else {}


def test_a_page_of_nothing_but_repetitions_still_leads_on() -> None:
    library = Library().fill(book("1", "tea teapot"), book("2", "teas"))
    first = library.page("tea", Window(first=1))
    assert [each.book for each in first.nodes] == ["1"]
    second = library.page("tea", Window(first=1, after=first.page_info.end_cursor))
    assert (second.nodes, second.edges) == ([], [])
    assert second.page_info.has_next_page is True
    third = library.page("tea", Window(first=1, after=second.page_info.end_cursor))
    assert [each.book for each in third.nodes] == ["2"]


def test_several_words_are_one_round_of_a_query_each() -> None:
    library = Library().fill(book("1", "red tea kettle"), book("2", "red kettle"))
    made = operations(library, lambda: library.page("kettle red tea", Window()))
    assert made == ["Query"] * 3
    limits = {call.parameters["Limit"] for call in library.memory.calls[-3:]}
    assert limits == {MAX_ENTRIES + 1}


def test_entries_with_the_whole_text_need_one_query_for_several_words() -> None:
    library = Library(BY_TITLE).fill(book("1", "red tea kettle"), book("2", "tea kettles"))
    made = operations(library, lambda: library.found("tea kettle red"))
    assert made == ["Query"]
    assert library.found("tea kettle red") == ["1"]
    assert library.found("tea kettle") == ["1", "2"]


def test_several_words_are_ranked_by_the_sum_of_their_scores() -> None:
    library = Library().fill(
        book("1", "", author="red tea"),
        book("2", "red", blurb="tea red"),
        book("3", "red tea", author="tea"),
        book("4", "tea", blurb="red"),
        book("5", "red", author="teas", blurb="tea"),
        book("6", "red"),
    )
    # 2 + 2, 4 + 1, 3 + 5, 1 + 3, 3 + 2; of equal sums, by the first word.
    assert library.found("red tea") == ["3", "2", "5", "1", "4"]
    assert library.found("tea red") == ["3", "5", "2", "4", "1"]


@pytest.mark.parametrize(
    ("count", "complete"), [(MAX_ENTRIES - 1, True), (MAX_ENTRIES, True), (MAX_ENTRIES + 1, False)]
)
@pytest.mark.parametrize("text", ["red tea", "tea red"])
def test_a_search_says_if_it_has_not_read_everything(
    count: int, text: str, *, complete: bool
) -> None:
    library = Library().fill(*(book(f"{n:04d}", "red") for n in range(count - 1)))
    library.fill(book("9999", "red tea"))
    page = library.page(text, Window())
    assert page.complete is complete
    # The last in the order of the key: read, if everything is.
    assert [each.book for each in page.nodes] == (["9999"] if complete else [])


@pytest.mark.parametrize("text", ["", " -- ", "a b c d e", "x" * (MAX_TEXT + 1)])
def test_a_search_is_for_one_to_four_words(text: str) -> None:
    with pytest.raises(BadUserInput):
        Library().page(text, Window())


def test_words_that_others_imply_are_not_asked_for() -> None:
    library = Library().fill(book("1", "teapots red"))
    text = "tea TEAPOT teapots red r RED reds te"
    with pytest.raises(BadUserInput):
        library.page(text, Window(), whole_words=True)
    assert operations(library, lambda: library.page("te tea teapot red", Window())) == ["Query"] * 2
    assert library.found("te tea teapot red") == ["1"]


def test_a_cursor_is_good_for_the_same_words_alone() -> None:
    library = Library().fill(book("1", "tea red"), book("2", "tea red"))
    for text, same, others in (
        ("tea", "TÉA!", ["te", "tea red", "red"]),
        ("tea red", "Tea Red", ["red tea", "tea"]),
    ):
        cursor = library.page(text, Window(first=1)).page_info.end_cursor
        found = library.page(same, Window(first=1, after=cursor)).nodes
        assert [each.book for each in found] == ["2"]
        for other in others:
            with pytest.raises(CursorRefused):
                library.page(other, Window(after=cursor))
        with pytest.raises(CursorRefused):
            library.page(text, Window(after=cursor), whole_words=True)
        with pytest.raises(CursorRefused):
            library.page(text, Window(after=cursor), shelf="b")


def test_a_rebuild_of_a_good_index_finds_nothing() -> None:
    library = Library().fill(*(book(f"{n:04d}", "red tea kettle") for n in range(150)))
    before = dict(library.memory.items)
    report = library.rebuild(mend=True)
    assert (report.agrees, report.owners, report.mended) == (True, 150, [])
    assert library.memory.items == before


def broken() -> Library:
    """An index that lacks an entry, has a wrong one, and two of books that are not there."""
    library = Library().fill(book("1", "red tea"), book("2", "blue tea"))
    one, two = library.books
    missing, wrong = library.index.entries(one)[0], library.index.entries(two)[0]
    library.memory.drop(entity_of(BookTerm).key_of(missing))
    library.memory.add(msgspec.structs.replace(wrong, title="another"))
    gone = book("3", "red")
    library.memory.add(*library.index.entries(gone), msgspec.structs.replace(wrong, term="old"))
    return library


def _told(wrong: Wrong) -> str:
    if wrong.found is None:
        return "missing"
    return "extra" if wrong.expected is None else "different"


def test_a_rebuild_tells_and_mends() -> None:
    library = broken()
    before = dict(library.memory.items)
    report = library.rebuild(mend=False)
    assert {each.owner: {*map(_told, each.wrong.values())} for each in report.differences} == {
        "SHELF#a BOOK#1": {"missing"},
        "SHELF#a BOOK#2": {"different", "extra"},
        "SHELF#a BOOK#3": {"extra"},
    }
    assert report.agrees is False
    assert library.memory.items == before
    mended = library.rebuild(mend=True)
    assert (mended.agrees, mended.mended) == (True, report.differences)
    assert library.terms() == library.wanted()
    assert library.rebuild(mend=False).agrees


def test_a_rebuild_yields_to_a_change_that_happens_meanwhile() -> None:
    library = broken()

    def rename() -> None:
        for each in library.books:
            renamed = msgspec.structs.replace(each, version=each.version + 1, title="green")
            library.write(renamed, each)

    before = library.terms()
    library.rebuild(mend=True, meanwhile=rename)
    nobodys = {key for key in before if key.sk.endswith("#3")}
    assert library.terms() == before - nobodys
    for change in library.stream:
        library.deliver(change)
    library.rebuild(mend=True)
    assert library.terms() == library.wanted()


def test_a_book_that_is_not_to_be_found_is_taken_out() -> None:
    library = Library().fill(book("1", "Tea"))
    (before,) = library.books
    after = msgspec.structs.replace(before, version=2, title="--")
    library.write(after, before)
    library.deliver(Change[Book](before, after, route()))
    assert library.found("tea") == []
