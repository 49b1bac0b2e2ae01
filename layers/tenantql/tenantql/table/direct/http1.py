"""Answers of HTTP/1.1, read strictly: what is not clear is an error, and nothing is guessed.

RFC 9112. An answer says how long it is, by Content-Length or in chunks; one that ends with its
connection is refused, since it cannot be told from one that was cut off.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tenantql.table.direct.conversations import Conversation

MAX_HEAD: Final = 32 * 1024
"""Bytes of status line and headers, of a chunk's first line, and of trailers."""

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes. DynamoDB answers with 16 MB of items at most, which its JSON makes longer."""

MAX_CHUNKS: Final = 65_536
"""Of one answer: what is cut into very small ones takes longer to read than to send."""

type Receive = Callable[[], Conversation[bytes]]
"""Waits for more bytes; none at all is the end of the connection."""

_HEAD: Final = re.compile(
    rb"HTTP/1\.([01]) ([2-5][0-9]{2})(?: [^\r\n\0]*)?"
    rb"(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n]*)*+"
)
_HEADER: Final = re.compile(rb"\r\n([^:\r\n]+):[ \t]*([^\r\n]*)")
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n\0]*)?")


class Malformed(Exception):
    """Raised for bytes that are not an answer of HTTP/1.1, or one that is too long."""


class Truncated(Malformed):
    """Raised when the connection ends before the answer does."""


class Answer(NamedTuple):
    """A whole answer, its headers' names in lower case, and whether the connection goes on."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes
    reusable: bool


def read(receive: Receive) -> Conversation[Answer]:
    """The answer that comes next. Raises Malformed."""
    data = yield from _up_to(b"\r\n\r\n", b"", receive)
    head, _, data = data.partition(b"\r\n\r\n")
    version, status, headers = _head(head)
    encoding = headers.get(b"transfer-encoding")
    length = headers.get(b"content-length")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Malformed("the answer is compressed, which was not asked for")
    if encoding is not None:
        if encoding.lower() != b"chunked" or length is not None or version == 0:
            raise Malformed("the length of the answer is not clear")
        body, rest = yield from _chunked(data, receive)
    elif length is not None and _LENGTH.fullmatch(length):
        body, rest = yield from _exactly(int(length), data, receive)
    else:
        raise Malformed("the answer does not say how long it is")
    options = headers.get(b"connection", b"").lower().replace(b" ", b"").split(b",")
    # More than was asked for belongs to nobody.
    return Answer(status, headers, body, version == 1 and b"close" not in options and not rest)


def _head(head: bytes) -> tuple[int, int, dict[bytes, bytes]]:
    """The minor version, the status, and the headers; of those that repeat, the values joined."""
    found = _HEAD.fullmatch(head)
    if not found:
        raise Malformed("this is no head of an answer of HTTP/1.1")
    headers: dict[bytes, bytes] = {}
    for written, content in _HEADER.findall(head, found.end(2)):
        name, value = written.lower(), content.rstrip(b" \t")
        headers[name] = value if name not in headers else headers[name] + b"," + value
    return int(found[1]), int(found[2]), headers


def _up_to(end: bytes, data: bytes, receive: Receive) -> Conversation[bytes]:
    """`data` and what comes after it, until `end` is in it."""
    while end not in data:
        if len(data) > MAX_HEAD:
            raise Malformed("a line or a header of the answer is too long")
        data += yield from _more(receive)
    if data.index(end) > MAX_HEAD:
        raise Malformed("a line or a header of the answer is too long")
    return data


def _exactly(length: int, data: bytes, receive: Receive) -> Conversation[tuple[bytes, bytes]]:
    """The next `length` bytes, and what has come beyond them."""
    if length > MAX_BODY:
        raise Malformed("the answer is too long")
    missing = length - len(data)
    if missing > 0:
        parts = [data]
        while missing > 0:
            parts.append((yield from _more(receive)))
            missing -= len(parts[-1])
        data = b"".join(parts)
    return (data, b"") if missing == 0 else (data[:length], data[length:])


def _chunked(data: bytes, receive: Receive) -> Conversation[tuple[bytes, bytes]]:
    chunks: list[bytes] = []
    total = 0
    while True:
        data = yield from _up_to(b"\r\n", data, receive)
        line, _, data = data.partition(b"\r\n")
        found = _CHUNK.fullmatch(line)
        if not found:
            raise Malformed("a chunk does not say how long it is")
        size = int(found[1], 16)
        if not size:
            break
        total += size
        if total > MAX_BODY:
            raise Malformed("the answer is too long")
        if len(chunks) == MAX_CHUNKS:
            raise Malformed("the answer has too many chunks")
        chunk, data = yield from _exactly(size + 2, data, receive)
        if not chunk.endswith(b"\r\n"):
            raise Malformed("a chunk is longer than it says")
        chunks.append(chunk[:-2])
    return b"".join(chunks), (yield from _after_trailers(data, receive))


def _after_trailers(data: bytes, receive: Receive) -> Conversation[bytes]:
    """What comes after the trailers, which are passed over."""
    length = 0
    while True:
        data = yield from _up_to(b"\r\n", data, receive)
        line, _, data = data.partition(b"\r\n")
        if not line:
            return data
        length += len(line)
        if length > MAX_HEAD:
            raise Malformed("the trailers of the answer are too long")


def _more(receive: Receive) -> Conversation[bytes]:
    data = yield from receive()
    if not data:
        raise Truncated("the connection ended before the answer")
    return data
