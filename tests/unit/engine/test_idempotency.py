"""Idempotency: a key belongs to one user and one operation, and remembers its input."""

from datetime import timedelta

import msgspec
import pytest

from tenantql.accounts.model import User
from tenantql.engine.idempotency import IdempotencyRecord, Once, problems_of
from tenantql.engine.user_errors import UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import Get
from tenantql.table.writes import Create, Delete, Transact
from tests.unit.builders import AT, NOW, Play, context, stored

RESULT = Key("TENANT#acme#USER#1", "PROFILE")
ACTIONS = (Delete(User, RESULT),)


class Input(msgspec.Struct, frozen=True):
    name: str = "ada"
    roles: tuple[str, ...] = ()


INPUT = Input()


def once(
    operation: str = "createUser",
    subject: str = "somebody",
    key: str | None = "key-1",
    fields: msgspec.Struct = INPUT,
) -> Once:
    return Once(context(subject=subject), operation, key, fields)


def record(
    operation: str = "createUser",
    subject: str = "somebody",
    key: str = "key-1",
    fields: msgspec.Struct = INPUT,
) -> IdempotencyRecord:
    """The record that a write with this key creates beside its own actions."""
    play = Play([None])
    assert play.run(once(operation, subject, key, fields).transact(ACTIONS, RESULT)) == RESULT
    (request,) = play.asked
    assert isinstance(request, Transact)
    *actions, last = request.actions
    assert tuple(actions) == ACTIONS
    assert isinstance(last, Create)
    assert isinstance(last.value, IdempotencyRecord)
    return last.value


def test_a_record_holds_the_result_and_lives_a_day() -> None:
    found = record()
    assert (found.result_pk, found.result_sk) == (RESULT.pk, RESULT.sk)
    assert found.expires_at == int((NOW + timedelta(days=1)).timestamp())
    assert (found.tenant, found.created_by, found.created_at) == ("acme", "somebody", AT)


def test_a_record_is_where_reading_cannot_write() -> None:
    item = stored(record())
    assert item["PK"]["S"] == f"TENANT#acme#IDEMPOTENCY#{record().digest}"
    assert "#SYS#" not in item["PK"]["S"]


def test_nothing_of_the_key_or_the_input_is_stored() -> None:
    found = repr(stored(record(key="my-key", fields=Input(name="secret"))))
    assert "my-key" not in found
    assert "secret" not in found


def test_the_same_key_and_input_are_the_same_record() -> None:
    assert record() == record()


def test_a_key_belongs_to_one_user_and_one_operation() -> None:
    keys = [
        record(),
        record(operation="createInvoice"),
        record(subject="another"),
        record(key="key-2"),
        # What separates the parts could stand in one of them.
        record(subject="a\nb", key="c"),
        record(subject="a", key="b\nc"),
        record(subject='a","b', key="c"),
        record(subject="a", key='b","c'),
    ]
    assert len({each.digest for each in keys}) == len(keys)


def test_another_input_has_another_fingerprint() -> None:
    inputs = [Input(), Input(name="bob"), Input(roles=("a",)), Input(roles=("a", "b"))]
    found = [record(fields=fields) for fields in inputs]
    assert len({each.digest for each in found}) == 1
    assert len({each.fingerprint for each in found}) == len(inputs)


def test_without_a_key_the_write_stands_alone() -> None:
    play = Play([None])
    assert play.run(once(key=None).transact(ACTIONS, RESULT)) == RESULT
    assert play.asked == [Transact(ACTIONS)]
    assert Play([]).run(once(key=None).earlier()) is None


def test_a_used_key_gives_the_first_result_and_nothing_is_written() -> None:
    first = msgspec.structs.replace(record(), result_pk="TENANT#acme#USER#0")
    failed = ConditionFailed((1,), stored={1: first})
    found = Play([failed]).run(once().transact(ACTIONS, RESULT))
    assert found == Key("TENANT#acme#USER#0", "PROFILE")


def test_a_repetition_says_that_it_is_one() -> None:
    first, again = once(), once()
    Play([None]).run(first.transact(ACTIONS, RESULT))
    Play([ConditionFailed((1,), stored={1: record()})]).run(again.transact(ACTIONS, RESULT))
    assert (first.repeated, again.repeated) == (False, True)


def test_a_record_that_expires_in_this_moment_is_no_success() -> None:
    """The condition was tested while the record was good; nothing has been written."""
    play = Play([ConditionFailed((1,))])
    with pytest.raises(Conflict) as raised:
        play.run(once().transact(ACTIONS, RESULT))
    assert not isinstance(raised.value, ConditionFailed)


def test_a_condition_of_the_write_itself_is_told() -> None:
    with pytest.raises(ConditionFailed):
        Play([ConditionFailed((0,))]).run(once().transact(ACTIONS, RESULT))


def test_a_key_of_another_input_is_refused() -> None:
    other = record(fields=Input(name="bob"))
    failed = ConditionFailed((1,), stored={1: other})
    with pytest.raises(UserError) as raised:
        Play([failed]).run(once().transact(ACTIONS, RESULT))
    assert [problem.code for problem in raised.value.problems] == ["KEY_REUSED"]
    with pytest.raises(UserError):
        Play([other]).run(once().earlier())


def test_the_earlier_result_is_one_consistent_read() -> None:
    play = Play([record()])
    assert play.run(once().earlier()) == RESULT
    key = entity_of(IdempotencyRecord).key(tenant="acme", digest=record().digest)
    assert play.asked == [Get(IdempotencyRecord, key, consistent=True)]
    assert Play([None]).run(once().earlier()) is None


@pytest.mark.parametrize(
    ("key", "count"), [(None, 0), ("a", 0), ("a" * 255, 0), ("", 1), ("a" * 256, 1)]
)
def test_the_form_of_a_key(key: str | None, count: int) -> None:
    assert len(problems_of(key)) == count
