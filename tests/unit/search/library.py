"""Books of a shelf, found by title (3), author (2) and blurb (1): an index of its own for tests."""

from collections.abc import Callable, Iterable
from typing import Any

from local.memory import Memory
from tenantql.engine.changes import Change
from tenantql.engine.connections import Window
from tenantql.engine.context import Context
from tenantql.engine.rebuilds import Outcome, Watcher
from tenantql.engine.rounds import Rounds
from tenantql.search import Entry, Hits, TermIndex, audit_of, find, keep, weigh
from tenantql.search.rebuilding import rebuild
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import Item, Key, entity, entity_of
from tenantql.table.requests import AnyRequest
from tenantql.tenancy.identity import Role
from tests.unit.builders import AUDIT, access, identity, route

MAX_TERMS = 9
HEAD = 2


@entity(name="Book", pk="TENANT#{tenant}#SHELF#{shelf}", sk="BOOK#{id}")
class Book(Item, frozen=True, kw_only=True):
    shelf: str = "a"
    id: str
    title: str
    author: str | None = None
    blurb: str = ""
    lent: int = 0


@entity(name="BookTerm", pk="TENANT#{tenant}#WORDS#{shelf}#{head}", sk="{term}#{rank:3}#{book}")
class BookTerm(Entry, frozen=True, kw_only=True):
    shelf: str
    head: str
    rank: int
    book: str
    title: str

    @property
    def score(self) -> int:
        return 999 - self.rank


def _entries(book: Book) -> list[BookTerm]:
    texts = ((book.title, 3), (book.author, 2), (book.blurb, 1))
    return _found_by(book, texts, MAX_TERMS)


def _titles(book: Book) -> list[BookTerm]:
    return _found_by(book, [(book.title, 3)], 99)


def _found_by(book: Book, texts: Iterable[tuple[str | None, int]], most: int) -> list[BookTerm]:
    return [
        BookTerm(
            **audit_of(book),
            shelf=book.shelf,
            head=word.term[:HEAD],
            term=word.term,
            rank=999 - word.score,
            shared=word.shared,
            book=book.id,
            title=book.title,
        )
        for word in weigh(texts, most)
    ]


def _key(term: BookTerm) -> Key:
    return entity_of(Book).key(tenant=term.tenant, shelf=term.shelf, id=term.book)


BOOKS = TermIndex("books", Book, BookTerm, _entries, _key, head=HEAD)
BY_TITLE = TermIndex(
    "titles", Book, BookTerm, _titles, _key, head=HEAD, text=lambda term: term.title
)


def book(id: str, title: str, **fields: Any) -> Book:
    return Book(tenant="acme", **AUDIT, id=id, title=title, **fields)


class Library:
    """Books in a table in memory, and the stream of their changes."""

    def __init__(self, index: TermIndex[Book, BookTerm] = BOOKS) -> None:
        self.index = index
        self.memory = Memory()
        self.stream: list[Change[Book]] = []
        self._context = Context(
            identity(Role.STAFF),
            Rounds(self.memory, access),
            cursor_keys=[b"0" * 32],
        )

    @property
    def books(self) -> list[Book]:
        """Those that are there now."""
        entity = entity_of(Book)
        items = self.memory.items.values()
        return [entity.decode(item) for item in items if item["type"]["S"] == "Book"]

    def run(self, work: Any) -> Any:
        """What a coroutine returns whose requests go to the table in memory."""

        def answer(request: AnyRequest) -> Any:
            return calls.run(self.memory, request, access())

        return drive(work, answer)

    def write(self, after: Book | None, before: Book | None = None) -> None:
        """Writes a book in the place of one that was there, or takes that one away."""
        if after is not None:
            self.memory.add(after)
        elif before is not None:
            self.memory.drop(entity_of(Book).key_of(before))
        self.stream.append(Change(before, after, route()))

    def deliver(self, change: Change[Book]) -> None:
        self.run(keep(self.index, change))

    def fill(self, *books: Book) -> "Library":
        """The same, with books that the stream has told of."""
        for each in books:
            self.write(each)
            self.deliver(self.stream[-1])
        return self

    def page(self, text: str, window: Window, **options: Any) -> Hits[Any]:
        """A page of what is found."""
        options = {"shelf": "a", **options}
        return self.run(find(self._context, self.index, text, window, **options))

    def found(self, text: str, size: int = 100, **options: Any) -> list[str]:
        """The ids of everything that is found, read in pages of this size."""
        ids: list[str] = []
        window = Window(first=size)
        while True:
            page = self.page(text, window, **options)
            ids += [each.book for each in page.nodes]
            if not page.page_info.has_next_page:
                return ids
            window = Window(first=size, after=page.page_info.end_cursor)

    def found_backwards(self, text: str, size: int) -> list[str]:
        """The same, read from the end."""
        ids: list[str] = []
        window = Window(last=size)
        while True:
            page = self.page(text, window)
            ids = [each.book for each in page.nodes] + ids
            if not page.page_info.has_previous_page:
                return ids
            window = Window(last=size, before=page.page_info.start_cursor)

    def rebuild(self, *, mend: bool, meanwhile: Callable[[], None] = lambda: None) -> Outcome:
        """Compares index and books; `meanwhile` happens before each transaction."""
        send = self.memory.send

        def sent(call: Any, credentials: Any) -> Any:
            if call.operation == "TransactWriteItems":
                meanwhile()
            return send(call, credentials)

        self.memory.send = sent
        try:
            return self.run(rebuild(self.index).run(route(), Watcher(), mend=mend))
        finally:
            self.memory.send = send

    def terms(self) -> set[Key]:
        """The keys of all entries."""
        items = self.memory.items
        return {key for key, item in items.items() if item["type"]["S"] == "BookTerm"}

    def wanted(self) -> set[Key]:
        """The keys of the entries that the books that are there should have."""
        return {key for each in self.books for key in self.index.wanted(each)}
