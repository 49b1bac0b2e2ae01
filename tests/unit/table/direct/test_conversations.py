"""Conversations: side by side on one thread, and none waits longer than it may."""

import os
import socket
import time
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tenantql.table.direct.conversations import READABLE, WRITABLE, Conversation, Wait, converse

FOREVER = float("inf")


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Connected sockets: one side for the test, the other for a conversation."""
    made = [socket.socketpair() for _ in range(5)]
    yield made
    for pair in made:
        for each in pair:
            each.close()


def listening(where: socket.socket, until: float = FOREVER) -> Conversation[bytes]:
    yield Wait(where.fileno(), READABLE, until)
    return where.recv(100)


def test_each_result_stands_in_its_place(pairs: list[Any]) -> None:
    for number in (3, 0, 4, 1, 2):
        pairs[number][0].send(b"%d" % number)
    outcomes = converse([listening(there) for _, there in pairs], 5)
    assert outcomes == [b"0", b"1", b"2", b"3", b"4"]


def test_one_that_waits_for_nothing_needs_no_other() -> None:
    def at_once(number: int) -> Conversation[int]:
        yield from ()
        return number

    assert converse([at_once(number) for number in range(3)], 1) == [0, 1, 2]
    assert converse([], 1) == []


def test_an_error_is_the_outcome_of_who_raised_it(pairs: list[Any]) -> None:
    error = ValueError("mine")

    def failing() -> Conversation[bytes]:
        yield Wait(pairs[0][1].fileno(), WRITABLE, FOREVER)
        raise error

    pairs[1][0].send(b"fine")
    assert converse([failing(), listening(pairs[1][1])], 2) == [error, b"fine"]


def test_all_speak_before_anybody_listens(pairs: list[Any]) -> None:
    """The last one answers the first: nobody gets an answer unless all have been written."""

    def asking(mine: socket.socket, other: socket.socket) -> Conversation[bytes]:
        other.send(b"hello")
        return (yield from listening(mine))

    ring = [asking(pairs[n][1], pairs[(n + 1) % 5][0]) for n in range(5)]
    assert converse(ring, 5) == [b"hello"] * 5


def test_there_are_never_more_than_may_be(pairs: list[Any]) -> None:
    under_way = 0
    seen = list[int]()

    def counted(number: int) -> Conversation[None]:
        nonlocal under_way
        under_way += 1
        seen.append(under_way)
        yield Wait(pairs[number][1].fileno(), WRITABLE, FOREVER)
        under_way -= 1

    converse([counted(number) for number in range(5)], 2)
    assert max(seen) == 2
    assert len(seen) == 5


def test_who_is_late_is_told_and_the_others_go_on(pairs: list[Any]) -> None:
    def patient(mine: socket.socket, other: socket.socket) -> Conversation[str]:
        try:
            yield from listening(mine, time.monotonic() + 0.02)
        except TimeoutError:
            other.send(b"go on")
            return "late"
        return "in time"

    found = converse(
        [patient(pairs[0][1], pairs[1][0]), listening(pairs[1][1])],
        2,
    )
    assert found == ["late", b"go on"]


def test_late_is_an_outcome_as_well(pairs: list[Any]) -> None:
    (outcome,) = converse([listening(pairs[0][1], time.monotonic() - 1)], 1)
    assert isinstance(outcome, TimeoutError)


def test_what_has_arrived_is_read_though_it_is_late(pairs: list[Any]) -> None:
    pairs[0][0].send(b"here")
    assert converse([listening(pairs[0][1], time.monotonic() - 1)], 1) == [b"here"]


def test_who_is_kept_busy_is_late_all_the_same(pairs: list[Any]) -> None:
    """An answer that drips has always something to read."""
    pairs[0][0].send(b"never read, so there is always something")

    def dripping() -> Conversation[None]:
        until = time.monotonic() + 0.02
        while True:
            yield Wait(pairs[0][1].fileno(), READABLE, until)

    (outcome,) = converse([dripping()], 1)
    assert isinstance(outcome, TimeoutError)


def test_an_interruption_closes_what_is_under_way(pairs: list[Any]) -> None:
    closed = list[int]()

    def open_one(number: int) -> Generator[Wait]:
        try:
            yield Wait(pairs[number][1].fileno(), READABLE, FOREVER)
        finally:
            closed.append(number)

    def interrupting() -> Conversation[None]:
        yield Wait(pairs[2][1].fileno(), WRITABLE, FOREVER)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        converse([open_one(0), open_one(1), interrupting()], 3)
    assert closed == [0, 1]


def test_a_descriptor_that_was_closed_does_not_hang() -> None:
    there, gone = os.pipe()
    os.close(there)
    os.close(gone)

    def reading() -> Conversation[bytes]:
        yield Wait(gone, READABLE, FOREVER)
        return os.read(gone, 1)

    (outcome,) = converse([reading()], 1)
    assert isinstance(outcome, OSError)
