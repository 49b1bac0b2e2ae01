"""Rounds: what resolvers wait for runs together, and each gets its own answer."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, cast

import pytest

from tenantql.accounts.model import Organisation, User
from tenantql.engine.errors import ResolverDefect
from tenantql.engine.rounds import Rounds
from tenantql.errors import Code, TenantqlError
from tenantql.table.access import Access
from tenantql.table.calls import Call
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import AccessDenied, ForeignKey, Unavailable
from tenantql.table.requests import AnyRequest, Get, together
from tenantql.tenancy.errors import VendingFailed
from tests.unit.builders import Scripted, access, holding, user

ABSENT = Get(Organisation, entity_of(Organisation).key(tenant="acme"))


def found(id: str) -> Get[User]:
    return Get(User, entity_of(User).key(tenant="acme", id=id))


async def read(*ids: str) -> list[str]:
    """A resolver that reads users one after another."""
    names: list[str] = []
    for id in ids:
        one = await found(id)
        names.append(one.display_name if one else "nobody")
    return names


def drive(rounds: Rounds, *resolvers: Coroutine[AnyRequest, Any, Any]) -> list[Any]:
    """What resolvers return that start together; errors are results too."""

    async def together() -> list[Any]:
        driven = (rounds.drive(each) for each in resolvers)
        return await asyncio.gather(*driven, return_exceptions=True)

    return asyncio.run(together())


def people() -> Scripted:
    return holding(*(user(id=id, display_name=id.upper()) for id in ("a", "b", "c")))


def test_resolvers_that_wait_together_share_a_round() -> None:
    transport = people()
    rounds = Rounds(transport, access)
    assert drive(rounds, read("a"), read("b"), read("c"), read("d")) == [
        ["A"],
        ["B"],
        ["C"],
        ["nobody"],
    ]
    assert (rounds.cost.rounds, rounds.cost.calls) == (1, 4)
    assert transport.operations == ["GetItem"] * 4


def test_what_depends_on_an_answer_is_in_the_next_round() -> None:
    rounds = Rounds(people(), access)
    assert drive(rounds, read("a", "b", "c"), read("c", "a"), read("b")) == [
        ["A", "B", "C"],
        ["C", "A"],
        ["B"],
    ]
    assert (rounds.cost.rounds, rounds.cost.calls) == (3, 6)


def test_a_resolver_that_awaits_nothing_costs_nothing() -> None:
    def never() -> Access:
        raise AssertionError("credentials were asked for")

    rounds = Rounds(Scripted(), never)
    assert drive(rounds, read()) == [[]]
    assert (rounds.cost.rounds, rounds.cost.calls) == (0, 0)


def failing(error: Exception) -> Scripted:
    def answer(_call: object) -> dict[str, Any]:
        raise error

    return Scripted(answer)


def test_an_error_is_raised_where_the_request_is_awaited() -> None:
    async def careful() -> str:
        try:
            await ABSENT
        except AccessDenied:
            return "denied"
        return "allowed"

    assert drive(Rounds(failing(AccessDenied("no")), access), careful()) == ["denied"]


def test_a_resolver_may_go_on_after_an_error() -> None:
    async def goes_on() -> list[str]:
        with pytest.raises(ForeignKey):
            await Get(User, Key("TENANT#globex#USER#a", "PROFILE"))
        return await read("a")

    transport = people()
    assert drive(Rounds(transport, access), goes_on()) == [["A"]]
    assert len(transport.calls) == 1, "a foreign key costs no call"


def test_an_error_of_one_resolver_leaves_the_others_alone() -> None:
    async def foreign() -> None:
        await Get(User, Key("TENANT#globex#USER#a", "PROFILE"))

    failed, name = drive(Rounds(people(), access), foreign(), read("b"))
    assert isinstance(failed, ForeignKey)
    assert name == ["B"]


@pytest.mark.parametrize("error", [AccessDenied("no"), KeyError("a defect")])
def test_an_error_that_is_not_caught_comes_out(error: Exception) -> None:
    (raised,) = drive(Rounds(failing(error), access), read("a"))
    assert raised is error


def test_without_credentials_each_request_fails() -> None:
    def vend() -> Access:
        raise VendingFailed("no credentials")

    transport = people()
    raised = drive(Rounds(transport, vend), read("a"), read("b"))
    assert [type(each) for each in raised] == [VendingFailed, VendingFailed]
    assert transport.calls == []


def test_no_call_starts_after_the_deadline() -> None:
    now = [0.0]
    transport = people()

    def tick(call: Any) -> Any:
        now[0] += 4
        return transport._answer(call)

    rounds = Rounds(Scripted(tick), access, deadline=7.0, clock=lambda: now[0])
    (raised,) = drive(rounds, read("a", "b", "c"))
    assert isinstance(raised, Unavailable)
    assert raised.code is Code.UNAVAILABLE
    assert rounds.cost.calls == 2


def test_time_that_is_up_is_told_to_the_resolver() -> None:
    async def partly() -> list[str]:
        try:
            return await read("a")
        except Unavailable:
            return ["too late"]

    rounds = Rounds(people(), access, deadline=0.0, clock=lambda: 0.0)
    assert drive(rounds, partly()) == [["too late"]]
    assert rounds.cost.calls == 0


@pytest.mark.parametrize(
    ("awaits", "name"),
    [
        (lambda: asyncio.sleep(0), "NoneType"),
        (lambda: asyncio.get_running_loop().create_future(), "Future"),
    ],
)
def test_a_resolver_that_awaits_no_request_is_a_defect(
    awaits: Callable[[], Any], name: str
) -> None:
    ended: list[str] = []

    async def resolver() -> None:
        try:
            await awaits()
        finally:
            ended.append("closed")

    (raised,) = drive(Rounds(Scripted(), access), cast(Any, resolver()))
    assert isinstance(raised, ResolverDefect)
    assert raised.code is Code.INTERNAL
    assert name in str(raised)
    assert ended == ["closed"]


def test_a_resolver_that_nobody_waits_for_makes_no_call() -> None:
    transport = people()

    async def cancelled() -> None:
        rounds = Rounds(transport, access)
        tasks = [asyncio.create_task(rounds.drive(read(id))) for id in ("a", "b")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        async with asyncio.timeout(10):
            assert await tasks[1] == ["B"]

    asyncio.run(cancelled())
    assert len(transport.calls) == 1


def test_its_errors_are_tenantqls() -> None:
    assert issubclass(ResolverDefect, TenantqlError)


def test_the_requests_of_a_round_are_on_the_wire_at_the_same_time() -> None:
    meet = threading.Barrier(3, timeout=30)

    def answer(_call: Call) -> Mapping[str, Any]:
        meet.wait()
        return {}

    rounds = Rounds(Scripted(answer), access)
    nobody = [["nobody"]] * 3
    assert drive(rounds, read("a"), read("b"), read("c")) == nobody
    assert (rounds.cost.rounds, rounds.cost.calls) == (1, 3)


def test_of_requests_together_each_is_answered_and_one_failure_fails_all() -> None:
    def answer(call: Call) -> Mapping[str, Any]:
        if call.parameters["Key"]["PK"]["S"].endswith("#b"):
            raise Unavailable("this one fails")
        return {}

    async def all_of(*ids: str) -> tuple[Any, ...]:
        return await together([found(id) for id in ids])

    rounds = Rounds(Scripted(answer), access)
    first, second = drive(rounds, all_of("a", "b", "c"), all_of("a", "c"))
    assert isinstance(first, Unavailable)
    assert second == (None, None)
    assert (rounds.cost.rounds, rounds.cost.calls) == (1, 5), "what fails was a call as well"
