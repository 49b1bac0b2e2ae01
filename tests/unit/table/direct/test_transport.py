"""The direct transport: what it sends, what it makes of answers, and what if none comes."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tenantql.errors import SettingsError
from tenantql.table.access import Credentials
from tenantql.table.direct.transport import MOST, DirectTransport
from tenantql.table.encoding import Call
from tenantql.table.errors import (
    CredentialsMissing,
    OutcomeUnknown,
    TableError,
    Throttled,
    Unavailable,
)
from tenantql.table.transport import Answer, Post
from tests.unit.builders import CREDENTIALS, TABLE
from tests.unit.table.direct.server import (
    LONG,
    Asked,
    Doing,
    End,
    Server,
    answer,
    refusal,
    said,
    serving,
)


def get(number: int) -> Post:
    key = {"PK": {"S": f"TENANT#acme#{number}"}, "SK": {"S": "A"}}
    return Post(Call("GetItem", {"TableName": TABLE, "Key": key}), CREDENTIALS)


def item(number: int) -> Answer:
    return {"Item": {"PK": {"S": f"TENANT#acme#{number}"}}}


def echo(asked: Asked) -> Iterable[Doing]:
    return [answer({"Item": {"PK": asked.parameters["Key"]["PK"]}})]


@pytest.fixture
def server() -> Iterator[Server]:
    """It answers with the key that it was asked for."""
    with serving(echo) as running:
        yield running


@pytest.fixture
def transport(server: Server) -> Iterator[DirectTransport]:
    made = DirectTransport("eu-central-1", {"AWS_ENDPOINT_URL": server.url})
    yield made
    made.close()


def exchange(transport: DirectTransport, *posts: Post, seconds: float = 30.0) -> list[Any]:
    outcomes = transport.exchange(posts, time.monotonic() + seconds)
    return [each if isinstance(each, TableError) else said(each) for each in outcomes]


def test_a_call_goes_out_as_dynamodb_takes_it(server: Server, transport: DirectTransport) -> None:
    assert exchange(transport, get(1)) == [item(1)]
    (asked,) = server.asked
    assert asked.line == "POST / HTTP/1.1"
    assert asked.operation == "GetItem"
    assert asked.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert asked.headers["content-type"] == "application/x-amz-json-1.0"
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["x-amz-security-token"] == CREDENTIALS.token
    scope = f"{CREDENTIALS.access_key}/{asked.headers['x-amz-date'][:8]}/eu-central-1/dynamodb"
    assert f"Credential={scope}/aws4_request," in asked.headers["authorization"]
    assert asked.parameters == get(1).call.parameters


def test_nothing_to_send_is_nothing(server: Server, transport: DirectTransport) -> None:
    assert exchange(transport) == []
    assert server.connections == 0


def test_all_are_asked_before_any_is_answered(server: Server, transport: DirectTransport) -> None:
    together = threading.Barrier(5)

    def waiting(asked: Asked) -> Iterable[Doing]:
        together.wait(LONG)
        return echo(asked)

    server.behaviour = waiting
    assert exchange(transport, *map(get, range(5))) == [item(n) for n in range(5)]


def test_many_share_the_connections_that_there_may_be(
    server: Server, transport: DirectTransport
) -> None:
    assert exchange(transport, *map(get, range(200))) == [item(n) for n in range(200)]
    assert server.connections <= MOST


def test_each_call_is_signed_with_its_own_credentials(
    server: Server, transport: DirectTransport
) -> None:
    names = [f"AKID{n}" for n in range(20)]
    posts = [Post(get(1).call, Credentials(name, "secret", f"token-{name}")) for name in names]
    exchange(transport, *posts)
    signed = [
        (each.headers["authorization"].partition("Credential=")[2].partition("/")[0], each.headers)
        for each in server.asked
    ]
    assert sorted(name for name, _ in signed) == sorted(names)
    assert all(headers["x-amz-security-token"] == f"token-{name}" for name, headers in signed)


def test_without_good_credentials_nothing_is_sent(
    server: Server, transport: DirectTransport
) -> None:
    bad = Post(get(1).call, Credentials("AKID", "", None))
    error, found = exchange(transport, bad, get(2))
    assert type(error) is CredentialsMissing
    assert found == item(2)
    assert len(server.asked) == 1


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), "\ud800", 1 << 80])
def test_what_is_no_json_is_a_defect(
    server: Server, transport: DirectTransport, value: object
) -> None:
    (error,) = exchange(transport, Post(Call("PutItem", {"Item": value}), CREDENTIALS))
    assert type(error) is TableError
    assert server.asked == []


def test_errors_stand_where_their_calls_stood(server: Server, transport: DirectTransport) -> None:
    def some(asked: Asked) -> Iterable[Doing]:
        return {
            "TENANT#acme#1": [refusal("ThrottlingException")],
            "TENANT#acme#3": [End.CLOSE],
            "TENANT#acme#4": [refusal("InternalServerError", 500)],
        }.get(asked.parameters["Key"]["PK"]["S"]) or echo(asked)

    server.behaviour = some
    found = exchange(transport, *map(get, range(6)))
    assert [type(each) for each in found] == [
        dict,
        Throttled,
        dict,
        OutcomeUnknown,
        OutcomeUnknown,
        dict,
    ]
    assert [found[n] for n in (0, 2, 5)] == [item(n) for n in (0, 2, 5)]


def test_an_answer_too_late_is_unknown_and_one_in_time_is_not(
    server: Server, transport: DirectTransport
) -> None:
    server.behaviour = lambda asked: [LONG] if b"acme#0" in asked.body else echo(asked)
    late, found = exchange(transport, get(0), get(1), seconds=0.2)
    assert type(late) is OutcomeUnknown
    assert found == item(1)
    server.behaviour = echo
    assert exchange(transport, get(2), get(3)) == [item(2), item(3)]


def test_after_the_time_nothing_is_sent(server: Server, transport: DirectTransport) -> None:
    (error,) = exchange(transport, get(1), seconds=0)
    assert type(error) is Unavailable
    assert server.asked == []


def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    with serving(echo) as server:
        transport = DirectTransport("eu-central-1", {"AWS_ENDPOINT_URL": server.url})
        exchange(transport, get(1))
    (error,) = exchange(transport, get(1))
    assert type(error) is Unavailable
    assert "127.0.0.1" not in str(error)
    reason: Any = error.__cause__
    assert isinstance(reason.__cause__, ConnectionRefusedError)


def test_without_an_endpoint_of_its_own_it_is_awss() -> None:
    transport = DirectTransport("eu-central-1", {})
    assert transport._pool._security is not None
    assert transport._pool._security.server_name == "dynamodb.eu-central-1.amazonaws.com"
    with pytest.raises(SettingsError):
        DirectTransport("eu-central-1", {"AWS_ENDPOINT_URL": "somewhere"})
