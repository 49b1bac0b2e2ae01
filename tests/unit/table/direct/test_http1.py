"""Answers of HTTP/1.1: however they arrive, they are read as they are, or refused."""

from collections.abc import Generator, Iterator
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table.direct import http1
from tenantql.table.direct.http1 import MAX_BODY, MAX_HEAD, Answer, Malformed, Truncated, read
from tests.unit.table.direct.server import answer


def read_from(*pieces: bytes) -> Answer:
    """What is read when `pieces` arrive one after another, and then the end."""
    coming = iter(pieces)

    def receive() -> Generator[Any, None, bytes]:
        yield from ()
        return next(coming, b"")

    reading = read(receive)
    try:
        next(reading)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("nothing to wait for")


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\n%b\r\n" % (body, trailers)


class Bytes:
    """What http.client takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._data)


def read_by_the_library(data: bytes) -> tuple[int, bytes]:
    socket: Any = Bytes(data)
    response = HTTPResponse(socket, method="POST")
    response.begin()
    return response.status, response.read()


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    """`data` in pieces, none of them empty."""
    ends = sorted({place % len(data) for place in places} - {0})
    for start, end in zip([0, *ends], [*ends, len(data)], strict=True):
        yield data[start:end]


WHOLE = st.one_of(
    st.binary(max_size=300).map(answer),
    st.lists(st.binary(min_size=1, max_size=50)).map(lambda chunks: chunked(*chunks)),
    st.binary(max_size=50).map(lambda body: chunked(b"a", body or b"b", trailers=b"X: y\r\n")),
)


@given(data=WHOLE, places=st.lists(st.integers(0, 1000)))
def test_it_does_not_matter_how_an_answer_arrives(data: bytes, places: list[int]) -> None:
    found = read_from(*cut(data, places))
    assert (found.status, found.body) == read_by_the_library(data)
    assert found.reusable


@given(data=WHOLE, length=st.integers(0, 10_000))
def test_a_part_of_an_answer_is_none(data: bytes, length: int) -> None:
    with pytest.raises(Truncated):
        read_from(data[: length % len(data)])


@given(data=WHOLE, more=st.binary(min_size=1, max_size=10), apart=st.booleans())
def test_what_nobody_asked_for_ends_the_connection(data: bytes, more: bytes, apart: bool) -> None:
    pieces = [data, more] if apart else [data + more]
    found = read_from(*pieces)
    assert found.body == read_by_the_library(data)[1]
    # What comes later is seen when the connection is taken from its pool.
    assert found.reusable is apart


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_an_error(data: bytes) -> None:
    for start in (
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding:chunked\r\n\r\n",
    ):
        try:
            found = read_from(start + data)
        except Malformed:
            continue
        assert found.status == 200


def test_names_of_headers_are_in_lower_case_and_values_without_the_space_around() -> None:
    found = read_from(b"HTTP/1.1 404 \r\nA-b: \t c d \r\nCONTENT-LENGTH:2\r\na-B:e\r\n\r\nhi")
    assert found == Answer(404, {b"a-b": b"c d,e", b"content-length": b"2"}, b"hi", True)


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: upgrade, Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", False),
    ],
)
def test_a_connection_goes_on_unless_the_answer_ends_it(head: bytes, reusable: bool) -> None:
    assert read_from(head + b"Content-Length: 0\r\n\r\n").reusable is reusable


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/2 200\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\ncontent-length: 0\n\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1_0\r\n\r\n0123456789",
        b"HTTP/1.1 200 OK\r\ncontent-length: \xb2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n folded: x\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx: a\nb\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\n: 2\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_clear_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed) as raised:
        read_from(data)
    assert type(raised.value) is Malformed


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def endless(start: bytes, again: bytes) -> Iterator[bytes]:
    yield start
    while True:
        yield again


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"H", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"name: value\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\n", b"x" * 1000),
        (CHUNKED, b"0" * 1000),
        (CHUNKED, b"1\r\nx\r\n" * 1000),
        (CHUNKED, b"100000\r\n" + b"x" * 0x100000 + b"\r\n"),
        (CHUNKED + b"0\r\n", b"name: value\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (MAX_BODY + 1), b"x"),
        (CHUNKED + b"ffffffff\r\n", b"x"),
    ],
    ids=["line", "headers", "header", "size", "chunks", "chunked", "trailers", "body", "chunk"],
)
def test_an_answer_without_end_is_given_up(start: bytes, again: bytes) -> None:
    with pytest.raises(Malformed, match="too"):
        read_from(*_bounded(endless(start, again)))


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """So many that no limit would mean no end of the test."""
    yield from (piece for piece, _ in zip(pieces, range(2 * MAX_HEAD), strict=False))


def test_a_long_head_is_refused_also_if_it_comes_at_once() -> None:
    with pytest.raises(Malformed, match="too long"):
        read_from(answer({}, headers={"x-long": "x" * MAX_HEAD}))


def test_a_large_answer_is_read() -> None:
    body = bytes(range(256)) * 40_000
    data = answer(body)
    pieces = [data[at : at + 65_536] for at in range(0, len(data), 65_536)]
    assert read_from(*pieces).body == body
    assert len(body) < http1.MAX_BODY
