"""Rounds: what resolvers wait for runs together, and each gets its own answer."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Mapping
from copy import replace
from typing import Any, cast

import pytest

from tenantql.accounts.model import Organisation, User
from tenantql.engine.errors import ResolverDefect
from tenantql.engine.rounds import Rounds, with_access
from tenantql.errors import Code, TenantqlError
from tenantql.table.access import Access, Credentials
from tenantql.table.encoding import Call
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import (
    AccessDenied,
    CredentialsMissing,
    ForeignKey,
    InvalidItem,
    TableError,
    Unavailable,
)
from tenantql.table.requests import AnyRequest, BatchGet, Get, Page, Query, together
from tenantql.table.writes import Put
from tenantql.tenancy.errors import VendingFailed
from tests.unit.builders import TABLE, Scripted, access, holding, user

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
    ended: dict[int, Any] = {}
    for number, resolver in enumerate(resolvers):

        def settle(value: object, error: Exception | None, number: int = number) -> None:
            ended[number] = error or value

        rounds.start(resolver, settle)
    rounds.run()
    return [ended[number] for number in range(len(resolvers))]


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
    assert (rounds.cost.rounds, rounds.cost.calls) == (1, 1)
    assert transport.operations == ["BatchGetItem"]


def test_what_depends_on_an_answer_is_in_the_next_round() -> None:
    rounds = Rounds(people(), access)
    assert drive(rounds, read("a", "b", "c"), read("c", "a"), read("b")) == [
        ["A", "B", "C"],
        ["C", "A"],
        ["B"],
    ]
    assert (rounds.cost.rounds, rounds.cost.calls) == (3, 3)


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

    rounds = Rounds(Scripted(tick), access, until=7.0, clock=lambda: now[0])
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

    rounds = Rounds(people(), access, until=0.0, clock=lambda: 0.0)
    assert drive(rounds, partly()) == [["too late"]]
    assert rounds.cost.calls == 0


class Wrong:
    """Something that can be awaited, and is no request."""

    def __await__(self) -> Generator[Any]:
        yield self


@pytest.mark.parametrize(
    ("awaits", "name"),
    [
        (lambda: asyncio.sleep(0), "NoneType"),
        (Wrong, "Wrong"),
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

    (raised,) = drive(Rounds(Scripted(), access), cast("Any", resolver()))
    assert isinstance(raised, ResolverDefect)
    assert raised.code is Code.INTERNAL
    assert name in str(raised)
    assert ended == ["closed"]


def test_a_resolver_that_nobody_waits_for_makes_no_call() -> None:
    transport = people()
    rounds = Rounds(transport, access)
    ended: list[str] = []
    wanted = {"a": True, "b": True, "c": False}

    async def reading(id: str) -> list[str]:
        try:
            return await read(id)
        finally:
            ended.append(id)

    def settle(value: list[str], _error: Exception | None) -> None:
        ended.extend(value)

    async def gives_up() -> None:
        wanted["a"] = False

    for id in wanted:
        rounds.start(reading(id), settle, wanted=lambda key=id: wanted[key])
    rounds.start(gives_up(), lambda _value, _error: None)
    rounds.run()
    assert ended == ["a", "b", "B"], "one waited, one was wanted, and one had not begun"
    assert transport.operations == ["GetItem"]


def test_its_errors_are_tenantqls() -> None:
    assert issubclass(ResolverDefect, TenantqlError)


def page(request: str) -> Query[User]:
    return Query(User, f"TENANT#acme#USERS#{request}", index="GSI3")


def test_of_requests_together_each_is_answered_and_one_failure_fails_all() -> None:
    def answer(call: Call) -> Mapping[str, Any]:
        if call.parameters["ExpressionAttributeValues"][":0"]["S"].endswith("#b"):
            raise TableError("this one fails")
        return {"Items": []}

    async def all_of(*ids: str) -> tuple[Any, ...]:
        return await together([page(id) for id in ids])

    rounds = Rounds(Scripted(answer), access)
    first, second = drive(rounds, all_of("a", "b", "c"), all_of("a", "c"))
    assert isinstance(first, TableError)
    assert second == (Page(()), Page(()))
    assert (rounds.cost.rounds, rounds.cost.calls) == (1, 3), "what fails was a call as well"


def test_equal_reads_are_one_and_equal_writes_are_not() -> None:
    async def writes() -> None:
        await Put(user(id="a"))

    async def reads() -> int:
        return len((await page("a")).items)

    transport = Scripted(lambda _call: {"Items": []})
    rounds = Rounds(transport, access)
    assert drive(rounds, reads(), writes(), reads(), writes()) == [0, None, 0, None]
    assert sorted(transport.operations) == ["PutItem", "PutItem", "Query"]
    assert rounds.record[0].requests == 4


def test_strong_and_eventual_reads_by_key_are_apart() -> None:
    async def reads(*keys: str, consistent: bool) -> list[str]:
        users = await together([replace(found(key), consistent=consistent) for key in keys])
        return [each.display_name for each in users if each]

    transport = people()
    rounds = Rounds(transport, access)
    assert drive(rounds, reads("a", "b", consistent=True), reads("b", "c", consistent=False)) == [
        ["A", "B"],
        ["B", "C"],
    ]
    asked = [call.parameters["RequestItems"][TABLE] for call in transport.calls]
    assert [each["ConsistentRead"] for each in asked] == [True, False]
    assert [len(each["Keys"]) for each in asked] == [2, 2]


def test_a_batch_and_single_reads_share_calls_of_at_most_a_hundred_keys() -> None:
    keys = [found(f"id-{n}").key for n in range(150)]

    async def batch(*wanted: Key) -> int:
        return len(await BatchGet(User, wanted))

    transport = people()
    rounds = Rounds(transport, access)
    batches = [batch(*keys[:90]), batch(*keys[60:100]), batch(*keys[95:150])]
    assert drive(rounds, *batches, read("a")) == [90, 40, 55, ["A"]]
    asked = [len(call.parameters["RequestItems"][TABLE]["Keys"]) for call in transport.calls]
    assert asked == [100, 56]


def test_an_item_that_does_not_fit_is_the_trouble_of_who_asked_for_it() -> None:
    async def organisation_called_user() -> object:
        return await Get(Organisation, found("a").key)

    wrong, right = drive(Rounds(people(), access), organisation_called_user(), read("a", "b"))
    assert isinstance(wrong, InvalidItem)
    assert right == ["A", "B"]


def test_requests_of_another_right_are_in_the_same_round() -> None:
    transport = people()
    rounds = Rounds(transport, access)

    async def elsewhere() -> list[str]:
        return await with_access(read("b"), lambda: replace(access(), table="other"))

    assert drive(rounds, read("a"), elsewhere()) == [["A"], ["B"]]
    assert [call.parameters["TableName"] for call in transport.calls] == [TABLE, "other"]
    assert (rounds.cost.rounds, rounds.cost.calls) == (1, 2)


@pytest.mark.parametrize("refusing", [{"old"}, {"old", "new"}], ids=["old", "all"])
def test_credentials_that_are_refused_are_replaced_once(refusing: set[str]) -> None:
    dropped: list[str] = []

    def vend() -> Access:
        credentials = Credentials("new" if dropped else "old", "secret", None)
        return replace(access(), credentials=credentials)

    def answer(call: Call) -> Mapping[str, Any]:
        if transport.credentials[-1].access_key in refusing:
            raise CredentialsMissing("expired")
        return people()._answer(call)

    def refused(one: Access) -> None:
        dropped.append(one.credentials.access_key)

    transport = Scripted(answer)
    found = drive(Rounds(transport, vend, refused=refused), read("a"), read("b"))
    assert dropped == ["old"]
    assert [each.access_key for each in transport.credentials] == ["old", "new"]
    if "new" in refusing:
        assert [type(each) for each in found] == [CredentialsMissing] * 2
    else:
        assert found == [["A"], ["B"]]


def test_a_round_is_recorded_with_its_calls() -> None:
    now = [0.0]

    def tick(call: Any) -> Any:
        now[0] += 0.5
        return {"ConsumedCapacity": {"CapacityUnits": 0.5}, **people()._answer(call)}

    rounds = Rounds(Scripted(tick), access, clock=lambda: now[0])
    assert drive(rounds, read("a", "b")) == [["A", "B"]]
    assert [(each.requests, each.started, each.seconds) for each in rounds.record] == [
        (1, 0.0, 0.5),
        (1, 0.5, 0.5),
    ]
    (call,) = rounds.record[1].calls
    assert (call.operation, call.units, call.seconds, call.error) == ("GetItem", 0.5, 0.5, None)
    assert call.call is not None
    assert call.call.parameters["Key"]["PK"]["S"].endswith("#b")
