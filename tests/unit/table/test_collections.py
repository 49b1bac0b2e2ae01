"""Collections: pages of several shards are the pages of one ordered list, whatever happens to it.

The table is a model of DynamoDB's Query (`memory`), the list a sorted dict: each page must be
exactly what the list has at that moment behind the cursor.
"""

from collections.abc import Coroutine
from copy import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantql.table import calls
from tenantql.table.collections import Slice, first_of, last_of
from tenantql.table.cursors import Cursors, Scope
from tenantql.table.driving import drive
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ModelError, Unavailable
from tenantql.table.requests import AnyRequest, ListedKey, Position, Query
from tests.unit.builders import access
from tests.unit.strategies import values
from tests.unit.table.memory import MemoryTable
from tests.unit.table.packages import Entry, made

CURSORS = Cursors([b"k" * 32])


class Listing:
    """A sharded collection, and what it should look like."""

    def __init__(self, *, index: str | None, descending: bool, page: int, shards: int = 1) -> None:
        self.table = MemoryTable(page)
        self.index = index
        self.descending = descending
        self.shards = shards
        self.expected: dict[Position, Entry] = {}
        self.scope = Scope("acme", "entries", index or "", descending)

    def queries(self) -> list[Query[Entry]]:
        word = "ENTRIES" if self.index is None else "LISTED"
        return [
            Query(
                Entry,
                f"TENANT#acme#{word}#{shard:02d}",
                index=self.index,
                descending=self.descending,
            )
            for shard in range(self.shards)
        ]

    def add(self, entry: Entry) -> None:
        self.table.put(entry)
        if entry.expires_at is None:
            self.expected[self.position(entry)] = entry

    def remove(self, entry: Entry) -> None:
        self.table.items.pop(entity_of(Entry).key_of(entry))
        self.expected.pop(self.position(entry), None)

    def position(self, entry: Entry) -> Position:
        key = entity_of(Entry).key_of(entry)
        return (key.sk,) if self.index is None else (key.sk, key.pk, key.sk)

    def ordered(self) -> list[Position]:
        return sorted(self.expected, reverse=self.descending)

    def is_behind(self, position: Position, cursor: Position | None) -> bool:
        if cursor is None:
            return True
        return position < cursor if self.descending else position > cursor

    def run[R](self, coroutine: Coroutine[AnyRequest, Any, R]) -> R:
        return drive(coroutine, lambda request: calls.run(self.table, request, access()))

    def forward(self, count: int, after: Position | None) -> Slice[Entry]:
        """The page behind a position, checked against the list."""
        found = self.run(first_of(self.queries(), count, after))
        rest = [each for each in self.ordered() if self.is_behind(each, after)]
        self._check(found, rest[:count])
        assert found.has_next == (len(rest) > count)
        assert found.has_previous == (after is not None)
        return found

    def backward(self, count: int, before: Position | None) -> Slice[Entry]:
        """The page ahead of a position, checked against the list."""
        found = self.run(last_of(self.queries(), count, before))
        ahead = [
            each
            for each in self.ordered()
            if before is None or (each != before and not self.is_behind(each, before))
        ]
        self._check(found, ahead[-count:] if count else [])
        assert found.has_previous == (len(ahead) > count)
        assert found.has_next == (before is not None)
        return found

    def _check(self, found: Slice[Entry], positions: list[Position]) -> None:
        assert list(found.positions) == positions
        assert list(found.items) == [self.expected[each] for each in positions]

    def resealed(self, position: Position) -> Position:
        """The position as a client brings it back."""
        return CURSORS.open(self.scope, CURSORS.seal(self.scope, position))


def entry(id: int, name: str, shard: int = 0, expires_at: int | None = None) -> Entry:
    return made(Entry, id=f"{id:04d}", name=name, shard=f"{shard:02d}", expires_at=expires_at)


names = st.sampled_from(["a", "b", "b c", "b!", "~", "é", "\U0001f600"]) | values.map(
    lambda text: text[:10]
)
inserts = st.tuples(st.just("insert"), names, st.integers(0, 5), st.booleans())
steps = st.lists(
    st.one_of(
        inserts,
        inserts,
        st.tuples(st.just("delete"), st.integers(0, 50)),
        st.tuples(st.just("grow")),
        st.tuples(st.just("forward"), st.integers(0, 4)),
        st.tuples(st.just("backward"), st.integers(0, 4)),
    ),
    min_size=5,
    max_size=60,
)


@pytest.mark.parametrize("index", [None, "GSI1"])
@pytest.mark.parametrize("descending", [False, True])
@settings(max_examples=300)
@given(steps=steps, page=st.integers(1, 5))
def test_a_cursor_resumes_exactly_whatever_is_written_between_pages(
    index: str | None, descending: bool, steps: list[tuple[Any, ...]], page: int
) -> None:
    listing = Listing(index=index, descending=descending, page=page)
    entries: list[Entry] = []
    cursor: Position | None = None
    for number, (what, *arguments) in enumerate(steps):
        match what:
            case "insert":
                name, shard, expired = arguments
                new = entry(number, name, shard % listing.shards, 1 if expired else None)
                listing.add(new)
                entries.append(new)
            case "delete" if entries:
                listing.remove(entries.pop(arguments[0] % len(entries)))
            case "grow":
                listing.shards += 1
            case "forward":
                found = listing.forward(arguments[0], cursor)
                cursor = listing.resealed(found.positions[-1]) if found.positions else cursor
            case "backward":
                found = listing.backward(arguments[0], cursor)
                cursor = listing.resealed(found.positions[0]) if found.positions else cursor
            case _:
                pass
    seen: list[Position] = []
    cursor = None
    while True:
        found = listing.forward(3, cursor)
        seen += found.positions
        if not found.has_next:
            break
        cursor = listing.resealed(found.positions[-1])
    assert seen == listing.ordered(), "none is lost and none comes twice"


@given(st.lists(st.tuples(names, st.integers(0, 3)), max_size=30), st.integers(1, 7), st.booleans())
def test_pages_read_backwards_are_the_pages_read_forwards(
    rows: list[tuple[str, int]], count: int, descending: bool
) -> None:
    listing = Listing(index="GSI1", descending=descending, page=2, shards=4)
    for number, (name, shard) in enumerate(rows):
        listing.add(entry(number, name, shard))
    seen: list[Position] = []
    cursor: Position | None = None
    while True:
        found = listing.backward(count, cursor)
        seen = [*found.positions, *seen]
        if not found.has_previous:
            break
        cursor = found.positions[0]
    assert seen == listing.ordered()


def filled(shards: int, count: int = 12, page: int = 1000) -> Listing:
    listing = Listing(index="GSI1", descending=False, page=page, shards=shards)
    for number in range(count):
        listing.add(entry(number, f"n{number:03d}", number % shards))
    return listing


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("read", [first_of, last_of])
def test_a_shard_that_fails_fails_the_page(at: int, read: Any) -> None:
    listing = filled(3)
    listing.table.failing = listing.queries()[at].pk
    with pytest.raises(Unavailable, match="this shard fails"):
        listing.run(read(listing.queries(), 4))
    listing.table.failing = None
    assert listing.run(read(listing.queries(), 4)).items


def test_a_shard_that_fails_at_its_second_page_fails_the_page() -> None:
    listing = filled(2, count=10, page=1)
    read = 0

    def answer(request: AnyRequest) -> Any:
        nonlocal read
        read += 1
        if read == 5:
            raise Unavailable("later")
        return calls.run(listing.table, request, access())

    with pytest.raises(Unavailable, match="later"):
        drive(first_of(listing.queries(), 8), answer)


def test_items_of_a_shard_that_is_new_come_in_their_place() -> None:
    listing = filled(2, count=6)
    first = listing.forward(3, None)
    listing.shards = 3
    listing.add(entry(90, "n004x", 2))
    listing.add(entry(91, "a", 2))
    rest = listing.forward(10, first.positions[-1])
    assert [each.name for each in rest.items] == ["n003", "n004", "n004x", "n005"]


def test_a_page_is_one_call_a_shard() -> None:
    listing = filled(4, count=100)
    listing.forward(20, None)
    assert len(listing.table.calls) == 4
    assert {call.parameters["Limit"] for call in listing.table.calls} == {21}


def test_only_the_shards_that_ended_early_are_read_again() -> None:
    listing = filled(2, count=10, page=4)
    listing.add(entry(50, "a", 0))
    listing.table.calls.clear()
    listing.forward(6, None)
    assert len(listing.table.calls) < 6


def test_empty_pages_are_followed_to_the_end() -> None:
    listing = Listing(index=None, descending=False, page=1)
    for number in range(20):
        listing.add(entry(number, f"n{number:02d}", 0, None if number == 19 else 1))
    assert [each.id for each in listing.forward(5, None).items] == ["0019"]
    assert len(listing.table.calls) == 21


def test_an_empty_collection_has_an_empty_page() -> None:
    found = Listing(index=None, descending=False, page=3, shards=3).forward(5, None)
    assert (found.items, found.positions, found.has_next) == ((), (), False)


def test_a_cursor_of_an_item_that_is_gone_is_as_good() -> None:
    listing = filled(2, count=6)
    first = listing.forward(2, None)
    listing.remove(first.items[-1])
    assert [each.name for each in listing.forward(2, first.positions[-1]).items] == ["n002", "n003"]


def test_the_directory_is_a_sharded_collection_of_keys() -> None:
    table = MemoryTable(page=2)
    entries = [entry(number, f"n{number}") for number in range(9)]
    for each in entries:
        item = entity_of(Entry).encode(each, directory_shards=3)
        table.items[Key(item["PK"]["S"], item["SK"]["S"])] = item
    queries = [
        Query(ListedKey, entity_of(Entry).directory_key("acme", shard), index="directory")
        for shard in ("00", "01", "02")
    ]
    found = drive(first_of(queries, 100), lambda request: calls.run(table, request, access()))
    keys = [entity_of(Entry).key_of(each) for each in entries]
    assert [each.key for each in found.items] == sorted(keys, key=lambda key: (key.pk, key.sk))
    assert len({each.pk for each in found.items}) > 1, "they are in several shards"


ONE = Query(Entry, "TENANT#acme#ENTRIES#00")


@pytest.mark.parametrize(
    ("queries", "count", "message"),
    [
        ([], 1, "at least one"),
        ([ONE, ONE], 1, "one query for each of its shards"),
        ([ONE, replace(ONE, pk="TENANT#acme#ENTRIES#01", descending=True)], 1, "differ in the"),
        ([ONE, replace(ONE, pk="TENANT#acme#ENTRIES#01", sk_begins="a")], 1, "differ in the"),
        ([ONE], -1, "no fewer items than none"),
    ],
)
def test_queries_that_are_no_collection_are_refused(
    queries: list[Query[Entry]], count: int, message: str
) -> None:
    for read in (first_of, last_of):
        with pytest.raises(ModelError, match=message):
            drive(read(queries, count), lambda _request: None)
