"""Addresses: found once for many, kept for a moment, and never waited for too long."""

import socket
import threading
import time
from collections.abc import Sequence

import pytest

from tenantql.table.direct.addresses import FRESH, Address, Addresses

SOMEWHERE: list[Address] = [
    (socket.AF_INET, ("192.0.2.1", 443)),
    (socket.AF_INET, ("192.0.2.2", 443)),
]
ELSEWHERE: list[Address] = [(socket.AF_INET, ("192.0.2.3", 443))]


class Names:
    """A resolver whose answers a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.found: Sequence[Address] | OSError = SOMEWHERE
        self.silent = threading.Event()
        self.silent.set()

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        assert (host, port) == ("db.example", 443)
        self.asked += 1
        self.silent.wait()
        if isinstance(self.found, OSError):
            raise self.found
        return self.found

    def clock(self) -> float:
        return self.now

    def addresses(self) -> Addresses:
        return Addresses("db.example", 443, self, self.clock)


def test_what_was_found_is_good_for_a_moment() -> None:
    names = Names()
    addresses = names.addresses()
    for _ in range(3):
        assert sorted(addresses.get(names.now + 1)) == SOMEWHERE
    assert names.asked == 1
    names.now += FRESH
    names.found = ELSEWHERE
    assert addresses.get(names.now + 1) == ELSEWHERE
    assert names.asked == 2


def test_not_all_begin_with_the_same() -> None:
    names = Names()
    addresses = names.addresses()
    firsts = {addresses.get(names.now + 1)[0][1] for _ in range(100)}
    assert len(firsts) == 2


def test_an_address_needs_no_resolver() -> None:
    def never(_host: str, _port: int) -> list[Address]:
        raise AssertionError("asked")

    assert Addresses("127.0.0.1", 8000, never).get(0.0) == [(socket.AF_INET, ("127.0.0.1", 8000))]
    ((family, _),) = Addresses("::1", 8000, never).get(0.0)
    assert family is socket.AF_INET6


def test_a_host_that_is_not_found_is_an_error() -> None:
    names = Names()
    names.found = socket.gaierror(socket.EAI_NONAME, "unknown")
    addresses = names.addresses()
    with pytest.raises(socket.gaierror):
        addresses.get(names.now + 1)
    names.found = SOMEWHERE
    assert sorted(addresses.get(names.now + 1)) == SOMEWHERE, "and is looked for again"


def test_old_ones_are_better_than_none() -> None:
    names = Names()
    addresses = names.addresses()
    addresses.get(names.now + 1)
    names.now += FRESH
    names.found = socket.gaierror(socket.EAI_AGAIN, "no answer")
    assert sorted(addresses.get(names.now + 1)) == SOMEWHERE


def test_a_resolver_without_answer_is_not_waited_for_and_asked_once() -> None:
    names = Names()
    names.silent.clear()
    addresses = names.addresses()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            addresses.get(names.now + 0.01)
    assert names.asked == 1
    names.silent.set()
    assert sorted(addresses.get(names.now + 60)) == SOMEWHERE


def test_the_systems_resolver_knows_this_machine() -> None:
    found = Addresses("localhost", 8000).get(time.monotonic() + 60)
    assert {address[0] for _, address in found} <= {"127.0.0.1", "::1"}
    assert found
