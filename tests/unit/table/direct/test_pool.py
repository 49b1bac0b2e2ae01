"""Connections: opened when needed, kept when that is safe, trusted when their certificate is."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from copy import replace
from pathlib import Path
from typing import Any

import pytest

from tenantql.table.direct import pool as pools
from tenantql.table.direct.addresses import Address, Addresses
from tenantql.table.direct.conversations import converse
from tenantql.table.direct.endpoints import Endpoint
from tenantql.table.direct.http1 import Answer, Malformed
from tenantql.table.direct.pool import KEPT, KEPT_SECONDS, Lost, NotSent, Pool
from tests.unit.table.direct.certificates import Authority
from tests.unit.table.direct.server import LONG, Asked, Doing, End, Server, answer, serving


def request(body: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\nhost:x\r\ncontent-length:%d\r\n\r\n%b" % (len(body), body)


def echo(asked: Asked) -> Iterable[Doing]:
    """The answer has the body of its request."""
    return [answer(asked.body)]


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


class Clock:
    """The wall's."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def ask(pool: Pool, *bodies: bytes, until: float | None = None) -> list[Answer | Exception]:
    """What became of requests that were on the wire at once."""
    limit = soon() if until is None else until
    return converse([pool.ask(request(body), limit) for body in bodies], 32)


def body_of(pool: Pool, body: bytes = b"x") -> bytes:
    (found,) = ask(pool, body)
    assert isinstance(found, Answer), found
    return found.body


def failure(pool: Pool, until: float | None = None) -> Exception:
    (found,) = ask(pool, b"x", until=until)
    assert isinstance(found, Exception)
    return found


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that echoes, until a test says otherwise."""
    with serving(echo) as running:
        yield running


@pytest.fixture
def pool(server: Server) -> Iterator[Pool]:
    """Connections to it."""
    made = Pool(Endpoint.of(server.url), clock=Clock())
    yield made
    made.close()


def test_a_connection_is_used_again(server: Server, pool: Pool) -> None:
    assert [body_of(pool, b"%d" % n) for n in range(5)] == [b"%d" % n for n in range(5)]
    assert server.connections == 1


def test_requests_at_once_have_a_connection_each_and_share_them_later(
    server: Server, pool: Pool
) -> None:
    for _ in range(3):
        bodies = [b"%d" % n for n in range(5)]
        found = ask(pool, *bodies)
        assert [each.body for each in found if isinstance(each, Answer)] == bodies
    assert server.connections == 5


def test_a_connection_that_the_server_has_closed_is_not_used(server: Server, pool: Pool) -> None:
    closed = threading.Event()

    def closing(asked: Asked) -> Iterable[Doing]:
        yield answer(asked.body)
        closed.set()
        yield End.CLOSE

    server.behaviour = closing
    for _ in range(3):
        assert body_of(pool) == b"x"
        assert closed.wait(LONG)
        (idle,) = pool._idle
        # The end arrives a moment after the server has sent it.
        assert idle._poll.poll(LONG * 1000)
        closed.clear()
    assert server.connections == 3


def test_a_connection_on_which_something_came_unasked_is_not_used(
    server: Server, pool: Pool
) -> None:
    def talking(asked: Asked) -> Iterable[Doing]:
        return [answer(asked.body), answer(b"a stranger's answer")]

    server.behaviour = talking
    for number in range(3):
        assert body_of(pool, b"%d" % number) == b"%d" % number
        for idle in pool._idle:
            assert idle._poll.poll(LONG * 1000)
    assert server.connections == 3


@pytest.mark.parametrize("passed", [KEPT_SECONDS, 10 * KEPT_SECONDS, -1.0])
def test_a_connection_that_was_idle_for_long_is_not_used(server: Server, passed: float) -> None:
    clock = Clock()
    pool = Pool(Endpoint.of(server.url), clock=clock)
    body_of(pool)
    clock.now += KEPT_SECONDS - 0.1
    body_of(pool)
    assert server.connections == 1
    clock.now += passed
    body_of(pool)
    assert server.connections == 2
    pool.close()


def test_a_server_that_says_so_ends_the_connection(server: Server, pool: Pool) -> None:
    server.behaviour = lambda asked: [answer(asked.body, headers={"Connection": "close"})]
    assert [body_of(pool) for _ in range(2)] == [b"x", b"x"]
    assert server.connections == 2


def test_no_more_connections_are_kept_than_may_be(server: Server, pool: Pool) -> None:
    found = converse([pool.ask(request(), soon()) for _ in range(KEPT + 5)], KEPT + 5)
    assert all(isinstance(each, Answer) for each in found)
    assert len(pool._idle) == KEPT


ANSWER = answer(b"x" * 100)


@pytest.mark.parametrize(
    "doing",
    [
        [End.CLOSE],
        [End.RESET],
        [ANSWER[:20], End.CLOSE],
        [ANSWER[:20], End.RESET],
        [ANSWER[:-1], End.CLOSE],
        [ANSWER[:-1], End.RESET],
        [b"SSH-2.0\r\n\r\n"],
        [answer(b"", headers={"x-long": "x" * 100_000})],
    ],
)
def test_an_answer_that_does_not_come_whole_is_lost(
    server: Server, pool: Pool, doing: list[Doing]
) -> None:
    server.behaviour = lambda _asked: doing
    error = failure(pool)
    assert type(error) is Lost
    assert isinstance(error.__cause__, OSError | Malformed)
    server.behaviour = echo
    assert body_of(pool, b"next") == b"next"
    assert server.connections == 2, "never on the same connection"


@pytest.mark.parametrize("doing", [[LONG], [ANSWER[:20], LONG], [ANSWER[:-1], LONG]])
def test_an_answer_that_does_not_come_in_time_is_lost(
    server: Server, pool: Pool, doing: list[Doing]
) -> None:
    server.behaviour = lambda _asked: doing
    error = failure(pool, soon(0.1))
    assert type(error) is Lost
    assert isinstance(error.__cause__, TimeoutError)
    server.behaviour = echo
    assert body_of(pool, b"next") == b"next", "and not what comes late"


def test_an_answer_that_drips_is_lost_as_well(server: Server, pool: Pool) -> None:
    def dripping(_asked: Asked) -> Iterable[Doing]:
        for byte in ANSWER:
            yield bytes([byte])
            yield 0.005

    server.behaviour = dripping
    assert type(failure(pool, soon(0.1))) is Lost


def test_no_answer_is_waited_for_longer_than_answers_are(
    server: Server, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "ANSWER_SECONDS", 0.05)
    server.behaviour = lambda _asked: [LONG]
    assert type(failure(pool)) is Lost


def test_one_that_is_lost_does_not_take_others_along(server: Server, pool: Pool) -> None:
    server.behaviour = lambda asked: [End.CLOSE] if asked.body == b"1" else echo(asked)
    found = ask(pool, b"0", b"1", b"2")
    assert [type(each) for each in found] == [Answer, Lost, Answer]


def test_a_large_request_is_written_while_answers_are_read(server: Server, pool: Pool) -> None:
    bodies = [bytes([65 + n]) * 3_000_000 for n in range(3)]
    found = ask(pool, *bodies)
    assert [each.body for each in found if isinstance(each, Answer)] == bodies


def test_nothing_is_sent_when_nobody_listens(server: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        pool = Pool(Endpoint.of(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        error = failure(pool)
    assert type(error) is NotSent
    assert isinstance(error.__cause__, ConnectionRefusedError)


def test_nothing_is_sent_when_the_time_is_up(server: Server, pool: Pool) -> None:
    assert type(failure(pool, time.monotonic())) is NotSent
    body_of(pool)
    assert type(failure(pool, time.monotonic())) is NotSent
    assert len(server.asked) == 1


class Listed(Addresses):
    """Addresses that a test lists."""

    def __init__(self, *addresses: Address) -> None:
        self._listed = addresses

    def get(self, until: float) -> list[Address]:
        del until
        return [*self._listed]


@pytest.fixture
def silent() -> Iterator[Address]:
    """An address at which nobody accepts: the queue of those who wait is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield (socket.AF_INET, listener.getsockname())
        for each in waiting:
            each.close()


def test_nobody_is_waited_for_who_does_not_accept(
    silent: Address, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "CONNECT_SECONDS", 0.1)
    pool._addresses = Listed(silent)
    error = failure(pool)
    assert type(error) is NotSent
    assert isinstance(error.__cause__, TimeoutError)


def test_another_address_is_tried_in_the_same_time(
    server: Server, silent: Address, pool: Pool
) -> None:
    good: Address = (socket.AF_INET, ("127.0.0.1", server.port))
    refused: Address = (socket.AF_INET, ("127.0.0.1", 1))
    pool._addresses = Listed(silent, refused, good)
    assert body_of(pool) == b"x"


def test_a_host_without_address_is_not_reached(pool: Pool) -> None:
    pool._addresses = Listed()
    assert type(failure(pool)) is NotSent


def test_an_interrupted_request_leaves_no_connection_behind(server: Server, pool: Pool) -> None:
    server.behaviour = lambda _asked: [LONG]
    asking = pool.ask(request(), soon())
    next(asking)
    asking.close()
    assert pool._idle == []


def test_threads_get_their_own_answers(server: Server, pool: Pool) -> None:
    wrong = list[Any]()

    def many(name: bytes) -> None:
        for number in range(50):
            body = b"%b-%d" % (name, number)
            if body_of(pool, body) != body:
                wrong.append(body)

    threads = [threading.Thread(target=many, args=(b"%d" % n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert server.connections <= 8


def test_a_clone_of_the_process_does_not_read_its_originals_answers(
    server: Server, pool: Pool
) -> None:
    body_of(pool)
    pool._lock.acquire()  # by a thread that the clone does not have
    pool.forget_all()
    assert body_of(pool, b"child") == b"child"
    assert server.connections == 2
    assert body_of(pool, b"again") == b"again"
    assert server.connections == 2


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom the pools of these tests trust."""
    return Authority.new(tmp_path_factory.mktemp("certificates"))


def test_tls_with_a_trusted_certificate(authority: Authority) -> None:
    bodies = [b"%d" % n for n in range(4)]
    with serving(echo, authority.server()) as server:
        pool = Pool(Endpoint.of(server.url), str(authority.bundle))
        for _ in range(2):
            found = ask(pool, *bodies)
            assert [each.body for each in found if isinstance(each, Answer)] == bodies
        assert server.connections == 4
        large = b"x" * 2_000_000
        assert body_of(pool, large) == large
        pool.close()


def test_a_later_connection_resumes_the_session_of_an_earlier_one(authority: Authority) -> None:
    def closing(asked: Asked) -> Iterable[Doing]:
        return [answer(asked.body, headers={"Connection": "close"})]

    with serving(echo, authority.server()) as server:
        pool = Pool(Endpoint.of(server.url), str(authority.bundle))
        body_of(pool)
        server.behaviour = closing
        for _ in range(3):
            body_of(pool)
        assert server.handshakes == [False, True, True]


@pytest.mark.parametrize("case", ["unknown", "name", "expired", "plain"])
def test_nothing_is_sent_to_who_cannot_be_trusted(
    authority: Authority, tmp_path: Path, case: str
) -> None:
    trusted = Authority.new(tmp_path) if case == "unknown" else authority
    context = {
        "name": lambda: authority.server("127.0.0.2"),
        "expired": lambda: authority.server(days=-1),
        "plain": lambda: None,
    }.get(case, authority.server)()
    with serving(echo, context) as server:
        endpoint = replace(Endpoint.of(server.url), tls=True)
        error = failure(Pool(endpoint, str(trusted.bundle)))
        assert type(error) is NotSent
        assert server.asked == []


def test_the_systems_certificates_are_trusted_by_default(authority: Authority) -> None:
    with serving(echo, authority.server()) as server:
        assert type(failure(Pool(Endpoint.of(server.url)))) is NotSent
        assert server.asked == []


def test_tls_that_is_cut_off_is_lost(authority: Authority) -> None:
    behaviours: list[list[Doing]] = [[End.CLOSE], [End.RESET], [ANSWER[:50], End.CLOSE]]
    for doing in behaviours:
        with serving(lambda _asked, doing=doing: doing, authority.server()) as server:
            error = failure(Pool(Endpoint.of(server.url), str(authority.bundle)))
            assert type(error) is Lost
